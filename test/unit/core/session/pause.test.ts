import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { TransferControls } from "../../../../src/core/session/controls";
import { FrameType } from "../../../../src/core/wire/frames";
import { settle } from "../../../support/memory/clock";
import { memorySource } from "../../../support/memory/files";
import { MemoryJournal } from "../../../support/memory/journal";
import { Bench } from "../../../support/memory/session";

const HOUR = 3_600_000;
const tree = { big: randomBytes(30_000_000) };

/** Starts a transfer in which `who` pauses when the content has begun to move. */
async function paused(who: "sender" | "receiver", bench: Bench) {
  const controls = new TransferControls();
  let seen = 0;
  bench.relay.tap = (from, frame) => {
    if (from === "sender" && frame[0] === FrameType.record && ++seen === 20)
      controls.setPaused(true);
    return [frame];
  };
  const sender = bench.send(await memorySource(tree), {
    keepForMs: HOUR,
    ...(who === "sender" && { controls }),
  });
  const code = await sender.code;
  const receiver = bench.receive(code, {
    keepForMs: HOUR,
    ...(who === "receiver" && { controls }),
  });
  for (let i = 0; i < 50; i++) await bench.clock.advance(200);
  return { controls, sender, receiver, code };
}

const records = (bench: Bench) =>
  bench.relay.frames.filter((f) => f.from === "sender" && f.bytes[0] === FrameType.record).length;

describe("pause", () => {
  for (const who of ["sender", "receiver"] as const) {
    it(`by the ${who} stops the content and tells the other side; resuming completes`, async () => {
      const bench = new Bench();
      const { controls, sender, receiver } = await paused(who, bench);
      const before = records(bench);
      assert.ok(before < 110, "the content has not all been sent");
      await bench.clock.advance(600_000);
      assert.equal(records(bench), before);
      const other = who === "sender" ? receiver : sender;
      assert.deepEqual(
        other.events.findLast((e) => e.kind === "paused"),
        { kind: "paused", us: false, peer: true },
      );
      controls.setPaused(false);
      await Promise.all([sender.outcome, receiver.outcome]);
      assert.deepEqual(bench.sink.published.get("big"), tree.big);
    });

    it(`by the ${who} outlives a drop`, async () => {
      const bench = new Bench();
      const { controls, sender, receiver } = await paused(who, bench);
      const [last] = bench.relay.rooms();
      assert.ok(last !== undefined);
      bench.relay.cut(last, "receiver");
      for (let i = 0; i < 20; i++) await bench.clock.advance(500);
      const before = records(bench);
      await bench.clock.advance(60_000);
      assert.ok(records(bench) - before <= 1, "nothing moves");
      controls.setPaused(false);
      await settle();
      for (let i = 0; i < 20; i++) await bench.clock.advance(500);
      await Promise.all([sender.outcome, receiver.outcome]);
      assert.deepEqual(bench.sink.published.get("big"), tree.big);
    });
  }

  for (const who of ["sender", "receiver"] as const)
    it(`by the ${who} may come at any moment of an epoch's beginning`, async () => {
      // Between the last message of the handshake and the first of the epoch, turn by turn.
      for (let turns = 0; turns < 60; turns++) {
        const bench = new Bench();
        const controls = new TransferControls();
        const common = { keepForMs: HOUR };
        const ours = { ...common, controls };
        bench.relay.tap = (_, frame) => {
          if (frame[0] !== FrameType.m3) return [frame];
          void (async () => {
            for (let i = 0; i < turns; i++) await Promise.resolve();
            controls.setPaused(true);
            controls.setPaused(false);
          })();
          return [frame];
        };
        const sender = bench.send(
          await memorySource({ small: Buffer.from("small") }),
          who === "sender" ? ours : common,
        );
        const receiver = bench.receive(await sender.code, who === "receiver" ? ours : common);
        for (let i = 0; i < 5; i++) await bench.clock.advance(500);
        await Promise.all([sender.outcome, receiver.outcome]);
      }
    });

  it("lets a receiver name the address to which the sender's relay has moved", async () => {
    const bench = new Bench();
    const controls = new TransferControls();
    const sender = bench.send(await memorySource(tree), { keepForMs: HOUR });
    const code = await sender.code;
    let seen = 0;
    bench.relay.tap = (from, frame, room) => {
      if (from === "sender" && frame[0] === FrameType.record && ++seen === 20) {
        bench.relay.only = "ws://moved.test";
        queueMicrotask(() => {
          bench.relay.cut(room, "sender");
          bench.relay.cut(room, "receiver");
        });
      }
      return [frame];
    };
    const journal = new MemoryJournal();
    const receiver = bench.receive(code, { keepForMs: HOUR, controls, journal });
    for (let i = 0; i < 20; i++) await bench.clock.advance(500);
    assert.ok(receiver.events.some((e) => e.kind === "interrupted"));
    // The sender's own relay has moved with it.
    bench.relay.alias("ws://relay.test", "sender", "ws://moved.test");
    controls.addRelay("ws://moved.test");
    for (let i = 0; i < 20; i++) await bench.clock.advance(500);
    await Promise.all([sender.outcome, receiver.outcome]);
    assert.deepEqual(bench.sink.published.get("big"), tree.big);
    // A run after this one would look there, too.
    assert.deepEqual(journal.receiver.relays, ["ws://moved.test", "ws://relay.test"]);
  });
});
