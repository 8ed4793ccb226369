import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { SecureShareError } from "../../../../src/core/errors";
import { Manifest } from "../../../../src/core/files/manifest";
import type { Source } from "../../../../src/core/ports";
import { SEGMENT } from "../../../../src/core/session/recheck";
import { FrameType } from "../../../../src/core/wire/frames";
import { MemorySink, memorySource, memorySpool, type Tree } from "../../../support/memory/files";
import { MemoryJournal } from "../../../support/memory/journal";
import { Bench, confirm, type Side } from "../../../support/memory/session";

const HOUR = 3_600_000;
const KILLED = new Error("killed");
const tree: Tree = {
  first: randomBytes(300_000),
  folder: "folder",
  "folder/big.bin": randomBytes(2 * SEGMENT + 5_000_000),
  last: Buffer.from("last"),
};

async function finish(bench: Bench, ...sides: Side[]): Promise<void> {
  let ended = 0;
  for (const side of sides) side.outcome.finally(() => ended++).catch(() => {});
  for (let i = 0; i < 3_000 && ended < sides.length; i++) await bench.clock.advance(100);
  assert.equal(ended, sides.length, "both sides end");
}

/** The offer as the receiver's spool holds it. */
async function manifestOf(source: Source): Promise<Manifest> {
  const copy = new Manifest(memorySpool());
  for (let n = 0; n < source.manifest.pageCount; n++)
    await copy.appendPage((await source.manifest.page(n)).items);
  return copy;
}

class Scene {
  readonly bench = new Bench();
  readonly senderJournal = new MemoryJournal();
  readonly receiverJournal = new MemoryJournal();
  sink = new MemorySink(this.receiverJournal.note);
  /** What the receiver's death left on its disk. */
  disk = this.sink;

  async start(kill: "sender" | "receiver", afterRecords: number, files = tree) {
    const source = await memorySource(files);
    const sender = this.bench.send(source, { keepForMs: HOUR, journal: this.senderJournal });
    const code = await sender.code;
    const receiver = this.bench.receive(code, {
      keepForMs: HOUR,
      journal: this.receiverJournal,
      sink: this.sink,
    });
    const sides = { sender, receiver };
    let records = 0;
    let killed = false;
    this.bench.relay.tap = (from, frame, room) => {
      if (from === "sender" && frame[0] === FrameType.record) records++;
      if (records >= afterRecords && !killed) {
        killed = true;
        // A killed program says nothing and writes nothing more.
        const journal = kill === "sender" ? this.senderJournal : this.receiverJournal;
        journal.beforeWrite = () => {
          throw KILLED;
        };
        if (kill === "receiver") this.disk = this.sink.reborn(async () => {});
        this.bench.relay.cut(room, kill);
        sides[kill].cancel(KILLED);
      }
      return [frame];
    };
    await assert.rejects(sides[kill].outcome);
    this.bench.relay.tap = (_, frame) => [frame];
    return { source, code, ...sides };
  }

  /** The journal of the receiver's second run. */
  readonly again = new MemoryJournal();

  receiveAgain(code: Parameters<Bench["receive"]>[0], manifest: Manifest) {
    const journal = this.again;
    journal.document = this.receiverJournal.document;
    journal.log.push(...this.receiverJournal.log);
    this.sink = this.disk.reborn(journal.note);
    return this.bench.receive(code, {
      keepForMs: HOUR,
      journal,
      past: journal.past(manifest),
      sink: this.sink,
      verify: () => assert.fail("asked again"),
      decide: () => assert.fail("asked again"),
    });
  }
}

