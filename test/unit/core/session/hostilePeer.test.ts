import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Kind } from "../../../../src/core/session/plaintext";
import { drawCode } from "../../../../src/core/wire/code";
import { dataBody, endBody, HostilePeer } from "../../../support/hostile/peer";
import { settle } from "../../../support/memory/clock";
import { memorySource } from "../../../support/memory/files";
import { acceptAll, Bench, random, type Side } from "../../../support/memory/session";

const HELLO = { t: "hello", policy: "compare", automated: false };
const READY = {
  t: "ready",
  policy: "compare",
  automated: false,
  stage: "offer",
  item: 0,
  offset: 0,
};
const content = Buffer.from("content");
const sha256 = createHash("sha256").update(content).digest();

/** A receiver that faces a hostile sender, up to the moment at which `attack` begins. */
async function facing(
  attack: (sender: HostilePeer) => Promise<void>,
  stage: "hello" | "offer" | "content" = "content",
): Promise<{ bench: Bench; receiver: Side; decided: number }> {
  const bench = new Bench();
  const code = drawCode((n) => random.bytes(n));
  const meeting = HostilePeer.sender(bench, code);
  await settle();
  const seen = { decided: 0 };
  const receiver = bench.receive(code, {
    decide: (offer) => {
      seen.decided++;
      return acceptAll(offer);
    },
  });
  const sender = await meeting;
  if (stage !== "hello") await sender.control(HELLO);
  if (stage === "content") {
    await sender.control({ t: "offer", items: [["file", 0, content.length, 0, 0]] });
    await sender.control({ t: "offer-end", items: 1, bytes: content.length });
    await sender.until("accept");
  }
  await attack(sender).catch(() => {});
  const ended = receiver.outcome.catch(() => {});
  await bench.clock.advance(15_000);
  await ended;
  return { bench, receiver, ...seen };
}

const offer = (items: unknown) => async (s: HostilePeer) => {
  await s.control({ t: "offer", items });
  await s.control({ t: "offer-end", items: 1, bytes: 1 });
};

