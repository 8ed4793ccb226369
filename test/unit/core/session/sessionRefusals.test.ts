import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { type ErrorCode, SecureShareError } from "../../../../src/core/errors";
import type { ReceiverDocument } from "../../../../src/core/files/journal";
import { Manifest } from "../../../../src/core/files/manifest";
import type { Dialer, Source, WholeFile } from "../../../../src/core/ports";
import { openSecrets } from "../../../../src/core/session/memory";
import { Kind } from "../../../../src/core/session/plaintext";
import { drawCode } from "../../../../src/core/wire/code";
import { FrameType } from "../../../../src/core/wire/frames";
import { assertFails } from "../../../support/assertFails";
import { dataBody, endBody, HostilePeer } from "../../../support/hostile/peer";
import { settle } from "../../../support/memory/clock";
import { MemorySink, memorySource, memorySpool, TogetherSink } from "../../../support/memory/files";
import { MemoryJournal } from "../../../support/memory/journal";
import { closed, GREETING, ScriptedSocket } from "../../../support/memory/scripted";
import { acceptAll, Bench, confirm, RELAY, random } from "../../../support/memory/session";

const HOUR = 3_600_000;
const content = Buffer.from("content");

const READY = {
  t: "ready",
  policy: "compare",
  automated: false,
  stage: "offer",
  item: 0,
  offset: 0,
};
const ACCEPT = { t: "accept", runs: [[0, 2]], last: true };

describe("a sender", () => {
  async function against(attack: (r: HostilePeer, bench: Bench) => Promise<void>, keepForMs = 0) {
    const bench = new Bench();
    const journal = new MemoryJournal();
    const source = await memorySource({ "a.txt": content, "b.txt": content });
    const sender = bench.send(source, { keepForMs, journal });
    const peer = await HostilePeer.receiver(bench, await sender.code);
    await peer.control(READY);
    await peer.until("offer-end");
    await attack(peer, bench);
    const ended = sender.outcome.catch((error: unknown) => error);
    await bench.clock.advance(40_000);
    return { outcome: await ended, sender, journal };
  }

  it("refuses rubbish in a record, and forgets the transfer", async () => {
    const { outcome, journal } = await against((r) => r.raw(Buffer.of(77, 0, 0, 0)));
    assertFails(outcome, "E_PROTOCOL");
    assert.ok(journal.forgotten);
  });

  it("refuses more runs than there are items before it keeps them", async () => {
    const runs = [0, 2, 4].map((first) => [first, 1]);
    const { outcome } = await against((r) => r.control({ t: "accept", runs, last: false }));
    assertFails(outcome, "E_PROTOCOL");
  });

  const reasons: [number, ErrorCode][] = [
    [1, "E_CANCELLED"],
    [2, "E_DECLINED"],
    [3, "E_VERIFY_REJECTED"],
    [4, "E_INTERRUPTED"],
  ];
  for (const [reason, code] of reasons)
    it(`says ${code} for CANCEL ${reason}`, async () => {
      const { outcome } = await against((r) => r.frame(Kind.cancel, Buffer.of(reason)));
      assertFails(outcome, code);
    });

  it("says how much the other side could not write", async () => {
    const { outcome } = await against(async (r) => {
      await r.control(ACCEPT);
      await r.control({ t: "results", skipped: [], failed: [1] });
      await r.frame(Kind.done, Buffer.alloc(0));
    });
    assertFails(outcome, "E_NOT_ALL_WRITTEN", /1/);
  });

  it("says that it was interrupted when the connection is cut in the content", async () => {
    const { outcome, journal } = await against(async (r) => {
      await r.control(ACCEPT);
      await r.channel.close();
    });
    assertFails(outcome, "E_INTERRUPTED");
    assert.ok(!journal.forgotten, "it can go on");
  });

  it("answers no third segment while two are open, and none before it may", async () => {
    const { outcome } = await against(async (r) => {
      await r.control(ACCEPT);
      for (let i = 0; i < 3; i++) await r.frame(Kind.segments, Buffer.alloc(44));
    });
    assertFails(outcome, "E_PROTOCOL", /SEGMENTS/);
  });

  it("refuses another answer after a resume than before it", async () => {
    const { outcome } = await against(async (r, bench) => {
      await r.control(ACCEPT);
      await settle();
      await r.channel.close();
      const coming = HostilePeer.again(bench, r.psk);
      await bench.clock.advance(1_000);
      const again = await coming;
      await again.control({ ...READY, stage: "content" });
      await again.control({ ...ACCEPT, runs: [[0, 1]] });
    }, HOUR);
    assertFails(outcome, "E_PROTOCOL", /accepted runs/);
  });

  it("ends at the frame behind a wrong segment", async () => {
    const { outcome } = await against(async (r, bench) => {
      await r.control(ACCEPT);
      await settle();
      await r.channel.close();
      const coming = HostilePeer.again(bench, r.psk);
      await bench.clock.advance(1_000);
      const again = await coming;
      await again.control({ ...READY, stage: "content", offset: 3 });
      await again.control(ACCEPT);
      await again.frame(Kind.segments, Buffer.alloc(44));
      await settle();
      await again.frame(Kind.segments, Buffer.alloc(44));
    }, HOUR);
    assertFails(outcome, "E_PROTOCOL", /SEGMENTS/);
  });

  it("refuses a cursor inside an item that was not accepted", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource({ "a.txt": content, "b.txt": content }));
    const peer = await HostilePeer.receiver(bench, await sender.code);
    await peer.control({ ...READY, item: 0, offset: 3 });
    await peer.until("offer-end");
    await peer.control({ ...ACCEPT, runs: [[1, 1]] });
    const ended = sender.outcome.catch((error: unknown) => error);
    await bench.clock.advance(40_000);
    assertFails(await ended, "E_PROTOCOL", /cursor/);
  });
});

