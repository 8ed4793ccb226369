import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { SecureShareError } from "../../../../src/core/errors";
import type { WholeFile } from "../../../../src/core/ports";
import { Kind } from "../../../../src/core/session/plaintext";
import { drawCode } from "../../../../src/core/wire/code";
import { FrameType } from "../../../../src/core/wire/frames";
import { assertFails } from "../../../support/assertFails";
import { dataBody, endBody, HostilePeer } from "../../../support/hostile/peer";
import { settle } from "../../../support/memory/clock";
import { MemorySink, memorySource, TogetherSink } from "../../../support/memory/files";
import { Bench, random } from "../../../support/memory/session";
import { turnsAsked } from "./turnsAsked";

const content = Buffer.from("content");

describe("a receiver", () => {
  const HELLO = { t: "hello", policy: "compare", automated: false };
  async function facing(
    attack: (s: HostilePeer, bench: Bench) => Promise<void>,
    size = content.length,
  ) {
    const bench = new Bench();
    const code = drawCode((n) => random.bytes(n));
    const meeting = HostilePeer.sender(bench, code);
    await settle();
    const receiver = bench.receive(code);
    const sender = await meeting;
    await sender.control(HELLO);
    await sender.control({ t: "offer", items: [["file", 0, size, 0, 0]] });
    await attack(sender, bench).catch(() => {});
    const ended = receiver.outcome.catch((error: unknown) => error);
    await bench.clock.advance(15_000);
    return { outcome: await ended, bench };
  }
  const END = { t: "offer-end", items: 1, bytes: content.length };

  it("refuses an offer whose sum is not the one that was said", async () => {
    const { outcome } = await facing((s) => s.control({ ...END, bytes: 1 }));
    assertFails(outcome, "E_PROTOCOL", /offer/);
  });

  it("waits for others to have their turn, however many frames come at once", async () => {
    let asked = 0;
    await facing(async (peer, bench) => {
      asked = await turnsAsked(peer, bench);
    });
    assert.equal(asked, 1);
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
