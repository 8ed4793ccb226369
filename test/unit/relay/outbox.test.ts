import assert from "node:assert/strict";
import { Outbox } from "../../../relay/outbox";
import { FRAME_MAX, RELAY_BUFFER } from "../../../src/core/wire/limits";

/** One network read of this many bytes, all of it tiny frames on the same memory. */
const READ = 64 * 1024;
const TINY = 7;

function stalled() {
  const sent: (() => void)[] = [];
  const forwarded: Buffer[] = [];
  const outbox = new Outbox(RELAY_BUFFER, (frame, done) => {
    forwarded.push(frame);
    sent.push(done);
  });
  const source = { held: false, pause: () => hold(true), resume: () => hold(false) };
  const hold = (held: boolean) => {
    source.held = held;
  };
  outbox.attach(source);
  const drain = () => {
    while (sent.length > 0) sent.shift()?.();
  };
  return { outbox, source, forwarded, drain };
}

describe("relay: outbox", () => {
  it("holds its source while the client is slow and goes on when it has caught up", () => {
    const { outbox, source, forwarded, drain } = stalled();
    let pushed = 0;
    for (; !source.held; pushed += 1) outbox.push(Buffer.alloc(FRAME_MAX, pushed));
    assert.ok(outbox.bufferedBytes > RELAY_BUFFER / 2);
    assert.ok(forwarded.length < pushed, "only a part is with the socket");
    drain();
    assert.equal(source.held, false);
    assert.equal(outbox.bufferedBytes, 0);
    assert.deepEqual(
      forwarded.map((frame) => frame[0]),
      Array.from({ length: pushed }, (_, i) => i),
    );
  });

  it("stays within its capacity by what a held source has read already", () => {
    const { outbox, source } = stalled();
    while (!source.held) outbox.push(Buffer.alloc(FRAME_MAX));
    outbox.push(Buffer.alloc(FRAME_MAX));
    const read = Buffer.alloc(READ);
    for (let at = 0; at + TINY <= READ; at += TINY) outbox.push(read.subarray(at + 6, at + TINY));
    assert.ok(outbox.bufferedBytes <= RELAY_BUFFER, `${outbox.bufferedBytes}`);
  });

  it("counts the memory that a frame keeps alive, not its length", () => {
    const { outbox, source } = stalled();
    let frames = 0;
    for (; !source.held; frames += 1) outbox.push(Buffer.alloc(READ).subarray(0, 1));
    assert.ok(frames <= RELAY_BUFFER / 2 / READ + 1, `${frames}`);
  });

  it("forgets its queue for the next source and lets the earlier one go on", () => {
    const { outbox, source, forwarded, drain } = stalled();
    while (!source.held) outbox.push(Buffer.from(new Uint8Array(FRAME_MAX).fill(1)));
    const before = forwarded.length;
    outbox.attach({ pause: () => undefined, resume: () => undefined });
    assert.equal(source.held, false);
    outbox.push(Buffer.alloc(FRAME_MAX, 2));
    drain();
    assert.deepEqual(new Set(forwarded.slice(before).map((frame) => frame[0])), new Set([2]));
  });

  it("says that it is finished behind the last frame, and at once when the queue is dropped", () => {
    const { outbox, source, forwarded, drain } = stalled();
    let pushed = 0;
    for (; !source.held; pushed += 1) outbox.push(Buffer.alloc(FRAME_MAX));
    let finishedAfter = -1;
    outbox.finish(() => {
      finishedAfter = forwarded.length;
    });
    assert.equal(finishedAfter, -1);
    drain();
    assert.equal(finishedAfter, pushed);

    const next = stalled();
    while (!next.source.held) next.outbox.push(Buffer.alloc(FRAME_MAX));
    let finished = false;
    next.outbox.finish(() => {
      finished = true;
    });
    next.outbox.clear();
    assert.ok(finished);
  });
});
