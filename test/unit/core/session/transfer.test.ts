import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { SecureShareError } from "../../../../src/core/errors";
import { ItemSet } from "../../../../src/core/files/itemSet";
import type { SessionEvent } from "../../../../src/core/session/events";
import { memorySource, type Tree } from "../../../support/memory/files";
import { Bench, confirm } from "../../../support/memory/session";

const tree: Tree = {
  проєкт: "folder",
  "проєкт/звіт 📄.txt": Buffer.from("привіт"),
  "проєкт/порожній": Buffer.alloc(0),
  "проєкт/groß.bin": randomBytes(3_000_000),
  leer: "folder",
};

async function whole(bench: Bench, sent: Tree, text?: string) {
  const sender = bench.send(await memorySource(sent, text));
  const receiver = bench.receive(await sender.code);
  return { sender, receiver, summaries: await Promise.all([sender.outcome, receiver.outcome]) };
}

const itemEvents = (events: readonly SessionEvent[]) => events.filter((e) => e.kind === "item");

describe("transfer", () => {
  it("brings files, empty files and folders over, each with its SHA-256 on both sides", async () => {
    const bench = new Bench();
    const { sender, receiver, summaries } = await whole(bench, tree);
    assert.deepEqual(Object.fromEntries(bench.sink.published), tree);
    for (const summary of summaries) assert.equal(summary.outcome, "completed");
    for (const [path, content] of Object.entries(tree)) {
      if (content === "folder") continue;
      const sha256 = createHash("sha256").update(content).digest("hex");
      for (const side of [sender, receiver]) {
        const event = itemEvents(side.events).find((e) => e.item.path === path);
        assert.equal(event?.sha256, sha256, path);
      }
    }
    assert.ok(bench.sink.finished);
  });

  it("brings a text message over without a file", async () => {
    const bench = new Bench();
    // With a mark of its byte order in front, which belongs to it.
    const text = "\ufeffґанок <b>";
    const { receiver } = await whole(bench, {}, text);
    assert.deepEqual(
      receiver.events.filter((e) => e.kind === "text"),
      [{ kind: "text", text }],
    );
    assert.equal(bench.sink.published.size, 0);
  });

  it("sends what was accepted and nothing else", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree));
    const receiver = bench.receive(await sender.code, {
      decide: (offer) => {
        const items = new ItemSet(offer.manifest.length);
        items.add(1);
        return { kind: "accepted", folder: "target", items, conflict: "rename" };
      },
    });
    assert.equal((await receiver.outcome).outcome, "partial");
    assert.equal((await sender.outcome).outcome, "partial");
    assert.deepEqual([...bench.sink.published.keys()], ["проєкт/звіт 📄.txt"]);
  });

  it("moves 40 MB through an 8 MB credit window", async () => {
    const bench = new Bench();
    const big = { "big.bin": randomBytes(40_000_000) };
    await whole(bench, big);
    assert.deepEqual(Object.fromEntries(bench.sink.published), big);
  });

  it("shows both users the same six digits", async () => {
    const bench = new Bench();
    const seen: string[] = [];
    const note = ({ digits }: { digits: string }) => {
      seen.push(digits);
      return confirm({ digits, mode: "compare", peer: { policy: "compare", automated: false } }, 1);
    };
    const sender = bench.send(await memorySource(tree), { verify: note });
    const receiver = bench.receive(await sender.code, { verify: note });
    await Promise.all([sender.outcome, receiver.outcome]);
    assert.match(seen[0] ?? "", /^\d{6}$/);
    assert.equal(seen[0], seen[1]);
  });

  it("ends on both sides when either user rejects the digits; nothing was offered", async () => {
    for (const rejecting of ["sender", "receiver"]) {
      const bench = new Bench();
      const reject = () => ({ kind: "rejected" }) as const;
      const sender = bench.send(await memorySource(tree), {
        verify: rejecting === "sender" ? reject : confirm,
      });
      const receiver = bench.receive(await sender.code, {
        verify: rejecting === "receiver" ? reject : confirm,
        decide: () => assert.fail("offer shown"),
      });
      await assert.rejects(sender.outcome, { code: "E_VERIFY_REJECTED" });
      await assert.rejects(receiver.outcome, { code: "E_VERIFY_REJECTED" });
      assert.equal(bench.sink.published.size, 0);
    }
  });

  it("under `type` lets the sender's user type three times", async () => {
    const bench = new Bench();
    let shown: (digits: string) => void = () => {};
    const digits = new Promise<string>((resolve) => {
      shown = resolve;
    });
    const sender = bench.send(await memorySource(tree), {
      policy: "type",
      verify: async (_, tries) => ({ kind: "typed", digits: tries > 1 ? "12345" : await digits }),
    });
    const receiver = bench.receive(await sender.code, {
      verify: (question) => {
        assert.equal(question.mode, "type");
        shown(question.digits);
        return { kind: "confirmed" };
      },
    });
    await Promise.all([sender.outcome, receiver.outcome]);
  });

  it("under `type` takes no bare confirmation and no fourth typing", async () => {
    for (const answer of [{ kind: "confirmed" }, { kind: "typed", digits: "" }] as const) {
      const bench = new Bench();
      let asked = 0;
      const verify = () => {
        asked++;
        return answer;
      };
      const sender = bench.send(await memorySource(tree), { policy: "type", verify });
      const receiver = bench.receive(await sender.code);
      await assert.rejects(sender.outcome, { code: "E_VERIFY_REJECTED", details: { by: "us" } });
      await assert.rejects(receiver.outcome, {
        code: "E_VERIFY_REJECTED",
        details: { by: "peer" },
      });
      assert.equal(asked, 3);
    }
  });

  it("under `type` ends at once when the sender's user says that they differ", async () => {
    const bench = new Bench();
    let asked = 0;
    const verify = () => {
      asked++;
      return { kind: "rejected" } as const;
    };
    const sender = bench.send(await memorySource(tree), { policy: "type", verify });
    bench.receive(await sender.code);
    await assert.rejects(sender.outcome, { code: "E_VERIFY_REJECTED" });
    assert.equal(asked, 1);
  });

  it("tells both sides of a declined offer", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree));
    const receiver = bench.receive(await sender.code, { decide: () => ({ kind: "declined" }) });
    await assert.rejects(receiver.outcome, { code: "E_DECLINED", details: { by: "us" } });
    await assert.rejects(sender.outcome, { code: "E_DECLINED", details: { by: "peer" } });
  });

  it("cancels from either side in the middle, and leaves no partial file", async () => {
    for (const who of ["sender", "receiver"] as const) {
      const bench = new Bench();
      const reason = new SecureShareError("E_CANCELLED", { by: "us" });
      const cancel: { now?: () => void } = {};
      const watch = (event: SessionEvent) => {
        if (event.kind === "progress") cancel.now?.();
      };
      const source = await memorySource({ "big.bin": randomBytes(20_000_000) });
      const sender = bench.send(source, who === "sender" ? { watch } : {});
      const receiver = bench.receive(await sender.code, who === "receiver" ? { watch } : {});
      const sides = { sender, receiver };
      cancel.now = () => sides[who].cancel(reason);
      const other = who === "sender" ? receiver : sender;
      await assert.rejects(sides[who].outcome, { code: "E_CANCELLED", details: { by: "us" } });
      await assert.rejects(other.outcome, { code: "E_CANCELLED", details: { by: "peer" } });
      assert.equal(bench.sink.partial.size, 0);
      assert.equal(bench.sink.published.size, 0);
    }
  });

  it("reports a full disk on the one side and an interruption on the other", async () => {
    const bench = new Bench();
    bench.sink.writeFails = (path) => {
      throw new SecureShareError("E_DISK_FULL", { path });
    };
    const sender = bench.send(await memorySource({ "big.bin": randomBytes(5_000_000) }));
    const receiver = bench.receive(await sender.code);
    await assert.rejects(receiver.outcome, { code: "E_DISK_FULL" });
    await assert.rejects(sender.outcome, { code: "E_INTERRUPTED" });
    assert.ok(bench.sink.aborted);
    assert.equal(bench.sink.published.size, 0);
  });

  it("goes on past a file that vanished or changed, and says so on both sides", async () => {
    const bench = new Bench();
    const source = await memorySource({
      a: Buffer.from("a"),
      b: Buffer.from("b"),
      c: Buffer.from("c"),
    });
    const changed = new SecureShareError("E_SOURCE_CHANGED", { path: "b" });
    const sender = bench.send({
      ...source,
      open: async (index, item, from, signal) => {
        const reader = await source.open(index, item, from, signal);
        return item.path === "b" ? { ...reader, verify: () => Promise.reject(changed) } : reader;
      },
    });
    const receiver = bench.receive(await sender.code);
    await assert.rejects(sender.outcome, { code: "E_SOURCE_CHANGED" });
    await assert.rejects(receiver.outcome, { code: "E_SOURCE_CHANGED" });
    assert.deepEqual([...bench.sink.published.keys()], ["a", "c"]);
  });

  it("tells the sender of an item that could not be written", async () => {
    const bench = new Bench();
    bench.sink.writeFails = (path) => {
      if (path === "b") throw new SecureShareError("E_PERMISSION", { path });
    };
    const sender = bench.send(await memorySource({ a: Buffer.from("a"), b: Buffer.from("b") }));
    const receiver = bench.receive(await sender.code);
    await assert.rejects(receiver.outcome, { code: "E_PERMISSION" });
    await assert.rejects(sender.outcome, { code: "E_NOT_ALL_WRITTEN", details: { failed: 1 } });
    assert.deepEqual([...bench.sink.published.keys()], ["a"]);
  });

  it("ends as interrupted when a side's connection is cut", async () => {
    for (const who of ["sender", "receiver"] as const) {
      const bench = new Bench();
      const cut: { now?: () => void } = {};
      const watch = (event: SessionEvent) => {
        if (event.kind === "progress") cut.now?.();
      };
      const sender = bench.send(await memorySource({ big: randomBytes(20_000_000) }));
      const code = await sender.code;
      cut.now = () => bench.relay.cut(code.room, who);
      const receiver = bench.receive(code, { watch });
      const outcomes = Promise.allSettled([sender.outcome, receiver.outcome]);
      await bench.clock.advance(5_000);
      for (const outcome of await outcomes) {
        assert.equal(outcome.status, "rejected");
        assert.equal(outcome.status === "rejected" && outcome.reason.code, "E_INTERRUPTED");
      }
      assert.equal(bench.sink.partial.size, 0);
    }
  });

  it("refuses to send nothing", async () => {
    const bench = new Bench();
    await assert.rejects(bench.send(await memorySource({})).outcome, { code: "E_NOTHING_TO_SEND" });
  });
});

