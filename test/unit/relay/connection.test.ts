import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { connect, RecordMemory, RelaySocket } from "../../../relay/connection";

/** A client's binary frame, masked with zeros. */
function record(payload: Uint8Array): Buffer {
  const head = Buffer.alloc(14);
  head.set([0x82, 0xff]);
  head.writeUIntBE(payload.length, 4, 6);
  return Buffer.concat([head, payload]);
}

/** A network read: memory of its own. */
function readOf(...parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(parts);
  return Buffer.from(Uint8Array.from(bytes).buffer);
}

/** A paired connection: what came out of it. */
function paired() {
  const socket = new PassThrough();
  const library: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => library.push(bytes));
  const frames: Buffer[] = [];
  let counted = 0;
  const limits = { memory: new RecordMemory(), pieces: 64, frames: 64 };
  // As the server of ws makes it; the types know no options without an address.
  const ws: unknown = Reflect.construct(RelaySocket, [null, undefined, {}]);
  assert.ok(ws instanceof RelaySocket);
  connect(ws, socket, limits, {
    isPaired: () => true,
    frame: (frame) => frames.push(Buffer.from(frame)),
    text: () => {},
    received: (bytes) => {
      counted += bytes;
    },
    pong: () => {},
    closed: () => {},
  });
  return {
    take: (chunk: Buffer) => void socket.emit("data", chunk),
    library: () => Buffer.concat(library),
    frames,
    counted: () => counted,
  };
}

describe("a connection's network reads", () => {
  const payload = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);
  const ping = Buffer.from([0x89, 0x80, 0, 0, 0, 0]);

  it("are given back when a record has all of them, and left alone where ws has a part", () => {
    const { take, library, frames, counted } = paired();
    const whole = record(payload);
    const reads = [
      readOf(ping, whole.subarray(0, 70_000)),
      readOf(whole.subarray(70_000, 140_000)),
      readOf(whole.subarray(140_000), ping),
      readOf(ping),
    ];
    for (const read of reads) take(read);
    assert.deepEqual(
      reads.map(({ length }) => length > 0),
      [true, false, true, true],
    );
    assert.deepEqual(library(), Buffer.concat([ping, ping, ping]));
    assert.deepEqual(frames, [Buffer.from(payload)]);
    assert.equal(counted(), whole.length + 3 * ping.length);
  });
});
