import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Credentials,
  codeCredentials,
  ReceiverHandshake,
  SenderHandshake,
} from "../../../../src/core/session/handshake";
import { classifyFrame, FrameType } from "../../../../src/core/wire/frames";
import { random } from "../../../support/memory/session";

const CODE = codeCredentials("k7qm3", "x9dt2v");

function start(hello: Uint8Array, credentials: Credentials = CODE): SenderHandshake {
  const handshake = SenderHandshake.start(hello, credentials, random);
  assert.ok(typeof handshake !== "string");
  return handshake;
}

/** Runs a handshake whose frames may be changed on the way. */
function run(
  change: (frame: Uint8Array) => Uint8Array = (frame) => frame,
  theirs: Credentials = CODE,
) {
  const receiver = new ReceiverHandshake(theirs, random);
  const sender = start(change(receiver.hello));
  const m2 = receiver.answer(change(sender.m1));
  if (typeof m2 === "string") return { receiver: m2 };
  const finished = sender.finish(change(m2));
  if (typeof finished === "string") return { sender: finished };
  return { sender: finished.secrets, receiver: receiver.finish(change(finished.m3)) };
}

describe("handshake", () => {
  it("gives both sides the same secrets, fresh each time", () => {
    const one = run();
    assert.deepEqual(one.sender, one.receiver);
    assert.notDeepEqual(run().sender, one.sender);
  });

  it("has the lengths of the specification", () => {
    const receiver = new ReceiverHandshake(CODE, random);
    const sender = start(receiver.hello);
    const m2 = receiver.answer(sender.m1);
    assert.ok(typeof m2 !== "string");
    const finished = sender.finish(m2);
    assert.ok(typeof finished !== "string");
    const frames = [receiver.hello, sender.m1, m2, finished.m3];
    assert.deepEqual(
      frames.map((f) => f.length),
      [35, 1282, 1154, 66],
    );
    const types = [FrameType.hello, FrameType.m1, FrameType.m2, FrameType.m3];
    assert.deepEqual(frames.map(classifyFrame), types);
  });

  it("fails at the sender for another secret, another room and another mode", () => {
    assert.deepEqual(run(undefined, codeCredentials("k7qm3", "x9dt2w")), { sender: "wrong-tag" });
    assert.deepEqual(run(undefined, codeCredentials("k7qm4", "x9dt2v")), { sender: "wrong-tag" });
    const resume = new ReceiverHandshake({ ...CODE, mode: 1 }, random);
    assert.equal(SenderHandshake.start(resume.hello, CODE, random), "wrong-mode");
  });

  it("fails for every changed bit of every frame: nobody agrees on anything", () => {
    for (const type of [FrameType.hello, FrameType.m1, FrameType.m2, FrameType.m3])
      fc.assert(
        fc.property(fc.nat(), (n) => {
          const flip = (frame: Uint8Array) => {
            if (frame[0] !== type) return frame;
            const copy = frame.slice();
            // Type, version and mode are judged before; the rest is bound by the transcript.
            const skip = type === FrameType.hello ? 24 : 16;
            const bit = skip + (n % (frame.length * 8 - skip));
            copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
            return copy;
          };
          const { sender, receiver } = run(flip);
          const agreed = typeof sender === "object" && typeof receiver === "object";
          // Bit 255 of a share is cleared before use and bound by the transcript all the same.
          assert.ok(!agreed);
        }),
        { numRuns: 30 },
      );
  });

  it("refuses a share of low order and an ML-KEM key out of range", () => {
    const zeroShare = (type: number, at: number) => (frame: Uint8Array) => {
      if (frame[0] !== type) return frame;
      return frame.slice().fill(0, at, at + 32);
    };
    assert.deepEqual(run(zeroShare(FrameType.m1, 34)), { receiver: "bad-key" });
    assert.deepEqual(run(zeroShare(FrameType.m2, 2)), { sender: "bad-key" });
    const badKem = (frame: Uint8Array) =>
      frame[0] === FrameType.m1 ? frame.slice().fill(0xff, 66, 66 + 1152) : frame;
    assert.deepEqual(run(badKem), { receiver: "bad-key" });
  });

  it("takes M3 only when it opens the commitment", () => {
    const forged = (frame: Uint8Array) =>
      frame[0] === FrameType.m3 ? frame.slice().fill(7, 2, 34) : frame;
    assert.equal(run(forged).receiver, "bad-commitment");
  });

  it("is used once", () => {
    const receiver = new ReceiverHandshake(CODE, random);
    const sender = start(receiver.hello);
    const m2 = receiver.answer(sender.m1);
    assert.ok(typeof m2 !== "string");
    assert.ok(typeof sender.finish(m2) !== "string");
    assert.equal(sender.finish(m2), "used");
    receiver.wipe();
    assert.equal(receiver.finish(new Uint8Array(66)), "used");
  });
});