describe("a receiver", () => {
  const HELLO = { t: "hello", policy: "compare", automated: false };
  async function facing(attack: (s: HostilePeer) => Promise<void>, size = content.length) {
    const bench = new Bench();
    const code = drawCode((n) => random.bytes(n));
    const meeting = HostilePeer.sender(bench, code);
    await settle();
    const receiver = bench.receive(code);
    const sender = await meeting;
    await sender.control(HELLO);
    await sender.control({ t: "offer", items: [["file", 0, size, 0, 0]] });
    await attack(sender).catch(() => {});
    const ended = receiver.outcome.catch((error: unknown) => error);
    await bench.clock.advance(15_000);
    return { outcome: await ended, bench };
  }
  const END = { t: "offer-end", items: 1, bytes: content.length };

  it("refuses an offer whose sum is not the one that was said", async () => {
    const { outcome } = await facing((s) => s.control({ ...END, bytes: 1 }));
    assertFails(outcome, "E_PROTOCOL", /offer/);
  });

  it("publishes nothing that is shorter than offered, even with a right digest", async () => {
    const short = content.subarray(0, 3);
    const { outcome, bench } = await facing(async (s) => {
      await s.control(END);
      await s.until("accept");
      await s.frame(Kind.data, dataBody(0, 0n, short));
      const digest = createHash("sha256").update(short).digest();
      await s.frame(Kind.itemEnd, endBody(0, BigInt(content.length), digest));
    });
    assertFails(outcome, "E_INTEGRITY");
    assert.equal(bench.sink.published.size + bench.sink.partial.size, 0);
  });

  it("stops the sender soon after its disk is full", async () => {
    const full = (path: string) => {
      throw new SecureShareError("E_DISK_FULL", { path });
    };
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`f${i}`, randomBytes(100_000)]),
    );
    for (const tree of [{ big: randomBytes(30_000_000) }, many]) {
      const bench = new Bench();
      bench.sink.writeFails = full;
      const sender = bench.send(await memorySource(tree));
      const receiver = bench.receive(await sender.code);
      await assert.rejects(receiver.outcome, { code: "E_DISK_FULL" });
      await assert.rejects(sender.outcome);
      const sent = bench.relay.frames.reduce((sum, f) => sum + f.bytes.length, 0);
      assert.ok(sent < 15_000_000, `${sent} bytes`);
      assert.ok(bench.sink.aborted);
    }
  });

  it("ends when all that it may hold in memory meets a full disk at once", async () => {
    const many = Array.from({ length: 100 }, (_, i) => [`f${i}`, randomBytes(100_000)]);
    const bench = new Bench();
    const sink = new (class extends TogetherSink {
      override async publishWhole(files: readonly WholeFile[]) {
        this.together.push(files.length);
        // Until nothing more comes: the reader waits for memory.
        for (let seen = -1; seen !== this.together.length; ) {
          seen = this.together.length;
          for (let turn = 0; turn < 100; turn++) await setImmediate();
        }
        return files.map(({ item }) => new SecureShareError("E_DISK_FULL", { path: item.path }));
      }
    })();
    const sender = bench.send(await memorySource(Object.fromEntries(many)));
    const receiver = bench.receive(await sender.code, { sink });
    await assert.rejects(receiver.outcome, { code: "E_DISK_FULL" });
    await assert.rejects(sender.outcome);
    assert.ok(sink.together.length >= 10, `${sink.together.length} records`);
  });

  it("is told of a disk that is full when the items are published, and stops", async () => {
    const many = Array.from({ length: 300 }, (_, i) => [`f${i}`, randomBytes(100_000)]);
    const trees = [{ one: content }, Object.fromEntries(many)];
    for (const [tree, Sink] of trees.flatMap((each) => [
      [each, MemorySink] as const,
      [each, TogetherSink] as const,
    ])) {
      const bench = new Bench();
      const sink = new Sink(async (entry) => {
        if (entry.k === "publish") throw new SecureShareError("E_DISK_FULL", { path: entry.path });
      });
      const sender = bench.send(await memorySource(tree));
      const receiver = bench.receive(await sender.code, { sink });
      await assert.rejects(receiver.outcome, { code: "E_DISK_FULL" });
      await assert.rejects(sender.outcome);
      const sent = bench.relay.frames.reduce((sum, f) => sum + f.bytes.length, 0);
      assert.ok(sent < 15_000_000, `${sent} bytes`);
    }
  });

  it("publishes 64 items at a time and no more", async () => {
    const bench = new Bench();
    let publishing = 0;
    const sink = new MemorySink((entry) => {
      if (entry.k !== "publish") return Promise.resolve();
      publishing++;
      return new Promise(() => {});
    });
    const tree = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, content]));
    const sender = bench.send(await memorySource(tree));
    const receiver = bench.receive(await sender.code, { sink });
    await bench.clock.advance(1_000);
    assert.equal(publishing, 64);
    receiver.cancel(new Error("end"));
    sender.cancel(new Error("end"));
    await assert.rejects(sender.outcome);
  });

  it("says that an item failed, and which error it was", async () => {
    const bench = new Bench();
    bench.sink.writeFails = (path) => {
      if (path === "a") throw new SecureShareError("E_PERMISSION", { path });
    };
    const sender = bench.send(await memorySource({ a: content, b: content }));
    const receiver = bench.receive(await sender.code);
    await assert.rejects(receiver.outcome, { code: "E_PERMISSION" });
    await assert.rejects(sender.outcome, { code: "E_NOT_ALL_WRITTEN", details: { failed: 1 } });
    assert.deepEqual([...bench.sink.published.keys()], ["b"]);
  });

  it("is interrupted, and cleans up, when it may not come back", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource({ big: randomBytes(5_000_000) }));
    const code = await sender.code;
    bench.relay.tap = (from, frame, room) => {
      if (from === "sender" && frame[0] === FrameType.record && bench.relay.frames.length > 20)
        queueMicrotask(() => bench.relay.cut(room, "receiver"));
      return [frame];
    };
    const receiver = bench.receive(code);
    await assert.rejects(receiver.outcome, { code: "E_INTERRUPTED" });
    await assert.rejects(sender.outcome, { code: "E_INTERRUPTED" });
    assert.ok(bench.sink.aborted);
  });
});