describe("what the relay sees", () => {
  const lengths = (bench: Bench) => {
    const of = (from: string) =>
      bench.relay.frames
        .filter((f) => f.from === from)
        .map((f) => f.bytes.length)
        .sort((a, b) => a - b);
    return { sender: of("sender"), receiver: of("receiver") };
  };

  /** Trees of one padding bucket: sizes and counts differ, size + 64 each sums up alike. */
  const trees: Record<string, Tree> = {
    "one file": { "a.bin": randomBytes(700_000) },
    "many files": Object.fromEntries(
      Array.from({ length: 70 }, (_, i) => [`some/longer/name-${i}-ім’я.txt`, randomBytes(9_930)]),
    ),
    "folders and empties": {
      "only-one-file-of-some-size": randomBytes(698_000),
      ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, "folder" as const])),
      empty: new Uint8Array(0),
    },
  };

  it("is the same multiset of frame lengths for different trees in one bucket", async () => {
    const seen: unknown[] = [];
    for (const one of Object.values(trees)) {
      const bench = new Bench();
      await whole(bench, one);
      seen.push(lengths(bench));
    }
    assert.deepEqual(seen[1], seen[0]);
    assert.deepEqual(seen[2], seen[0]);
  });

  it("differs without padding, so that the test above can fail", async () => {
    const seen: unknown[] = [];
    for (const one of [trees["one file"], trees["many files"]]) {
      const bench = new Bench();
      const sender = bench.send(await memorySource(one ?? {}), { padding: false });
      const receiver = bench.receive(await sender.code);
      await Promise.all([sender.outcome, receiver.outcome]);
      seen.push(lengths(bench).sender);
    }
    assert.notDeepEqual(seen[1], seen[0]);
  });

  it("holds no name and no content", async () => {
    const bench = new Bench();
    await whole(bench, { "a-telling-name.txt": Buffer.from("a telling content") });
    for (const { bytes } of bench.relay.frames)
      assert.doesNotMatch(Buffer.from(bytes).toString("latin1"), /telling/);
  });
});
