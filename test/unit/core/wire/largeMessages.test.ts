import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import * as fc from "fast-check";
import { interpose, LargeMessages, maskLarge } from "../../../../src/core/wire/largeMessages";

const MAX = 262_170;

/** A WebSocket frame; `first` is its first byte, opcode and all. */
function frame(first: number, payload: Buffer, mask?: Buffer): Buffer {
  const { length } = payload;
  const form = length > 0xffff ? 127 : length > 125 ? 126 : length;
  const head = Buffer.alloc(2 + (form === 127 ? 8 : form === 126 ? 2 : 0));
  head[0] = first;
  head[1] = form | (mask === undefined ? 0 : 0x80);
  if (form === 126) head.writeUInt16BE(length, 2);
  if (form === 127) head.writeUIntBE(length, 4, 6);
  if (mask === undefined) return Buffer.concat([head, payload]);
  const masked = payload.map((byte, i) => byte ^ (mask[i & 3] ?? 0));
  return Buffer.concat([head, mask, masked]);
}

/** Hands a chunk over, straight to where it belongs as far as that is known. */
function readInto(messages: LargeMessages, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; ) {
    const { space } = messages;
    const some = chunk.subarray(at, at + (space?.length ?? 100));
    space?.set(some);
    if (space === undefined) messages.push(some);
    else messages.filled(some.length);
    at += some.length;
  }
}

/** What comes out: messages, and all bytes between them joined. */
function read(
  chunks: readonly Uint8Array[],
  masked = false,
  wanted = true,
  take = (messages: LargeMessages, chunk: Uint8Array) => messages.push(chunk),
) {
  const out: { message?: Buffer; rest?: Buffer }[] = [];
  let asked = 0;
  let refused = 0;
  const messages = new LargeMessages({
    masked,
    max: MAX,
    wanted: () => wanted,
    pieces: 64,
    frames: 64,
    refused: () => refused++,
    memory: () => {
      asked++;
      return new Uint8Array(MAX + 3);
    },
    message: (bytes) => out.push({ message: Buffer.from(bytes) }),
    rest: (bytes) => {
      const last = out.at(-1)?.rest;
      if (last === undefined) out.push({ rest: Buffer.from(bytes) });
      else out.splice(-1, 1, { rest: Buffer.concat([last, bytes]) });
    },
  });
  for (const chunk of chunks) take(messages, chunk);
  return { out, asked, refused };
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
}

const filled = (length: number) => Buffer.alloc(length, (length % 251) + 1);
const large = fc.integer({ min: 0x1_0000, max: MAX }).map(filled);
const small = fc.integer({ min: 0, max: 300 }).map(filled);
const mask = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes));
const places = fc.array(fc.nat(MAX * 4), { maxLength: 12 });