describe("what a former run left", () => {
  const psk = random.bytes(64);
  const head = (digits: string, candidate: number, count: number) =>
    Buffer.from(`${JSON.stringify([digits, candidate, count])}\n`);
  const journal = new MemoryJournal();
  const sealed = async (bytes: Uint8Array) => openSecrets(journal, await journal.seal(bytes));

  it("opens as it was sealed", async () => {
    const bytes = Buffer.concat([head("123456", -1, 1), psk]);
    assert.deepEqual(await sealed(bytes), { digits: "123456", candidate: -1, psks: [psk] });
  });

  const foreign: Record<string, Buffer> = {
    "digits that are none": Buffer.concat([head("12345", -1, 1), psk]),
    "a candidate that is none": Buffer.concat([head("123456", 2, 1), psk]),
    "more secrets than it says": Buffer.concat([head("123456", -1, 1), psk, psk]),
    "a secret cut short": Buffer.concat([head("123456", -1, 1), psk.subarray(1)]),
    "no head": Buffer.from(psk),
  };
  for (const [what, bytes] of Object.entries(foreign))
    it(`is lost with ${what}`, async () => assert.equal(await sealed(bytes), undefined));

  it("is lost without its key, without its code, and with runs outside its offer", async () => {
    const bench = new Bench();
    const source: Source = await memorySource({ a: content });
    const manifest = new Manifest(memorySpool());
    await manifest.appendPage((await source.manifest.page(0)).items);
    const document: ReceiverDocument = {
      version: 1,
      role: "receiver",
      id: journal.id,
      createdAt: 0,
      touchedAt: 0,
      relays: [RELAY],
      sealed: await journal.seal(Buffer.concat([head("123456", -1, 1), psk])),
      verified: true,
      verify: "compare",
      automated: false,
      peer: null,
      offered: true,
      accepted: [[0, 2]],
      folder: "folder",
      conflict: "rename",
      changed: [],
      keepForMs: 0,
    };
    const code = drawCode((n) => random.bytes(n));
    for (const key of ["key", "another"]) {
      const next = new MemoryJournal();
      next.document = JSON.stringify(document);
      next.key = key;
      const past = next.past(manifest);
      const receiver = bench.receive(code, {
        journal: next,
        past,
        decide: acceptAll,
        verify: confirm,
      });
      const ended = receiver.outcome.catch((error: unknown) => error);
      await bench.clock.advance(1_000);
      receiver.cancel(new Error("end"));
      assertFails(await ended, "E_RESUME_LOST");
    }
  });
});

