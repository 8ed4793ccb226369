import assert from "node:assert/strict";
import { codeCredentials, ReceiverHandshake } from "../../../../src/core/session/handshake";
import {
  type Pairing,
  type PairingEvent,
  pair,
  UNPAIRED,
} from "../../../../src/core/session/pairing";
import { FrameType } from "../../../../src/core/wire/frames";
import { settle } from "../../../support/memory/clock";
import { memorySource } from "../../../support/memory/files";
import { MemoryJournal } from "../../../support/memory/journal";
import { closed, GREETING, ScriptedSocket } from "../../../support/memory/scripted";
import { Bench, RELAY, random } from "../../../support/memory/session";

const CODE = codeCredentials("k7qm3", "x9dt2v");
const tree = { a: Buffer.from("content") };
const hello = () => new ReceiverHandshake(CODE, random).hello;
const frame = (bytes: Uint8Array): PairingEvent => ({ kind: "frame", frame: bytes });
const joined: PairingEvent = { kind: "peer", state: "joined" };
const left: PairingEvent = { kind: "peer", state: "left" };

/** Where a pairing is after these events, and what it wants done for the last one. */
function after(...events: readonly PairingEvent[]) {
  let pairing: Pairing = UNPAIRED;
  let last = pair(pairing, left, CODE, random)[1];
  for (const event of events) [pairing, last] = pair(pairing, event, CODE, random);
  return { pairing, action: last };
}

describe("pairing", () => {
  it("answers a HELLO only when somebody is there", () => {
    assert.equal(after(joined, frame(hello())).action.do, "answer");
    assert.equal(after(frame(hello())).action.do, "rejoin");
  });

  it("knows what to do with every event in every state, and nothing else", () => {
    const typed = (type: number, length: number) =>
      frame(Uint8Array.from({ length }, (_, i) => [type, 1, 9][i] ?? 0));
    const events: Readonly<Record<string, PairingEvent>> = {
      joined,
      left,
      closed: { kind: "closed", code: 1006 },
      timeout: { kind: "timeout" },
      HELLO: frame(hello()),
      M1: typed(FrameType.m1, 1282),
      M2: typed(FrameType.m2, 1154),
      M3: typed(FrameType.m3, 66),
      ABORT: typed(FrameType.abort, 3),
      RECORD: typed(FrameType.record, 100),
      "a HELLO of another length": typed(FrameType.hello, 36),
      nothing: frame(new Uint8Array(0)),
    };
    const states: readonly [readonly PairingEvent[], Readonly<Record<string, string>>][] = [
      [[], {}],
      [[joined], { HELLO: "answer" }],
      [[joined, frame(hello())], { HELLO: "answer", M2: "guess" }],
    ];
    for (const [before, does] of states)
      for (const [what, event] of Object.entries(events)) {
        const usual = event.kind === "peer" ? "nothing" : "rejoin";
        const { action, pairing } = after(...before, event);
        assert.equal(action.do, does[what] ?? usual, `${before.length}: ${what}`);
        assert.equal(pairing.guessesLeft, does[what] === "guess" ? 2 : 3);
      }
  });

  it("takes no M2 that it did not ask for, and none of a dropped handshake", () => {
    const m2 = Uint8Array.from({ length: 1154 }, (_, i) => [FrameType.m2, 1][i] ?? 0);
    assert.deepEqual(after(joined, frame(m2)).action, { do: "rejoin", reason: "unexpected-frame" });
    const { state } = after(joined, frame(hello())).pairing;
    assert.ok(state.phase === "answered");
    const answered: Pairing = { state, guessesLeft: 3, hellos: 1 };
    pair(answered, joined, CODE, random);
    assert.equal(state.handshake.finish(m2), "used", "its values are gone");
  });

  it("counts a wrong tag as a guess, and a share of low order as none", () => {
    const answered = after(joined, frame(hello())).pairing;
    const m2 = (share: number) =>
      frame(Uint8Array.from({ length: 1154 }, (_, i) => [FrameType.m2, 1, share][i] ?? 0));
    const [low] = pair(answered, m2(0), CODE, random);
    assert.equal(low.guessesLeft, 3);
    const [wrong] = pair(after(joined, frame(hello())).pairing, m2(9), CODE, random);
    assert.equal(wrong.guessesLeft, 2);
  });

  it("tells a peer of another version, and nobody else", () => {
    const other = hello();
    other[1] = 2;
    const { action } = after(joined, frame(other));
    assert.ok(action.do === "rejoin");
    assert.deepEqual(action.parting, Uint8Array.of(FrameType.abort, 1, 1));
    assert.deepEqual(after(joined, frame(Uint8Array.of(1, 1, 0))).action, {
      do: "rejoin",
      reason: "unexpected-frame",
    });
  });

  it("slows HELLOs down after the twentieth, whoever sends them", () => {
    const hellos = (n: number) => after(joined, ...Array.from({ length: n }, () => frame(hello())));
    const twentieth = hellos(20).action;
    const next = hellos(21).action;
    assert.ok(twentieth.do === "answer" && !twentieth.delayed);
    assert.ok(next.do === "answer" && next.delayed);
  });
});

