import assert from "node:assert/strict";
import {
  codeCredentials,
  ReceiverHandshake,
  SenderHandshake,
} from "../../../../src/core/session/handshake";
import type { SessionCode } from "../../../../src/core/wire/code";
import { FrameType } from "../../../../src/core/wire/frames";
import { memorySource } from "../../../support/memory/files";
import type { Tap } from "../../../support/memory/relay";
import { Bench, confirm, random } from "../../../support/memory/session";

const tree = { "secret.txt": Buffer.from("content") };
const wrong = ({ room }: SessionCode): SessionCode => ({ room, secret: "000000" });

const steps = (events: readonly { kind: string }[]) =>
  events.flatMap((e) => ("step" in e ? [String(e.step)] : []));

describe("code and guesses", () => {
  it("counts wrong codes and dies with the third; the right one after it finds nothing", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree));
    const code = await sender.code;
    for (let guess = 0; guess < 3; guess++) {
      const receiver = bench.receive(wrong(code));
      await assert.rejects(receiver.outcome, { code: "E_CODE_WRONG" });
      await bench.clock.advance(6_000);
    }
    await assert.rejects(sender.outcome, { code: "E_CODE_USED_UP" });
    bench.attempts = 3;
    await assert.rejects(bench.receive(code).outcome, { code: "E_CODE_UNKNOWN" });
  });

  it("survives two wrong guesses", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree));
    const code = await sender.code;
    for (let guess = 0; guess < 2; guess++) {
      await assert.rejects(bench.receive(wrong(code)).outcome, { code: "E_CODE_WRONG" });
      await bench.clock.advance(6_000);
    }
    bench.attempts = 3;
    await bench.receive(code).outcome;
    await sender.outcome;
  });

  it("costs no guess when a stranger leaves, babbles or stalls", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree));
    const code = await sender.code;
    const junk = [
      Buffer.from("junk"),
      Buffer.concat([Buffer.of(FrameType.m2, 1), Buffer.alloc(1152)]),
      Buffer.concat([Buffer.of(FrameType.hello, 1, 1), Buffer.alloc(32)]),
      Buffer.concat([Buffer.of(FrameType.hello, 9, 0), Buffer.alloc(32)]),
      new Uint8Array(0),
    ];
    for (const frame of junk) {
      const signal = new AbortController().signal;
      const url = `ws://relay.test/v1/rooms/${code.room}?role=receiver`;
      const stranger = await bench.relay.connect(url, [], signal);
      await stranger.send(frame);
      await bench.clock.advance(6_000);
    }
    const url = `ws://relay.test/v1/rooms/${code.room}?role=receiver`;
    await bench.relay.connect(url, [], new AbortController().signal);
    await bench.clock.advance(20_000);
    const rejoined = steps(sender.events).filter((s) => s === "rejoined").length;
    assert.ok(rejoined >= junk.length, "each of them was put out");
    assert.ok(!steps(sender.events).includes("wrong-code"));
    await bench.receive(code).outcome;
    await sender.outcome;
  });

  it("expires by the sender's clock, and only then", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree), { lifetimeMs: 600_000 });
    const code = await sender.code;
    await bench.clock.advance(599_000);
    await bench.clock.advance(2_000);
    await assert.rejects(sender.outcome, { code: "E_CODE_EXPIRED", details: { minutes: 10 } });
    await assert.rejects(bench.receive(code).outcome, { code: "E_CODE_UNKNOWN" });
  });

  it("is good for one pairing", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree));
    const code = await sender.code;
    let third: Promise<unknown> | undefined;
    const receiver = bench.receive(code, {
      verify: async (question) => {
        third = bench.receive(code).outcome.catch((error: unknown) => error);
        await third;
        return confirm(question, 1);
      },
    });
    await Promise.all([sender.outcome, receiver.outcome]);
    assert.equal(((await third) as { code?: string }).code, "E_ROOM_OCCUPIED");
  });

  it("stops a receiver whose attempts are used up before it gives anything away", async () => {
    const bench = new Bench();
    bench.attempts = 0;
    const sender = bench.send(await memorySource(tree));
    const receiver = bench.receive(await sender.code);
    await assert.rejects(receiver.outcome, { code: "E_CODE_ATTEMPTS" });
    assert.ok(!bench.relay.frames.some((f) => f.bytes[0] === FrameType.m2));
    sender.cancel(new Error("end"));
    await assert.rejects(sender.outcome);
  });
});