describe("large messages of a WebSocket", () => {
  it("are put together from any pieces, and everything else goes on, in order", () => {
    const part = fc.oneof(
      large.map((payload) => ({ first: 0x82, payload })),
      fc.tuple(fc.constantFrom(0x81, 0x82, 0x89, 0x8a), small).map(([first, payload]) => ({
        first,
        payload: first > 0x88 ? payload.subarray(0, 125) : payload,
      })),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 5 }),
        mask,
        fc.boolean(),
        places,
        fc.boolean(),
        (parts, m, masked, at, direct) => {
          const key = masked ? m : undefined;
          const bytes = Buffer.concat(
            parts.map(({ first, payload }) => frame(first, payload, key)),
          );
          const take = direct ? readInto : undefined;
          const { out } = read(cut(bytes, at), masked, true, take);
          const again = out.map(({ message, rest }) =>
            message === undefined ? (rest ?? Buffer.alloc(0)) : frame(0x82, message, key),
          );
          assert.ok(Buffer.concat(again).equals(bytes));
          const messages = out.flatMap(({ message }) => (message === undefined ? [] : [message]));
          const expected = parts.filter(({ payload }) => payload.length >= 0x1_0000);
          assert.equal(messages.length, expected.length);
          assert.ok(
            messages.every((each, i) => each.equals(expected[i]?.payload ?? Buffer.alloc(0))),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  const payload = filled(0x1_0000);
  const leftAlone: [string, Buffer, boolean][] = [
    ["a text", frame(0x81, payload), false],
    ["a reserved bit", frame(0xc2, payload), false],
    ["one that is masked and must not be", frame(0x82, payload, Buffer.alloc(4, 1)), false],
    ["one that must be masked and is not", frame(0x82, payload), true],
    ["one that is too long", frame(0x82, filled(MAX + 1)), false],
    [
      "one that is too long, and whatever is behind it",
      Buffer.concat([frame(0x82, filled(MAX + 1)), frame(0x82, payload)]),
      false,
    ],
    ["a length of 2^63", Buffer.from([0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]), false],
    ["frames of a text", Buffer.concat([frame(1, payload), frame(0x80, payload)]), false],
    ["a message inside a text", Buffer.concat([frame(1, payload), frame(0x82, payload)]), false],
    ["a frame that continues nothing", frame(0x80, payload), false],
  ];
  for (const [name, bytes, masked] of leftAlone)
    it(`leaves ${name} to the library, and allocates nothing`, () => {
      const { out, asked } = read([bytes], masked);
      assert.deepEqual(out, [{ rest: bytes }]);
      assert.equal(asked, 0);
    });

  it("leaves all of them alone while none is wanted", () => {
    const bytes = frame(0x82, payload);
    assert.deepEqual(read([bytes], false, false), { out: [{ rest: bytes }], asked: 0, refused: 0 });
  });

  it("are masked as the other side takes them off", () => {
    fc.assert(
      fc.property(large, mask, (payload, key) => {
        const bytes = Uint8Array.from(payload);
        const head = maskLarge(bytes, key);
        assert.ok(Buffer.concat([head, bytes]).equals(frame(0x82, payload, key)));
        assert.ok(read([head, bytes], true).out[0]?.message?.equals(payload));
      }),
      { numRuns: 20 },
    );
  });

  it("refuses one that trickles, once, and reads no more", () => {
    const bytes = frame(0x82, payload);
    const pieces = [...bytes.subarray(0, 100)].map((byte) => Buffer.of(byte));
    for (const take of [undefined, readInto])
      assert.deepEqual(read([...pieces, bytes.subarray(100), bytes], false, true, take), {
        out: [],
        asked: 1,
        refused: 1,
      });
  });

  it("hands many small frames on in one go, which a hostile side may send by the thousand", () => {
    const piece = frame(0x01, Buffer.from("x"));
    const bytes = Buffer.concat(Array.from({ length: 20_000 }, () => piece));
    const got: number[] = [];
    const messages = new LargeMessages({
      masked: false,
      max: MAX,
      wanted: () => true,
      pieces: 64,
      frames: 64,
      refused: () => assert.fail("refused"),
      memory: () => assert.fail("memory"),
      message: () => assert.fail("message"),
      rest: ({ length }) => got.push(length),
    });
    messages.push(bytes.subarray(0, 30_001));
    messages.push(bytes.subarray(30_001));
    assert.deepEqual(got, [30_000, 1, 29_999]);
  });

  it("goes on behind a text of several frames", () => {
    const bytes = Buffer.concat([frame(1, payload), frame(0x89, filled(3)), frame(0x80, payload)]);
    const { out } = read([bytes, frame(0x82, payload)]);
    assert.equal(out.length, 2);
    assert.ok(out[1]?.message?.equals(payload));
  });

  it("are put together from any frames, each with a mask of its own, as browsers send them", () => {
    const part = fc.tuple(fc.oneof(fc.nat(20), fc.nat(50_000)).map(filled), mask);
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        fc.boolean(),
        places,
        (parts, masked, direct, at) => {
          const frames = parts.map(([piece, key], i) => {
            const first = (i === 0 ? 2 : 0) | (i === parts.length - 1 ? 0x80 : 0);
            return frame(first, piece, masked ? key : undefined);
          });
          const ping = frame(0x89, filled(3), masked ? Buffer.alloc(4, 7) : undefined);
          const bytes = Buffer.concat(frames.flatMap((each) => [each, ping]));
          const { out } = read(cut(bytes, at), masked, true, direct ? readInto : undefined);
          const whole = Buffer.concat(parts.map(([piece]) => piece));
          const messages = out.flatMap(({ message }) => (message === undefined ? [] : [message]));
          const single = parts.length === 1 && whole.length < 0x1_0000;
          assert.deepEqual(
            messages.map((each) => each.equals(whole)),
            single ? [] : [true],
          );
          if (single) return;
          const rest = Buffer.concat(out.map((each) => each.rest ?? Buffer.alloc(0)));
          assert.ok(rest.equals(Buffer.concat(parts.map(() => ping))));
        },
      ),
      { numRuns: 100 },
    );
  });

  const half = filled(MAX / 2 + 1);
  const refusedWithin: [string, Buffer][] = [
    ["another message", frame(0x82, payload)],
    ["a text", frame(0x81, filled(5))],
    ["a reserved bit", frame(0x40, payload)],
    ["a mask where none must be", frame(0x80, payload, Buffer.alloc(4, 1))],
    ["more than it may hold", frame(0x80, half)],
    [
      "empty frames without end",
      Buffer.concat(Array.from({ length: 70 }, () => frame(0, filled(0)))),
    ],
  ];
  for (const [name, bytes] of refusedWithin)
    it(`refuses ${name} within a message in frames, and reads no more`, () => {
      const after = [frame(0x80, filled(4)), frame(0x82, payload)];
      const { out, refused } = read([frame(2, half), bytes, ...after]);
      assert.deepEqual(out, []);
      assert.equal(refused, 1);
    });

  it("hands on what came within a message before it, from one piece as from many", () => {
    const ping = frame(0x89, filled(3));
    const bytes = Buffer.concat([frame(2, filled(4)), ping, frame(0x80, filled(5))]);
    const message = Buffer.concat([filled(4), filled(5)]);
    for (const chunks of [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))])
      assert.deepEqual(read(chunks).out, [{ rest: ping }, { message }]);
  });

  it("stands before those who listened already", () => {
    const stream = new EventEmitter();
    const heard: Uint8Array[] = [];
    stream.on("data", (chunk: Uint8Array) => heard.push(chunk));
    interpose(stream, (rest) => (chunk) => {
      if (chunk[0] !== 1) rest(chunk);
    });
    stream.emit("data", Uint8Array.of(1));
    stream.emit("data", Uint8Array.of(2));
    assert.deepEqual(heard, [Uint8Array.of(2)]);
  });
});
