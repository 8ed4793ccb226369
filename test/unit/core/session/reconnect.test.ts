import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { SecureShareError } from "../../../../src/core/errors";
import { TransferControls } from "../../../../src/core/session/controls";
import type { SessionEvent } from "../../../../src/core/session/events";
import { reconnectDelay } from "../../../../src/core/session/reunion";
import { FrameType } from "../../../../src/core/wire/frames";
import { type Role, roomKind, roomUrl } from "../../../../src/core/wire/rooms";
import { settle } from "../../../support/memory/clock";
import { memorySource, type Tree } from "../../../support/memory/files";
import { MemoryJournal } from "../../../support/memory/journal";
import type { MemoryRelay } from "../../../support/memory/relay";
import { Bench, confirm, RELAY, type Side } from "../../../support/memory/session";

const HOUR = 3_600_000;
/** Where nobody answers, and by which address a stranger comes. */
const [NOWHERE, STRANGER] = ["ws://nowhere.test", "ws://stranger.test"];
const isResumeRoom = (room: string) => roomKind(room) === "resume";
const tree: Tree = {
  first: randomBytes(300_000),
  folder: "folder",
  "folder/big.bin": randomBytes(12_000_000),
  last: Buffer.from("last"),
};

/** Lets the clock run until both sides have ended. */
async function finish(bench: Bench, ...sides: Side[]): Promise<void> {
  let ended = 0;
  for (const side of sides) side.outcome.finally(() => ended++).catch(() => {});
  for (let i = 0; i < 3_000 && ended < sides.length; i++) await bench.clock.advance(100);
  assert.equal(ended, sides.length, "both sides end");
}

/** Cuts the connection of `who` when the relay has seen `n` records from `from`. */
function cutAfter(relay: MemoryRelay, from: Role, n: number, who: readonly Role[]): void {
  let seen = 0;
  relay.tap = (side, frame, room) => {
    if (side === from && frame[0] === FrameType.record && ++seen === n) {
      queueMicrotask(() => {
        for (const role of who) relay.cut(room, role);
      });
      return [];
    }
    return [frame];
  };
}

const count = (events: readonly SessionEvent[], kind: SessionEvent["kind"]) =>
  events.filter((e) => e.kind === kind).length;