describe("restarting", () => {
  for (const records of [12, 60, 140])
    it(`goes on after the receiver was killed at record ${records}`, async () => {
      const scene = new Scene();
      const { source, code, sender } = await scene.start("receiver", records);
      const receiver = scene.receiveAgain(code, await manifestOf(source));
      await finish(scene.bench, sender, receiver);
      await receiver.outcome;
      await sender.outcome;
      assert.deepEqual(Object.fromEntries(scene.sink.published), tree);
      assert.deepEqual(scene.sink.publishes.toSorted(), ["first", "folder/big.bin", "last"]);
      // Each result once, with its digest, whichever run it belongs to.
      const results = receiver.events.flatMap((event) => (event.kind === "item" ? [event] : []));
      assert.deepEqual(
        results.map(({ item }) => item.path).toSorted(),
        Object.keys(tree).toSorted(),
      );
      for (const { item, sha256, finalPath } of results) {
        const content = tree[item.path];
        if (content === undefined || content === "folder") continue;
        assert.equal(sha256, createHash("sha256").update(content).digest("hex"));
        assert.equal(finalPath, item.path);
      }
      assert.ok(scene.senderJournal.forgotten);
    });

  it("writes down what a killed run had published, so that a later one need not ask for it", async () => {
    const scene = new Scene();
    const { source, code, sender } = await scene.start("receiver", 60);
    const { log } = scene.receiverJournal;
    const settled = (line: string) => /"settled"/.test(line) && /"path":"first"/.test(line);
    assert.equal(log.filter(settled).length, 1);
    log.splice(log.findIndex(settled), 1);
    const receiver = scene.receiveAgain(code, await manifestOf(source));
    await finish(scene.bench, sender, receiver);
    await receiver.outcome;
    assert.equal(scene.again.log.filter(settled).length, 1);
    const told = receiver.events.filter((e) => e.kind === "item" && e.item.path === "first");
    assert.equal(told.length, 1);
  });

  it("goes on after the sender was killed, with the same code's transfer and no questions", async () => {
    const scene = new Scene();
    const { source, receiver } = await scene.start("sender", 60);
    const journal = new MemoryJournal();
    journal.document = scene.senderJournal.document;
    const { createdAt } = journal.sender;
    await scene.bench.clock.advance(1);
    const again = scene.bench.send(source, {
      keepForMs: HOUR,
      journal,
      resume: true,
      verify: () => assert.fail("asked again"),
    });
    await finish(scene.bench, again, receiver);
    await again.outcome;
    await receiver.outcome;
    assert.deepEqual(Object.fromEntries(scene.sink.published), tree);
    assert.ok(journal.forgotten);
    assert.equal(journal.sender.createdAt, createdAt, "a list keeps its order");
  });

  it("finds a flipped byte in the partial file and sends that segment again, and only it", async () => {
    const scene = new Scene();
    const { source, code, sender } = await scene.start("receiver", 140);
    const partial = scene.disk.partial.get("folder/big.bin");
    assert.ok(partial !== undefined && partial.bytes.length > SEGMENT + 1000);
    const at = SEGMENT + 777;
    partial.bytes = Buffer.from(partial.bytes);
    partial.bytes[at] = (partial.bytes[at] ?? 0) ^ 1;
    const had = partial.bytes.length;
    scene.bench.relay.frames.length = 0;
    const receiver = scene.receiveAgain(code, await manifestOf(source));
    await finish(scene.bench, sender, receiver);
    await receiver.outcome;
    assert.deepEqual(Object.fromEntries(scene.sink.published), tree);
    const again = scene.bench.relay.frames
      .filter((f) => f.from === "sender")
      .reduce((sum, f) => sum + f.bytes.length, 0);
    const rest = 2 * SEGMENT + 5_000_000 - had;
    const segment = Math.min(SEGMENT, had - SEGMENT);
    assert.ok(again < rest * 1.04 + segment + 2_000_000, `${again} for ${rest} and ${segment}`);
    assert.ok(again > segment);
  });

  /** Stopped when some 6 MB are here; the first byte of the partial file is wrong then. */
  async function damaged() {
    const scene = new Scene();
    const files = { big: randomBytes(8_000_000), last: Buffer.from("last") };
    const began = await scene.start("receiver", 28, files);
    const partial = scene.disk.partial.get("big");
    assert.ok(partial !== undefined && partial.bytes.length > 4_000_000);
    partial.bytes = Buffer.from(partial.bytes);
    partial.bytes[0] = (partial.bytes[0] ?? 0) ^ 1;
    return { scene, ...began };
  }

  for (const [what, reason, code] of [
    ["is cancelled", new SecureShareError("E_CANCELLED", { by: "us" }), "E_CANCELLED"],
    ["stops", new SecureShareError("E_INTERRUPTED", { reason: "stopped" }), "E_INTERRUPTED"],
  ] as const)
    it(`ends a receiver that ${what} while a file that has come whole is still checked`, async () => {
      const { scene, source, code: code1, sender } = await damaged();
      const receiver = scene.receiveAgain(code1, await manifestOf(source));
      // The sender's word on the first segment does not come.
      scene.bench.relay.tap = (from, frame, room) => {
        if (from !== "sender" || !scene.sink.published.has("last")) return [frame];
        scene.bench.relay.up = false;
        scene.bench.relay.cut(room, "sender");
        return [];
      };
      await scene.bench.clock.advance(5_000);
      receiver.cancel(reason);
      await finish(scene.bench, receiver);
      await assert.rejects(receiver.outcome, { code });
      assert.ok(!scene.sink.published.has("big"));
      assert.equal(scene.sink.partial.has("big"), code === "E_INTERRUPTED", "kept for a later run");
      sender.cancel(KILLED);
      await finish(scene.bench, sender);
    });

  it("gives an item up whose repair the disk refuses, and ends with everything else", async () => {
    const { scene, source, code, sender } = await damaged();
    const receiver = scene.receiveAgain(code, await manifestOf(source));
    scene.sink.repairFails = (path) => {
      throw new SecureShareError("E_DISK", { path, reason: "EIO" });
    };
    await finish(scene.bench, sender, receiver);
    await assert.rejects(receiver.outcome, { code: "E_DISK" });
    await assert.rejects(sender.outcome, { code: "E_NOT_ALL_WRITTEN" });
    assert.deepEqual([...scene.sink.published.keys()], ["last"]);
  });

  /** The sender's second reading of an item from 0 on: the first one is for its digest. */
  function failSegments(source: Source, failure: Error): void {
    const open = source.open.bind(source);
    let fromStart = 0;
    source.open = async (index, item, from, signal) => {
      const reader = await open(index, item, from, signal);
      if (index !== 0 || from !== 0 || ++fromStart !== 2) return reader;
      return { ...reader, read: () => Promise.reject(failure) };
    };
  }

  it("gives an item up whose segments the sender's disk does not give any more", async () => {
    const { scene, source, code, sender } = await damaged();
    failSegments(source, new SecureShareError("E_DISK", { path: "big", reason: "EIO" }));
    const receiver = scene.receiveAgain(code, await manifestOf(source));
    await finish(scene.bench, sender, receiver);
    await assert.rejects(receiver.outcome, { code: "E_INTEGRITY" });
    await assert.rejects(sender.outcome, { code: "E_NOT_ALL_WRITTEN" });
    assert.deepEqual([...scene.sink.published.keys()], ["last"]);
  });

  it("ends a sender that fails over a segment, though nobody asks for another one", async () => {
    const { scene, source, code, sender } = await damaged();
    failSegments(source, new Error("broken"));
    const receiver = scene.receiveAgain(code, await manifestOf(source));
    await finish(scene.bench, sender);
    await assert.rejects(sender.outcome, /broken/);
    receiver.cancel(KILLED);
    await finish(scene.bench, receiver);
  });

  it("goes on checking a partial file after a drop behind the end of its item", async () => {
    const scene = new Scene();
    const { source, code, sender } = await scene.start("receiver", 140);
    const receiver = scene.receiveAgain(code, await manifestOf(source));
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    scene.sink.readGate = () => held;
    for (let i = 0; i < 100 && !scene.sink.published.has("last"); i++)
      await scene.bench.clock.advance(100);
    assert.ok(scene.sink.published.has("last"), "everything else is here");
    for (const room of scene.bench.relay.rooms()) scene.bench.relay.cut(room, "receiver");
    await scene.bench.clock.advance(5_000);
    release();
    await finish(scene.bench, sender, receiver);
    await Promise.all([sender.outcome, receiver.outcome]);
    assert.deepEqual(Object.fromEntries(scene.sink.published), tree);
  });

  it("ends and forgets a receiver that was killed at its very end, though the sender is gone", async () => {
    const scene = new Scene();
    const { bench, senderJournal, receiverJournal } = scene;
    const source = await memorySource(tree);
    const sender = bench.send(source, { keepForMs: HOUR, journal: senderJournal });
    const code = await sender.code;
    const receiver = bench.receive(code, {
      keepForMs: HOUR,
      journal: receiverJournal,
      sink: scene.sink,
      watch: (event) => {
        if (event.kind !== "step" || event.step !== "results") return;
        receiverJournal.beforeWrite = () => {
          throw KILLED;
        };
        scene.disk = scene.sink.reborn(async () => {});
        receiver.cancel(KILLED);
      },
    });
    await finish(bench, sender, receiver);
    await sender.outcome;
    const again = scene.receiveAgain(code, await manifestOf(source));
    await finish(bench, again);
    assert.equal((await again.outcome).outcome, "completed");
    assert.ok(bench.clock.now() < 300_000);
    assert.ok(scene.sink.finished);
  });

  it("asks the gate's question again when it had not been answered, with the same digits", async () => {
    const bench = new Bench();
    const journal = new MemoryJournal();
    const seen: string[] = [];
    const source = await memorySource(tree);
    const sender = bench.send(source, {
      keepForMs: HOUR,
      journal,
      verify: ({ digits }) => {
        seen.push(digits);
        journal.beforeWrite = () => {
          throw KILLED;
        };
        sender.cancel(KILLED);
        return new Promise(() => {});
      },
    });
    const code = await sender.code;
    const receiver = bench.receive(code, {
      keepForMs: HOUR,
      verify: (question) => {
        seen.push(question.digits);
        return confirm(question, 1);
      },
    });
    await assert.rejects(sender.outcome);
    const next = new MemoryJournal();
    next.document = journal.document;
    const again = bench.send(source, {
      keepForMs: HOUR,
      journal: next,
      resume: true,
      verify: (question) => {
        seen.push(question.digits);
        return confirm(question, 1);
      },
    });
    await finish(bench, again, receiver);
    await again.outcome;
    assert.equal(new Set(seen).size, 1);
    assert.equal(seen.length, 3);
  });

  it("refuses when the wrapping key is gone", async () => {
    const scene = new Scene();
    const { source, receiver } = await scene.start("sender", 60);
    const journal = new MemoryJournal();
    journal.document = scene.senderJournal.document;
    journal.key = "another";
    const again = scene.bench.send(source, { keepForMs: HOUR, journal, resume: true });
    await assert.rejects(again.outcome, { code: "E_RESUME_LOST" });
    receiver.cancel(KILLED);
    await assert.rejects(receiver.outcome);
  });

  it("keeps no secret in the clear in its document", async () => {
    const scene = new Scene();
    const { receiver, code } = await scene.start("sender", 60);
    const { sealed, ...rest } = scene.senderJournal.sender;
    assert.ok(sealed.length > 64);
    assert.ok(!JSON.stringify(rest).includes(code.secret));
    receiver.cancel(KILLED);
    await assert.rejects(receiver.outcome);
  });
});