describe("a hostile sender", () => {
  const before: Record<string, (s: HostilePeer) => Promise<void>> = {
    "a second hello": (s) => s.control(HELLO),
    "content before acceptance": (s) => s.frame(Kind.data, dataBody(0, 0n, content)),
    "DONE at once": (s) => s.frame(Kind.done, Buffer.alloc(0)),
    ACK: (s) => s.frame(Kind.ack, dataBody(0, 0n, Buffer.alloc(0))),
    CREDIT: (s) => s.frame(Kind.credit, Buffer.alloc(8)),
    "a repair of nothing": (s) => s.frame(Kind.repair, dataBody(0, 0n, content)),
    "an unknown kind": (s) => s.frame(77, Buffer.alloc(3)),
    "a frame longer than its record": (s) => s.raw(Buffer.of(1, 255, 255, 255, 0)),
    "rubbish behind the last frame": (s) => s.raw(Buffer.of(10, 0, 0, 0, 0, 7)),
    "CONTROL that is no JSON": (s) => s.control("{"),
    "CONTROL that is no UTF-8": (s) => s.frame(Kind.control, Buffer.of(0xff, 0xfe)),
    "CONTROL too long": (s) => s.frame(Kind.control, Buffer.alloc(65_537, 0x20)),
    "a CONTROL of spaces behind a good one": (s) =>
      s.control(
        `${JSON.stringify({ t: "offer", items: [["a", 0, 1, 0, 0]] })}${" ".repeat(65_536)}`,
      ),
    "a name that is no UTF-8": async (s) => {
      const page = JSON.stringify({ t: "offer", items: [["?", 0, 1, 0, 0]] });
      const body = Buffer.from(page);
      body[body.indexOf("?")] = 0xff;
      await s.frame(Kind.control, body);
      await s.control({ t: "offer-end", items: 1, bytes: 1 });
    },
    "deep JSON": (s) => s.control(`${"[".repeat(30_000)}${"]".repeat(30_000)}`),
    "an unknown message": (s) => s.control({ t: "boo" }),
    "an extra member": (s) => s.control({ ...HELLO, more: 1 }),
    __proto__: (s) => s.control('{"t":"offer","items":[],"__proto__":{"polluted":1}}'),
    "an empty page before a good one": async (s) => {
      await s.control({ t: "offer", items: [] });
      await offer([["a", 0, 1, 0, 0]])(s);
    },
    "a negative size": offer([["a", 0, -1, 0, 0]]),
    "a size of 2^53": offer([["a", 0, 2 ** 53, 0, 0]]),
    "a size that is no number": offer([["a", 0, "1", 0, 0]]),
    "a fractional size": offer([["a", 0, 0.5, 0, 0]]),
    "a folder with content": offer([["a", 1, 1, 0, 0]]),
    "an unknown item kind": offer([["a", 3, 1, 0, 0]]),
    "a text with a path": offer([["a", 2, 1, 0, 0]]),
    "a text of 2 MiB": async (s) => {
      await s.control({ t: "offer", items: [["", 2, 2 ** 21, 0, 0]] });
      await s.control({ t: "offer-end", items: 1, bytes: 2 ** 21 });
    },
    "two texts": async (s) => {
      await s.control({
        t: "offer",
        items: [
          ["", 2, 1, 0, 0],
          ["", 2, 1, 0, 0],
        ],
      });
      await s.control({ t: "offer-end", items: 2, bytes: 2 });
    },
    "sizes that sum up beyond 2^53": async (s) => {
      const max = Number.MAX_SAFE_INTEGER;
      await s.control({
        t: "offer",
        items: [
          ["a", 0, max, 0, 0],
          ["b", 0, max, 0, 0],
        ],
      });
    },
    "a count that is wrong": async (s) => {
      await s.control({ t: "offer", items: [["a", 0, 1, 0, 0]] });
      await s.control({ t: "offer-end", items: 2, bytes: 1 });
    },
    "an end without a beginning": (s) => s.control({ t: "offer-end", items: 0, bytes: 0 }),
  };
  for (const [name, attack] of Object.entries(before))
    it(`that sends ${name} is refused before anything is shown`, async () => {
      const { bench, receiver, decided } = await facing(attack, "offer");
      await assert.rejects(receiver.outcome, { code: /E_PROTOCOL|E_OFFER_TOO_LARGE/ });
      assert.equal(decided, 0);
      assert.equal(bench.sink.published.size, 0);
      assert.equal(({} as { polluted?: number }).polluted, undefined);
    });

  const during: Record<string, (s: HostilePeer) => Promise<void>> = {
    "another item": (s) => s.frame(Kind.data, dataBody(1, 0n, content)),
    "an offset ahead": (s) => s.frame(Kind.data, dataBody(0, 1n << 40n, content)),
    "an offset of 2^63": (s) => s.frame(Kind.data, dataBody(0, 1n << 63n, content)),
    "empty content for ever": (s) => s.frame(Kind.data, dataBody(0, 0n, Buffer.alloc(0))),
    "more than was declared": (s) => s.frame(Kind.data, dataBody(0, 0n, Buffer.alloc(8))),
    "an offset backwards": async (s) => {
      await s.frame(Kind.data, dataBody(0, 0n, content.subarray(0, 4)));
      await s.frame(Kind.data, dataBody(0, 0n, content.subarray(0, 3)));
    },
    "an end with another size": (s) => s.frame(Kind.itemEnd, endBody(0, 8n, sha256)),
    "DONE too early": (s) => s.frame(Kind.done, Buffer.alloc(0)),
    "another offer": (s) => s.control({ t: "offer", items: [["b", 0, 1, 0, 0]] }),
    "a change of what was not offered": (s) =>
      s.control({ t: "changed", item: 1, size: 5, mtime: 0 }),
    "a change to less than nothing": (s) =>
      s.control({ t: "changed", item: 0, size: -1, mtime: 0 }),
    "a change of what has ended": async (s) => {
      await s.frame(Kind.data, dataBody(0, 0n, content));
      await s.frame(Kind.itemEnd, endBody(0, 7n, sha256));
      await s.control({ t: "changed", item: 0, size: 5, mtime: 0 });
    },
    "a change, and content before the answer": async (s) => {
      await s.control({ t: "changed", item: 0, size: 5, mtime: 0 });
      await s.frame(Kind.data, dataBody(0, 0n, content));
      await s.frame(Kind.data, dataBody(0, 0n, content));
    },
    "segments of nothing": (s) => s.frame(Kind.segments, Buffer.alloc(44)),
    "content behind the end": async (s) => {
      await s.frame(Kind.data, dataBody(0, 0n, content));
      await s.frame(Kind.itemEnd, endBody(0, 7n, sha256));
      await s.frame(Kind.data, dataBody(0, 0n, content));
    },
  };
  for (const [name, attack] of Object.entries(during))
    it(`that sends ${name} ends the transfer with nothing half written`, async () => {
      const { bench, receiver } = await facing(attack);
      await assert.rejects(receiver.outcome, { code: "E_PROTOCOL" });
      assert.equal(bench.sink.partial.size, 0);
      for (const published of bench.sink.published.values()) assert.deepEqual(published, content);
    });

  it("whose hash is wrong publishes nothing", async () => {
    const { bench, receiver } = await facing(async (s) => {
      await s.frame(Kind.data, dataBody(0, 0n, content));
      await s.frame(Kind.itemEnd, endBody(0, 7n, Buffer.alloc(32)));
    });
    await assert.rejects(receiver.outcome, { code: "E_INTEGRITY" });
    assert.equal(bench.sink.published.size + bench.sink.partial.size, 0);
  });

  it("that ignores its credit finds a reader that holds sixteen records at most", async () => {
    const bench = new Bench();
    const code = drawCode((n) => random.bytes(n));
    const meeting = HostilePeer.sender(bench, code);
    await settle();
    let held = 0;
    bench.sink.writeGate = () => {
      held++;
      return new Promise(() => {});
    };
    const receiver = bench.receive(code);
    const sender = await meeting;
    await sender.control(HELLO);
    await sender.control({ t: "offer", items: [["big", 0, 2 ** 40, 0, 0]] });
    await sender.control({ t: "offer-end", items: 1, bytes: 2 ** 40 });
    await sender.until("accept");
    const piece = Buffer.alloc(262_144 - 16);
    for (let i = 0; i < 60; i++)
      await sender.frame(Kind.data, dataBody(0, BigInt(i * piece.length), piece));
    await settle();
    assert.equal(held, 1, "one write at a time");
    assert.equal(bench.relay.unread(code.room, "receiver"), 60 - 16);
    receiver.cancel(new Error("end"));
  });
});