describe("reconnecting", () => {
  const phases: [string, Role, number][] = [
    ["at the sender's first record", "sender", 1],
    ["in the offer", "sender", 2],
    ["at the answer", "receiver", 2],
    ["at the start of the content", "sender", 3],
    ["in the middle of a file", "sender", 20],
    ["near the end", "sender", 48],
    ["at the receiver's credit", "receiver", 3],
    ["at the receiver's results", "receiver", 7],
  ];
  for (const [name, from, n] of phases)
    for (const who of [["sender"], ["receiver"], ["sender", "receiver"]] as const)
      it(`completes after a cut of ${who.join(" and ")} ${name}, asking nothing twice`, async () => {
        const bench = new Bench();
        let asked = 0;
        const verify = (question: Parameters<typeof confirm>[0]) => {
          asked++;
          return confirm(question, 1);
        };
        const sender = bench.send(await memorySource(tree), { keepForMs: HOUR, verify });
        const code = await sender.code;
        cutAfter(bench.relay, from, n, who);
        const receiver = bench.receive(code, { keepForMs: HOUR, verify });
        await finish(bench, sender, receiver);
        assert.equal((await receiver.outcome).outcome, "completed");
        assert.equal((await sender.outcome).outcome, "completed");
        assert.deepEqual(Object.fromEntries(bench.sink.published), tree);
        assert.equal(asked, 2);
        assert.ok(count(sender.events, "interrupted") + count(receiver.events, "interrupted") > 0);
      });

  it("completes when every epoch is cut soon after its start, and sends little twice", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree), { keepForMs: HOUR });
    const code = await sender.code;
    let records = 0;
    bench.relay.tap = (side, frame, room) => {
      if (side === "sender" && frame[0] === FrameType.record && ++records % 9 === 0)
        queueMicrotask(() => bench.relay.cut(room, "receiver"));
      return [frame];
    };
    const receiver = bench.receive(code, { keepForMs: HOUR });
    await finish(bench, sender, receiver);
    assert.deepEqual(Object.fromEntries(bench.sink.published), tree);
    assert.ok(count(receiver.events, "interrupted") >= 4);
    const sent = bench.relay.frames.filter((f) => f.from === "sender");
    const bytes = sent.reduce((sum, f) => sum + f.bytes.length, 0);
    assert.ok(bytes < 12_300_000 + 12 * 9 * 262_144, `${bytes} bytes for 12.3 MB`);
  });

  it("uses fresh keys: no record of one epoch is taken in another", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree), { keepForMs: HOUR });
    const code = await sender.code;
    let old: Uint8Array | undefined;
    let records = 0;
    bench.relay.tap = (side, frame, room) => {
      if (side !== "sender" || frame[0] !== FrameType.record) return [frame];
      records++;
      if (records === 1) old = frame.slice();
      if (records === 6) queueMicrotask(() => bench.relay.cut(room, "receiver"));
      // The first record of the second epoch is replaced by that of the first.
      if (records === 7 && old !== undefined) return [old];
      return [frame];
    };
    const receiver = bench.receive(code, { keepForMs: HOUR });
    await finish(bench, sender, receiver);
    assert.deepEqual(Object.fromEntries(bench.sink.published), tree);
  });

  it("gives up after its time and says that it was interrupted", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree), { keepForMs: 60_000 });
    const code = await sender.code;
    cutAfter(bench.relay, "sender", 10, ["sender", "receiver"]);
    const receiver = bench.receive(code, { keepForMs: 60_000 });
    receiver.outcome.catch(() => {});
    await settle();
    bench.relay.up = false;
    await finish(bench, sender, receiver);
    await assert.rejects(sender.outcome, { code: "E_INTERRUPTED" });
    await assert.rejects(receiver.outcome, { code: "E_INTERRUPTED" });
    assert.equal(bench.sink.partial.size, 0);
  });

  it("needs a new code when M3 never came, says so, and remembers nothing", async () => {
    const bench = new Bench();
    const journal = new MemoryJournal();
    const sender = bench.send(await memorySource(tree), { keepForMs: HOUR, journal });
    const code = await sender.code;
    bench.relay.tap = (_, frame, room) => {
      if (frame[0] !== FrameType.m3) return [frame];
      queueMicrotask(() => bench.relay.cut(room, "receiver"));
      return [];
    };
    const receiver = bench.receive(code, { keepForMs: HOUR });
    await finish(bench, sender, receiver);
    await assert.rejects(sender.outcome, { code: "E_HANDSHAKE" });
    await assert.rejects(receiver.outcome, { code: "E_CODE_WRONG" });
    assert.ok(journal.forgotten);
    assert.ok(!sender.events.some((e) => e.kind === "interrupted" && e.resumable));
  });

  it("is not forgotten while it runs, however long nothing happens to it", async () => {
    const bench = new Bench();
    const journals = [new MemoryJournal(), new MemoryJournal()] as const;
    const controls = new TransferControls();
    const common = { keepForMs: 72 * HOUR, controls };
    const sender = bench.send(await memorySource(tree), { ...common, journal: journals[0] });
    const receiver = bench.receive(await sender.code, { ...common, journal: journals[1] });
    controls.setPaused(true);
    await bench.clock.advance(80 * HOUR);
    for (const document of [journals[0].sender, journals[1].receiver]) {
      assert.ok(bench.clock.wall() - document.touchedAt <= HOUR);
      assert.equal(document.keepForMs, 72 * HOUR);
    }
    controls.setPaused(false);
    await finish(bench, sender, receiver);
    await Promise.all([sender.outcome, receiver.outcome]);
    assert.ok(journals.every(({ forgotten }) => forgotten));
  });

  it("ends and forgets a receiver that has everything, though the sender's last word is lost", async () => {
    const bench = new Bench();
    const journal = new MemoryJournal();
    const sender = bench.send(await memorySource(tree), { keepForMs: HOUR });
    const receiver = bench.receive(await sender.code, {
      keepForMs: HOUR,
      journal,
      watch: (event) => {
        if (event.kind !== "step" || event.step !== "results") return;
        bench.relay.tap = (from, frame) => (from === "sender" ? [] : [frame]);
      },
    });
    await finish(bench, sender, receiver);
    assert.equal((await receiver.outcome).outcome, "completed");
    assert.ok(journal.forgotten);
  });

  it("remembers across a drop what was given up, and forgets a transfer that has ended so", async () => {
    const bench = new Bench();
    const journals = { sender: new MemoryJournal(), receiver: new MemoryJournal() };
    const source = await memorySource(tree);
    const sender = bench.send(
      {
        ...source,
        open: async (index, item, ...rest) => {
          if (index === 0) throw new SecureShareError("E_PERMISSION", { path: item.path });
          return source.open(index, item, ...rest);
        },
      },
      { keepForMs: HOUR, journal: journals.sender },
    );
    cutAfter(bench.relay, "sender", 20, ["receiver"]);
    const code = await sender.code;
    const receiver = bench.receive(code, { keepForMs: HOUR, journal: journals.receiver });
    await finish(bench, sender, receiver);
    for (const side of [sender, receiver])
      await assert.rejects(side.outcome, { code: "E_PERMISSION" });
    assert.ok(journals.sender.forgotten && journals.receiver.forgotten, "nobody can go on with it");
  });

  for (const [name, fails, told] of [
    ["vanished after its end was lost in a drop", [false, true], ["sent", "failed"]],
    ["can be read again, though R was about to hear that not", [true, false], ["failed", "sent"]],
    ["vanished, and is so still after a drop", [true, true], ["failed"]],
    ["was sent, and sent again after a drop", [false, false], ["sent"]],
  ] as const)
    it(`tells the sender how an item came out that ${name}`, async () => {
      const bench = new Bench();
      let epoch = 0;
      const source = await memorySource({ a: Buffer.from("a"), b: Buffer.from("b") });
      const sender = bench.send(
        {
          ...source,
          open: async (index, item, ...rest) => {
            if (item.path === "a" && fails[epoch])
              throw new SecureShareError("E_SOURCE_VANISHED", { path: item.path });
            return source.open(index, item, ...rest);
          },
        },
        { keepForMs: HOUR, watch: (event) => void (event.kind === "interrupted" && epoch++) },
      );
      // The only record with content.
      cutAfter(bench.relay, "sender", 3, ["sender", "receiver"]);
      const receiver = bench.receive(await sender.code, { keepForMs: HOUR });
      await finish(bench, sender, receiver);
      if (fails[1]) await assert.rejects(sender.outcome, { code: "E_SOURCE_VANISHED" });
      else assert.equal((await sender.outcome).outcome, "completed");
      const items = sender.events.flatMap((e) => (e.kind === "item" ? [e] : []));
      const of = (path: string) => items.filter((e) => e.item.path === path);
      assert.deepEqual(
        of("a").map((e) => [e.outcome, e.corrects ?? false]),
        told.map((outcome, at) => [outcome, at > 0]),
      );
      assert.equal(of("b").length, 1);
    });

  it("leaves the room at once when its secret cannot be written down", async () => {
    const bench = new Bench();
    const journal = new MemoryJournal();
    journal.beforeWrite = () => {
      throw new SecureShareError("E_DISK_FULL", { path: "transfer.json" });
    };
    const sender = bench.send(await memorySource(tree), { keepForMs: HOUR });
    const receiver = bench.receive(await sender.code, { keepForMs: HOUR, journal });
    // The clock stands still: nobody waits for a receiver that says nothing.
    await settle();
    await assert.rejects(receiver.outcome, { code: "E_DISK_FULL" });
    assert.equal(count(sender.events, "interrupted"), 1);
    sender.cancel(new Error("end"));
    await finish(bench, sender);
  });

  it("does not come back to somebody who only holds the code", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree), { keepForMs: HOUR });
    const code = await sender.code;
    cutAfter(bench.relay, "sender", 10, ["sender", "receiver"]);
    const receiver = bench.receive(code, { keepForMs: HOUR });
    await settle();
    bench.attempts = 3;
    const thief = bench.receive(code, {
      keepForMs: HOUR,
      decide: () => assert.fail("offer shown"),
    });
    await finish(bench, sender, receiver, thief);
    await assert.rejects(thief.outcome, { code: /E_CODE_UNKNOWN|E_ROOM_OCCUPIED/ });
    assert.deepEqual(Object.fromEntries(bench.sink.published), tree);
  });

  for (const role of ["receiver", "sender"] as const)
    it(`puts out a stranger who sits in its room as ${role}`, async () => {
      const bench = new Bench();
      const { relay } = bench;
      relay.only = RELAY;
      const sender = bench.send(await memorySource(tree), { keepForMs: HOUR });
      const code = await sender.code;
      // Whose place is taken comes later than the stranger.
      relay.tap = (side, frame, room) => {
        if (side === "sender" && frame[0] === FrameType.record && room === code.room)
          queueMicrotask(() => {
            relay.alias(RELAY, role, NOWHERE);
            for (const each of ["sender", "receiver"] as const) relay.cut(room, each);
          });
        return [frame];
      };
      const receiver = bench.receive(code, { keepForMs: HOUR });
      for (let i = 0; i < 100 && !relay.rooms().some(isResumeRoom); i++)
        await bench.clock.advance(100);
      const room = relay.rooms().find(isResumeRoom);
      assert.ok(room !== undefined);
      relay.alias(STRANGER, role, RELAY);
      const { signal } = new AbortController();
      const stranger = await relay.connect(roomUrl(STRANGER, room, role), [], signal);
      relay.alias(RELAY, role, RELAY);
      await finish(bench, sender, receiver);
      assert.deepEqual(Object.fromEntries(bench.sink.published), tree);
      stranger.close();
    });

  it("waits at once, then up to a second, later up to fifteen, with jitter", () => {
    assert.equal(reconnectDelay(0, 0, 1), 0);
    for (const n of [1, 2, 5, 10_000]) {
      assert.ok(reconnectDelay(n, 60_000, 1) <= 1_000);
      assert.ok(reconnectDelay(n, 60_000, 0) >= 75);
    }
    assert.ok(reconnectDelay(50, HOUR, 1) <= 15_000);
    assert.ok(reconnectDelay(50, HOUR, 0) > 10_000);
    assert.notEqual(reconnectDelay(3, 0, 0), reconnectDelay(3, 0, 1));
  });
});
