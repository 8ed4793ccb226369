/**
 * Takes large binary messages out of the bytes of a WebSocket (RFC 6455, section 5.2) and puts
 * each together in memory that is used again. Browsers send them in several WebSocket frames
 * (section 5.4), so a binary message in frames is taken whatever its length. Everything else,
 * what breaks the rules included, goes on to the library as it came: it answers pings, ends the
 * connection, and judges. Only inside a message of ours nobody else can judge.
 */

/** Messages whose length needs 64 bits: a full record is four times as long. Bytes. */
export const LARGE = 0x1_0000;
const FIN = 0x80;
const FIN_BINARY = 0x82;
const MASKED = 0x80;
/** Two bytes, a length of eight, a mask of four. */
const HEAD_MAX = 14;

const Opcode = { continuation: 0, text: 1, binary: 2 } as const;
/** From here on they are of control frames, which may stand between those of a message. */
const CONTROL = 8;

export interface LargeMessagesOptions {
  /** Whether the other side masks, as clients must and servers must not. */
  readonly masked: boolean;
  /** Longer messages are left to the library, which refuses them. Bytes. */
  readonly max: number;
  /** Pieces off the network in which one message may come, and frames. */
  readonly pieces: number;
  readonly frames: number;
  /** A message of ours broke the rules, or came in too many pieces: nothing more is read. */
  readonly refused: () => void;
  /** Whether messages are taken now; those that are not go on with the rest. */
  readonly wanted: () => boolean;
  /** Memory for one message of up to `max` bytes. */
  readonly memory: () => Uint8Array;
  /** A whole message, in what `memory` gave. */
  readonly message: (bytes: Uint8Array) => void;
  /** All other bytes, in order with the messages. */
  readonly rest: (bytes: Uint8Array) => void;
}

/** A message that is being put together. */
interface Message {
  readonly bytes: Uint8Array;
  have: number;
  pieces: number;
  frames: number;
}

/** A frame of a message: it ends where the message will be `end` bytes long. */
interface Frame {
  readonly from: number;
  readonly end: number;
  readonly mask: Uint8Array | undefined;
  readonly last: boolean;
}

type State =
  | { readonly at: "head" }
  | { readonly at: "rest"; left: number }
  | { readonly at: "frame"; readonly message: Message; readonly frame: Frame }
  /** The library has refused, or will. */
  | { readonly at: "broken" }
  | { readonly at: "refused" };

export class LargeMessages {
  #state: State = { at: "head" };
  readonly #head = new Uint8Array(HEAD_MAX);
  #headLength = 0;
  /** Inside a message of several WebSocket frames, which all are the library's. */
  #fragmented = false;
  /** Inside a message of several WebSocket frames, which is ours. */
  #open: Message | undefined;
  /** Bytes for the library that it has not got yet. */
  #rest: Uint8Array | undefined;

  constructor(private readonly o: LargeMessagesOptions) {}

  /** The next bytes off the network. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) at += this.#take(chunk.subarray(at));
    this.#flush();
  }

  /** Where the next bytes belong while a message is under way: `filled` for who reads them there. */
  get space(): Uint8Array | undefined {
    const state = this.#state;
    if (state.at !== "frame") return undefined;
    return state.message.bytes.subarray(state.message.have, state.frame.end);
  }

  /** The next bytes off the network, that many, stand in `space` already. */
  filled(length: number): void {
    const state = this.#state;
    if (state.at === "frame") this.#advance(state.message, state.frame, length);
  }

  /** What lies side by side goes on in one go: frames of a byte each would cost too much singly. */
  #pass(bytes: Uint8Array): void {
    const { buffer, byteOffset, length } = this.#rest ?? bytes;
    if (this.#rest === undefined) this.#rest = bytes;
    else if (buffer === bytes.buffer && byteOffset + length === bytes.byteOffset)
      this.#rest = new Uint8Array(buffer, byteOffset, length + bytes.length);
    else {
      this.#flush();
      this.#rest = bytes;
    }
  }