describe("a sender that says nothing after the keys", () => {
  it("is given up", async () => {
    const bench = new Bench();
    const code = drawCode((n) => random.bytes(n));
    const meeting = HostilePeer.sender(bench, code);
    await settle();
    const receiver = bench.receive(code);
    await meeting;
    await bench.clock.advance(40_000);
    await assert.rejects(receiver.outcome, { code: "E_INTERRUPTED" });
  });
});

describe("a hostile receiver", () => {
  async function against(attack: (r: HostilePeer) => Promise<void>, ready: object = READY) {
    const bench = new Bench();
    const sender = bench.send(await memorySource({ "a.txt": content, "b.txt": content }));
    const peer = await HostilePeer.receiver(bench, await sender.code);
    await peer.control(ready);
    await attack(peer).catch(() => {});
    const ended = sender.outcome.catch(() => {});
    await bench.clock.advance(40_000);
    await ended;
    return sender;
  }

  const attacks: Record<string, [(r: HostilePeer) => Promise<void>, object?]> = {
    "accepts before it was offered anything": [
      (r) => r.control({ t: "accept", runs: [[0, 1]], last: true }),
      { ...READY, stage: "content" },
    ],
    "claims to have the offer already": [async () => {}, { ...READY, stage: "decide" }],
    "accepts what was not offered": [
      async (r) => {
        await r.until("offer-end");
        await r.control({ t: "accept", runs: [[0, 3]], last: true });
      },
    ],
    "accepts nothing": [
      async (r) => {
        await r.until("offer-end");
        await r.control({ t: "accept", runs: [], last: true });
      },
    ],
    "accepts overlapping runs": [
      async (r) => {
        await r.until("offer-end");
        await r.control({
          t: "accept",
          runs: [
            [0, 2],
            [1, 1],
          ],
          last: true,
        });
      },
    ],
    "is done at once": [
      async (r) => {
        await r.until("offer-end");
        await r.frame(Kind.done, Buffer.alloc(0));
      },
    ],
    "wants content from inside nothing": [
      async (r) => {
        await r.until("offer-end");
        await r.control({ t: "accept", runs: [[0, 2]], last: true });
      },
      { ...READY, item: 0, offset: 8 },
    ],
    "wants anew what has not changed": [
      async (r) => {
        await r.until("offer-end");
        await r.control({ t: "accept", runs: [[0, 2]], last: true });
        await r.control({ t: "again", item: 0, taken: true });
      },
    ],
    "sends content itself": [(r) => r.frame(Kind.data, dataBody(0, 0n, content))],
    "says the sender's own words": [(r) => r.control(HELLO)],
    "shrinks its credit": [(r) => r.frame(Kind.credit, Buffer.alloc(8))],
    "announces segments of what it lacks": [
      async (r) => {
        await r.until("offer-end");
        const body = Buffer.alloc(44);
        body.writeUInt32BE(1, 4);
        await r.frame(Kind.segments, body);
      },
    ],
  };
  for (const [name, [attack, ready]] of Object.entries(attacks))
    it(`that ${name} ends the transfer`, async () => {
      const sender = await against(attack, ready);
      await assert.rejects(sender.outcome, { code: "E_PROTOCOL" });
    });

  it("that says nothing after the keys is given up", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource({ a: content }));
    await HostilePeer.receiver(bench, await sender.code);
    await bench.clock.advance(40_000);
    await assert.rejects(sender.outcome, { code: "E_INTERRUPTED" });
  });
});