describe("coming back", () => {
  /** A transfer that was cut, and whose relay is now what `dialer` makes of it. */
  async function cut(dialer: (bench: Bench) => Dialer["connect"]) {
    const bench = new Bench();
    const journal = new MemoryJournal();
    const tree = { big: randomBytes(5_000_000) };
    const sender = bench.send(await memorySource(tree), { keepForMs: HOUR, journal });
    const code = await sender.code;
    const connect = bench.relay.connect.bind(bench.relay);
    const cutting = { done: false };
    bench.relay.tap = (from, frame, room) => {
      if (
        !cutting.done &&
        from === "sender" &&
        frame[0] === FrameType.record &&
        bench.relay.frames.length > 20
      ) {
        cutting.done = true;
        bench.relay.connect = dialer(bench);
        queueMicrotask(() => bench.relay.cut(room, "receiver"));
        queueMicrotask(() => bench.relay.cut(room, "sender"));
      }
      return [frame];
    };
    const receiver = bench.receive(code, { keepForMs: HOUR });
    for (let i = 0; i < 100 && !cutting.done; i++) await settle();
    return { bench, sender, receiver, journal, connect };
  }

  it("is not hurried by a relay that closes at once", async () => {
    let connects = 0;
    const { bench, sender, receiver } = await cut(() => async () => {
      connects++;
      assert.ok(connects < 1_000, "spins");
      return new ScriptedSocket(GREETING, closed(1006));
    });
    await bench.clock.advance(30_000);
    assert.ok(connects > 10 && connects < 150, `${connects} in half a minute by both`);
    for (const side of [sender, receiver]) side.cancel(new Error("end"));
    await Promise.allSettled([sender.outcome, receiver.outcome]);
  });

  it("sends no M3 before the new secret is on disk", async () => {
    const { bench, sender, receiver, journal, connect } = await cut((b) => async (...args) => {
      b.relay.frames.length = 0;
      return connect(...args);
    });
    journal.beforeWrite = () => {
      throw new Error("crash");
    };
    await bench.clock.advance(10_000);
    const types = new Set(bench.relay.frames.map((f) => f.bytes[0]));
    assert.ok(types.has(FrameType.m2));
    assert.ok(!types.has(FrameType.m3));
    for (const side of [sender, receiver]) side.cancel(new Error("end"));
    await Promise.allSettled([sender.outcome, receiver.outcome]);
  });
});
