/**
 * What a record's plaintext is made of (docs/PROTOCOL.md, "Inside a record"): a run of
 * frames, each kind u8, length u24, body. The four bytes of a frame's head are chosen so
 * that an item costs exactly ITEM_COST bytes beside its content. Fewer than four bytes
 * behind the last frame are zero.
 */
import { RECORD_PLAINTEXT } from "../wire/limits";
import { readU64, writeU64 } from "./record";

export const Kind = {
  pad: 0,
  control: 1,
  data: 2,
  itemEnd: 3,
  ack: 4,
  credit: 5,
  segments: 6,
  repair: 7,
  done: 8,
  cancel: 9,
  ping: 10,
  itemGone: 11,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

const HEAD = 4;
/**
 * Frames in one record, and CONTROL frames among them, at most: each costs its reader far
 * more time than bytes, and a record is read in one turn of the event loop.
 */
const FRAMES_MAX = 8192;
const CONTROLS_MAX = 64;
/** Head, item u32, offset u64. */
const DATA_HEAD = HEAD + 12;
/** Head, item u32, size u64, SHA-256. */
const ITEM_END = HEAD + 44;
/** What an item costs beside its content: one DATA head and one ITEM_END. */
export const ITEM_COST = DATA_HEAD + ITEM_END;

export const CancelReason = { cancelled: 1, declined: 2, rejected: 3, failed: 4 } as const;
export type CancelReason = (typeof CancelReason)[keyof typeof CancelReason];
/** Why the sender gave an item up. */
export const GoneReason = { vanished: 1, changed: 2, unreadable: 3 } as const;
export type GoneReason = (typeof GoneReason)[keyof typeof GoneReason];

export type Frame =
  | { kind: "pad" | "ping" | "done" }
  | { kind: "control"; json: Uint8Array }
  | { kind: "data"; item: number; offset: number; bytes: Uint8Array }
  | { kind: "itemEnd"; item: number; size: number; sha256: Uint8Array }
  | { kind: "itemGone"; item: number; reason: GoneReason }
  | ({ kind: "segment" } & Segment)
  | { kind: "repair"; item: number; offset: number; bytes: Uint8Array }
  | { kind: "ack"; item: number; offset: number }
  | { kind: "credit"; bytes: number }
  | { kind: "cancel"; reason: CancelReason };

/** Fills one record's plaintext. `write` methods say whether the frame went in. */
export class RecordBuilder {
  #at = 0;
  #frames = 0;

  constructor(private readonly buffer: Uint8Array = new Uint8Array(RECORD_PLAINTEXT)) {}

  /** Bytes used. */
  get length(): number {
    return this.#at;
  }

  reset(): void {
    this.#at = 0;
    this.#frames = 0;
  }

  /** The last frame of a record is its padding. */
  get #full(): boolean {
    return this.#frames >= FRAMES_MAX - 1;
  }

  #begin(kind: Kind, body: number, limit: number): Uint8Array | undefined {
    if (this.#at + HEAD + body > limit || (this.#full && kind !== Kind.pad)) return undefined;
    this.#frames++;
    const at = this.#at;
    this.buffer[at] = kind;
    this.buffer[at + 1] = body >>> 16;
    this.buffer[at + 2] = (body >>> 8) & 255;
    this.buffer[at + 3] = body & 255;
    this.#at = at + HEAD + body;
    return this.buffer.subarray(at + HEAD, at + HEAD + body);
  }

  /** Any frame with a ready body. */
  write(kind: Kind, body: Uint8Array = new Uint8Array(0), limit = this.buffer.length): boolean {
    const space = this.#begin(kind, body.length, limit);
    space?.set(body);
    return space !== undefined;
  }

  writeNumbers(kind: Kind, item: number | undefined, value: number): boolean {
    const body = new Uint8Array(item === undefined ? 8 : 12);
    if (item !== undefined) new DataView(body.buffer).setUint32(0, item);
    writeU64(body, body.length - 8, value);
    return this.write(kind, body);
  }

  writeItemEnd(item: number, size: number, sha256: Uint8Array, limit: number): boolean {
    const space = this.#begin(Kind.itemEnd, ITEM_END - HEAD, limit);
    if (space === undefined) return false;
    new DataView(space.buffer, space.byteOffset).setUint32(0, item);
    writeU64(space, 4, size);
    space.set(sha256, 12);
    return true;
  }

  writeItemGone(item: number, reason: GoneReason, limit: number): boolean {
    const space = this.#begin(Kind.itemGone, 5, limit);
    if (space === undefined) return false;
    new DataView(space.buffer, space.byteOffset).setUint32(0, item);
    space[4] = reason;
    return true;
  }

  /** Where content of a DATA frame may be read to, up to `limit`; empty when none fits. */
  dataSpace(limit: number): Uint8Array {
    const from = this.#full ? limit : this.#at + DATA_HEAD;
    return this.buffer.subarray(Math.min(from, limit), limit);
  }

  /** Makes the first `length` bytes of `dataSpace` a DATA frame. */
  commitData(item: number, offset: number, length: number): void {
    const space = this.#begin(Kind.data, DATA_HEAD - HEAD + length, this.buffer.length);
    if (space === undefined) throw new RangeError("DATA does not fit");
    new DataView(space.buffer, space.byteOffset).setUint32(0, item);
    writeU64(space, 4, offset);
  }

  /** Fills up to `length` bytes with padding and returns the plaintext. */
  padTo(length: number): Uint8Array {
    const from = this.#at;
    const body = length - from - HEAD;
    if (body >= 0) this.#begin(Kind.pad, body, length)?.fill(0);
    else this.buffer.fill(0, from, length);
    this.#at = Math.max(from, length);
    return this.buffer.subarray(0, this.#at);
  }
}

/** A segment of an item: its number, its length, and the SHA-256 of it on one side. */
export interface Segment {
  readonly item: number;
  readonly index: number;
  readonly length: number;
  readonly digest: Uint8Array;
}

/** Body of SEGMENTS: item u32, index u32, length u32, SHA-256. */
export function segmentBody({ item, index, length, digest }: Segment): Uint8Array {
  const body = new Uint8Array(44);
  const view = new DataView(body.buffer);
  [item, index, length].forEach((value, i) => view.setUint32(4 * i, value));
  body.set(digest, 12);
  return body;
}

function readSegment(body: Uint8Array): Frame | undefined {
  if (body.length !== 44) return undefined;
  const [item, index, length] = [u32(body), u32(body.subarray(4)), u32(body.subarray(8))];
  return { kind: "segment", item, index, length, digest: body.subarray(12) };
}

/** Body of REPAIR: item u32, offset u64, bytes. */
export function repairBody(item: number, offset: number, bytes: Uint8Array): Uint8Array {
  const body = new Uint8Array(12 + bytes.length);
  new DataView(body.buffer).setUint32(0, item);
  writeU64(body, 4, offset);
  body.set(bytes, 12);
  return body;
}

/**
 * Reads a record's plaintext. Bodies are views of it.
 * `undefined` when anything in it is not of the right form.
 */
export function readFrames(plaintext: Uint8Array): Frame[] | undefined {
  const frames: Frame[] = [];
  let controls = 0;
  let at = 0;
  while (plaintext.length - at >= HEAD) {
    const length = ((plaintext[at + 1] ?? 0) << 16) | ((plaintext[at + 2] ?? 0) << 8);
    const end = at + HEAD + (length | (plaintext[at + 3] ?? 0));
    if (end > plaintext.length) return undefined;
    const frame = readFrame(plaintext[at], plaintext.subarray(at + HEAD, end));
    if (frame === undefined) return undefined;
    if (frame.kind === "control") controls++;
    if (controls > CONTROLS_MAX || frames.length >= FRAMES_MAX) return undefined;
    frames.push(frame);
    at = end;
  }
  return plaintext.subarray(at).every((byte) => byte === 0) ? frames : undefined;
}

const u32 = (body: Uint8Array): number =>
  new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(0);

function oneOf<T extends number>(values: Readonly<Record<string, T>>, value: number | undefined) {
  return Object.values(values).find((known) => known === value);
}

function readFrame(kind: number | undefined, body: Uint8Array): Frame | undefined {
  switch (kind) {
    case Kind.pad:
      return { kind: "pad" };
    case Kind.ping:
      return body.length === 0 ? { kind: "ping" } : undefined;
    case Kind.done:
      return body.length === 0 ? { kind: "done" } : undefined;
    case Kind.control:
      return { kind: "control", json: body };
    case Kind.data:
      return readData(body);
    case Kind.itemEnd:
      return readItemEnd(body);
    case Kind.itemGone: {
      const reason = oneOf(GoneReason, body[4]);
      if (body.length !== 5 || reason === undefined) return undefined;
      return { kind: "itemGone", item: u32(body), reason };
    }
    case Kind.segments:
      return readSegment(body);
    case Kind.repair: {
      const data = readData(body);
      return data && { ...data, kind: "repair" };
    }
    case Kind.ack: {
      const offset = body.length === 12 ? readU64(body, 4) : undefined;
      return offset === undefined ? undefined : { kind: "ack", item: u32(body), offset };
    }
    case Kind.credit: {
      const bytes = body.length === 8 ? readU64(body, 0) : undefined;
      return bytes === undefined ? undefined : { kind: "credit", bytes };
    }
    case Kind.cancel: {
      const reason = body.length === 1 ? oneOf(CancelReason, body[0]) : undefined;
      return reason === undefined ? undefined : { kind: "cancel", reason };
    }
    default:
      return undefined;
  }
}

function readData(body: Uint8Array): Extract<Frame, { kind: "data" }> | undefined {
  const offset = body.length >= 12 ? readU64(body, 4) : undefined;
  if (offset === undefined) return undefined;
  return { kind: "data", item: u32(body), offset, bytes: body.subarray(12) };
}

function readItemEnd(body: Uint8Array): Frame | undefined {
  const size = body.length === 44 ? readU64(body, 4) : undefined;
  if (size === undefined) return undefined;
  return { kind: "itemEnd", item: u32(body), size, sha256: body.subarray(12) };
}