/** A relay that knows the code and runs a handshake of its own with each side. */
function manInTheMiddle(code: SessionCode): { tap: Tap } {
  const credentials = codeCredentials(code.room, code.secret);
  let towardsSender: ReceiverHandshake | undefined;
  let towardsReceiver: SenderHandshake | undefined;
  const tap: Tap = (from, frame, room) => {
    void room;
    if (from === "receiver" && frame[0] === FrameType.hello) {
      const handshake = SenderHandshake.start(frame, credentials, random);
      assert.ok(typeof handshake !== "string");
      towardsReceiver = handshake;
      towardsSender = new ReceiverHandshake(credentials, random);
      return [towardsSender.hello];
    }
    if (from === "sender" && frame[0] === FrameType.m1) return [towardsReceiver?.m1 ?? frame];
    if (from === "receiver" && frame[0] === FrameType.m2) {
      const finished = towardsReceiver?.finish(frame);
      assert.ok(typeof finished === "object");
      pendingM3 = finished.m3;
      const m2 = towardsSender?.answer(senderM1);
      assert.ok(m2 instanceof Uint8Array);
      return [m2];
    }
    if (from === "sender" && frame[0] === FrameType.m3) return [pendingM3];
    return [frame];
  };
  let senderM1: Uint8Array = new Uint8Array(0);
  let pendingM3: Uint8Array = new Uint8Array(0);
  return {
    tap: (from, frame, room) => {
      if (from === "sender" && frame[0] === FrameType.m1) senderM1 = Uint8Array.from(frame);
      return tap(from, frame, room);
    },
  };
}

describe("relay in the middle", () => {
  it("that does not know the code is a wrong guess", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree));
    const code = await sender.code;
    bench.relay.tap = manInTheMiddle(wrong(code)).tap;
    const receiver = bench.receive(code);
    // Its M2 towards the sender has a wrong tag; its M3 towards the receiver too.
    const outcome = receiver.outcome.catch((error: unknown) => error);
    await bench.clock.advance(6_000);
    await outcome;
    assert.equal(bench.sink.published.size, 0);
    sender.cancel(new Error("end"));
    await assert.rejects(sender.outcome);
  });

  it("that knows the code has two sessions with keys of their own: no record crosses", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree));
    const code = await sender.code;
    bench.relay.tap = manInTheMiddle(code).tap;
    const receiver = bench.receive(code, { decide: () => assert.fail("offer shown") });
    await Promise.allSettled([sender.outcome, receiver.outcome]);
    await assert.rejects(sender.outcome);
    await assert.rejects(receiver.outcome);
    assert.equal(bench.sink.published.size, 0);
  });

  for (const [name, spoil] of Object.entries<(frames: Uint8Array[]) => Uint8Array[]>({
    "flips a bit": ([f]) => {
      const copy = f?.slice() ?? new Uint8Array(0);
      copy[20] = (copy[20] ?? 0) ^ 1;
      return [copy];
    },
    "doubles a record": ([f]) => (f ? [f, f] : []),
    "drops a record": () => [],
    "cuts a record": ([f]) => (f ? [f.subarray(0, f.length - 1)] : []),
    "sends a handshake frame instead": () => [Buffer.concat([Buffer.of(4, 1), Buffer.alloc(64)])],
  })) {
    it(`that ${name} ends the session; nothing wrong is published`, async () => {
      const bench = new Bench();
      const sender = bench.send(await memorySource(tree));
      const code = await sender.code;
      let records = 0;
      bench.relay.tap = (from, frame) => {
        const target = from === "sender" && frame[0] === FrameType.record && ++records === 3;
        return target ? spoil([frame]) : [frame];
      };
      const receiver = bench.receive(code);
      const outcomes = Promise.allSettled([sender.outcome, receiver.outcome]);
      await bench.clock.advance(60_000);
      if (name === "drops a record") receiver.cancel(new Error("end"));
      const [, received] = await outcomes;
      if (name !== "doubles a record") assert.equal(received.status, "rejected");
      for (const content of bench.sink.published.values())
        assert.deepEqual(content, tree["secret.txt"]);
    });
  }
});