async function stranger(bench: Bench, room: string) {
  const url = `${RELAY}/v1/rooms/${room}?role=receiver`;
  return bench.relay.connect(url, [], new AbortController().signal);
}

const m1s = (bench: Bench) => bench.relay.frames.filter((f) => f.bytes[0] === FrameType.m1).length;

describe("a sender that waits with its code", () => {
  it("answers one HELLO in five seconds once there were twenty", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree));
    const { room } = await sender.code;
    const flood = await stranger(bench, room);
    for (let i = 0; i < 30; i++) await flood.send(hello());
    await settle();
    assert.equal(m1s(bench), 20);
    await bench.clock.advance(5_000);
    assert.equal(m1s(bench), 21);
    sender.cancel(new Error("end"));
    await assert.rejects(sender.outcome);
  });

  it("puts out who says nothing for 10 s, or takes 30 s for a handshake", async () => {
    for (const [first, seconds] of [
      [undefined, 10],
      [hello(), 30],
    ] as const) {
      const bench = new Bench();
      const sender = bench.send(await memorySource(tree));
      const { room } = await sender.code;
      const squatter = await stranger(bench, room);
      if (first !== undefined) await squatter.send(first);
      const rejoins = () => sender.events.filter((e) => e.kind === "step" && e.step === "rejoined");
      await bench.clock.advance(seconds * 1000 - 1);
      assert.equal(rejoins().length, 0);
      await bench.clock.advance(200);
      assert.equal(rejoins().length, 1);
      sender.cancel(new Error("end"));
      await assert.rejects(sender.outcome);
    }
  });

  it("cannot be spun by a relay that closes at once: pauses grow to five seconds", async () => {
    const bench = new Bench();
    const source = await memorySource(tree);
    let connects = 0;
    bench.relay.connect = async () => {
      connects++;
      assert.ok(connects < 1_000, "spins");
      return new ScriptedSocket(GREETING, closed(1006));
    };
    const sender = bench.send(source);
    await settle();
    assert.ok(connects <= 3, `${connects} at once`);
    await bench.clock.advance(60_000);
    assert.ok(connects <= 20, `${connects} in a minute`);
    sender.cancel(new Error("end"));
    await assert.rejects(sender.outcome);
  });

  it("sends no M3 before the resume secret is on disk", async () => {
    const bench = new Bench();
    const journal = new MemoryJournal();
    journal.beforeWrite = () => {
      throw new Error("crash");
    };
    const sender = bench.send(await memorySource(tree), { journal });
    const receiver = bench.receive(await sender.code);
    await assert.rejects(sender.outcome);
    await bench.clock.advance(40_000);
    await assert.rejects(receiver.outcome);
    assert.ok(!bench.relay.frames.some((f) => f.bytes[0] === FrameType.m3));
  });
});
