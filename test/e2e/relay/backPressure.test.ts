import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { type EmbeddedRelay, startEmbeddedRelay } from "../../../relay/embedded";
import { FRAME_MAX, RELAY_BUFFER } from "../../../src/core/wire/limits";
import { JOINED, join, joinBoth, LEFT, newClaim, type Peer } from "./peer";

const ROOM = "k7qm3";
const RESUME_ROOM = "0123456789abcdef0123456789abcdef";

/** Sends as fast as the socket takes it, and knows how much it took. */
function stream(peer: Peer, frames: number, length: number) {
  const progress = { written: 0, done: Promise.resolve() };
  const send = (index: number) =>
    new Promise<void>((resolve, reject) => {
      const frame = Buffer.alloc(length);
      frame.writeUInt32BE(index);
      peer.ws.send(frame, (error) => {
        progress.written += 1;
        if (error instanceof Error) reject(error);
        else resolve();
      });
    });
  progress.done = (async () => {
    for (let index = 0; index < frames; index += 1) await send(index);
  })();
  return progress;
}

/** Waits until a figure has stood still for so many looks, 10 ms apart. */
async function stalled(figure: () => number, look: () => void, looks = 25): Promise<void> {
  for (let still = 0, last = -1; still < looks; still += 1) {
    const now = figure();
    if (now !== last) still = 0;
    last = now;
    look();
    await delay(10);
  }
}

describe("relay: back-pressure on real sockets", function () {
  this.timeout(120_000);
  let relay: EmbeddedRelay;

  beforeEach(async () => {
    relay = await startEmbeddedRelay({ host: "127.0.0.1", port: 0, mayCreate: () => true });
  });
  afterEach(() => relay.close());

  it("stops reading the sender while the receiver stalls, and loses nothing", async () => {
    const frames = 400;
    const { sender, receiver } = await joinBoth(relay.url, ROOM);
    const other = await joinBoth(relay.url, RESUME_ROOM);
    receiver.ws.pause();
    const progress = stream(sender, frames, FRAME_MAX);
    let most = 0;
    const look = () => {
      most = Math.max(most, relay.stats().largestBuffer);
    };
    await stalled(() => progress.written, look);
    assert.ok(progress.written < frames, "all of it went somewhere");
    assert.ok(most > RELAY_BUFFER / 2 && most <= RELAY_BUFFER, `${most}`);

    other.sender.send(1);
    assert.deepEqual(await other.receiver.next(), { kind: "frame", frame: Buffer.of(1) });

    receiver.ws.resume();
    for (let index = 0; index < frames; index += 1) {
      const arrival = await receiver.next();
      assert.ok(arrival.kind === "frame" && arrival.frame.readUInt32BE() === index);
      look();
    }
    await progress.done;
    assert.ok(most <= RELAY_BUFFER, `${most}`);
  });

  it("holds no more memory for many tiny frames", async () => {
    const { sender, receiver } = await joinBoth(relay.url, ROOM);
    receiver.ws.pause();
    const buffered = () => relay.stats().largestBuffer;
    // Fill the networks' buffers, so that what follows stays in the relay.
    while (buffered() < FRAME_MAX) {
      await new Promise<void>((resolve) =>
        sender.ws.send(Buffer.alloc(FRAME_MAX), () => resolve()),
      );
      await stalled(buffered, () => undefined, 3);
    }
    let most = 0;
    for (let bursts = 0; bursts < 20; bursts += 1) {
      for (let i = 0; i < 5_000; i += 1) sender.ws.send(Buffer.alloc(1));
      await stalled(
        buffered,
        () => {
          most = Math.max(most, buffered());
        },
        3,
      );
    }
    assert.ok(most > RELAY_BUFFER / 2 && most <= RELAY_BUFFER, `${most}`);
  });

  it("lets a held sender go on at once when its receiver is replaced", async () => {
    const claim = newClaim();
    const { sender, receiver } = await joinBoth(relay.url, ROOM, { receiver: claim });
    receiver.ws.pause();
    const progress = stream(sender, 100, FRAME_MAX);
    await stalled(
      () => progress.written,
      () => undefined,
    );
    const next = await join(relay.url, ROOM, "receiver", { claim });
    assert.deepEqual(await next.next(), JOINED);
    await progress.done;
    assert.deepEqual([await sender.next(), await sender.next()], [LEFT, JOINED]);
    assert.equal(relay.stats().sessions, 1);
    receiver.ws.terminate();
  });
});