  #flush(): void {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest !== undefined) this.o.rest(rest);
  }

  /** Takes bytes from the front; how many. */
  #take(bytes: Uint8Array): number {
    const state = this.#state;
    switch (state.at) {
      case "head":
        return this.#takeHead(bytes);
      case "refused":
        return bytes.length;
      case "broken":
        this.#pass(bytes);
        return bytes.length;
      case "rest": {
        const some = bytes.subarray(0, state.left);
        state.left -= some.length;
        if (state.left === 0) this.#state = { at: "head" };
        this.#pass(some);
        return some.length;
      }
      case "frame":
        return this.#takePiece(state.message, state.frame, bytes);
    }
  }

  #takeHead(bytes: Uint8Array): number {
    const before = this.#headLength;
    this.#head.set(bytes.subarray(0, HEAD_MAX - before), before);
    const here = Math.min(HEAD_MAX, before + bytes.length);
    const length = here < 2 ? HEAD_MAX : headLength(this.#head);
    if (here < length) {
      this.#headLength = here;
      return bytes.length;
    }
    this.#headLength = 0;
    const head = this.#head.subarray(0, length);
    if (!this.#begin(head)) {
      if (before > 0) this.#pass(head.slice(0, before));
      this.#pass(bytes.subarray(0, length - before));
    }
    return length - before;
  }

  #takePiece(message: Message, frame: Frame, bytes: Uint8Array): number {
    const some = bytes.subarray(0, frame.end - message.have);
    message.bytes.set(some, message.have);
    this.#advance(message, frame, some.length);
    return some.length;
  }

  #advance(message: Message, frame: Frame, length: number): void {
    message.have += length;
    if (message.have === frame.end) this.#endFrame(message, frame);
    else if (++message.pieces > this.o.pieces) this.#refuse();
  }

  #endFrame(message: Message, { from, end, mask, last }: Frame): void {
    this.#state = { at: "head" };
    if (mask?.some((byte) => byte !== 0)) xorMask(message.bytes.subarray(from, end), mask);
    this.#open = last ? undefined : message;
    if (!last) return;
    // What came within the message comes before it.
    this.#flush();
    this.o.message(message.bytes.subarray(0, end));
  }

  #refuse(): void {
    this.#state = { at: "refused" };
    this.#flush();
    this.o.refused();
  }

  /** A WebSocket frame begins with this head; whether it is ours. */
  #begin(head: Uint8Array): boolean {
    const [first = 0] = head;
    const length = payloadLength(head);
    const opcode = first & 15;
    if (this.#open !== undefined && opcode < CONTROL) {
      this.#goOn(this.#open, head, length);
      return true;
    }
    const large = first === Opcode.binary || (first === FIN_BINARY && length >= LARGE);
    const fits = !this.#fragmented && length <= this.o.max && this.#hasMask(head);
    if (large && fits && this.#isWanted()) {
      const bytes = this.o.memory();
      this.#beginFrame({ bytes, have: 0, pieces: 0, frames: 1 }, head, length);
      return true;
    }
    if (opcode <= Opcode.binary) this.#fragmented = (first & FIN) === 0;
    if (length > this.o.max) this.#state = { at: "broken" };
    else if (length > 0) this.#state = { at: "rest", left: length };
    return false;
  }

  /** The next frame of a message of ours; nothing else may come within it. */
  #goOn(message: Message, head: Uint8Array, length: number): void {
    const [first = 0] = head;
    const few = ++message.frames <= this.o.frames;
    const fits = few && message.have + length <= this.o.max && this.#hasMask(head);
    if ((first & ~FIN) === Opcode.continuation && fits) this.#beginFrame(message, head, length);
    else this.#refuse();
  }

  #beginFrame(message: Message, head: Uint8Array, length: number): void {
    const from = message.have;
    const mask = this.o.masked ? head.slice(-4) : undefined;
    const frame = { from, end: from + length, mask, last: ((head[0] ?? 0) & FIN) !== 0 };
    this.#state = { at: "frame", message, frame };
    if (length === 0) this.#endFrame(message, frame);
  }

  #hasMask([, second = 0]: Uint8Array): boolean {
    return (second & MASKED) === (this.o.masked ? MASKED : 0);
  }

  /** Asked when the library has heard all that came before. */
  #isWanted(): boolean {
    this.#flush();
    return this.o.wanted();
  }
}

function headLength([, second = 0]: Uint8Array): number {
  const length = second & 127;
  const extended = length === 127 ? 8 : length === 126 ? 2 : 0;
  return 2 + extended + ((second & MASKED) === 0 ? 0 : 4);
}

/** As it is written: anything from 2^53 up is only approximate, and too long in any case. */
function payloadLength(head: Uint8Array): number {
  const view = new DataView(head.buffer, head.byteOffset);
  const length = (head[1] ?? 0) & 127;
  if (length === 126) return view.getUint16(2);
  return length === 127 ? view.getUint32(2) * 2 ** 32 + view.getUint32(6) : length;
}

/**
 * Masks a large message in place, as clients must (RFC 6455, section 5.3), and gives the head
 * that goes before it. `mask`: four unpredictable bytes; `bytes`: LARGE or more.
 */
export function maskLarge(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  const head = new Uint8Array(HEAD_MAX);
  head.set([FIN_BINARY, MASKED | 127]);
  new DataView(head.buffer).setUint32(6, bytes.length);
  head.set(mask, HEAD_MAX - 4);
  xorMask(bytes, head.slice(-4));
  return head;
}

/** Puts a mask on or takes it off, four bytes at a time from the first aligned one on. */
function xorMask(bytes: Uint8Array, mask: Uint8Array): void {
  const lead = Math.min(-bytes.byteOffset & 3, bytes.length);
  const end = bytes.length - ((bytes.length - lead) & 3);
  xorBytes(bytes, 0, lead, mask);
  if (lead < end) xorWords(bytes.subarray(lead, end), turned(mask, lead));
  xorBytes(bytes, end, bytes.length, mask);
}

/** The mask as it is `by` bytes on. */
const turned = (mask: Uint8Array, by: number) =>
  Uint8Array.from(mask, (_, i) => mask[(by + i) & 3] ?? 0);

function xorBytes(bytes: Uint8Array, from: number, to: number, mask: Uint8Array): void {
  for (let i = from; i < to; i++) bytes[i] = (bytes[i] ?? 0) ^ (mask[i & 3] ?? 0);
}

function xorWords({ buffer, byteOffset, length }: Uint8Array, mask: Uint8Array): void {
  const words = new Uint32Array(buffer, byteOffset, length >>> 2);
  const [word = 0] = new Uint32Array(mask.buffer);
  for (let i = 0; i < words.length; i++) words[i] = (words[i] ?? 0) ^ word;
}

/** What is needed of a stream to come between it and its listeners. */
interface Stream {
  listeners(event: "data"): unknown[];
  removeAllListeners(event: "data"): unknown;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
}

/**
 * Puts `take` between a stream and those who listen to its data by now; what it gives to its
 * argument they hear.
 */
export function interpose(
  stream: Stream,
  take: (rest: (bytes: Uint8Array) => void) => (chunk: Uint8Array) => void,
): void {
  const listeners = stream.listeners("data").filter((each) => typeof each === "function");
  stream.removeAllListeners("data");
  const rest = (bytes: Uint8Array) => {
    for (const listener of listeners) listener.call(stream, bytes);
  };
  stream.on("data", take(rest));
}
