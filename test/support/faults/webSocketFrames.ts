/**
 * Reads the WebSocket frames of one direction of a connection as its bytes pass (RFC 6455,
 * section 5.2), far enough to tell the protocol's frames apart.
 */

/** A data frame's first byte has arrived: which of the protocol's frames it begins. */
export interface SeenFrame {
  /** First byte of a binary message: `FrameType`. */
  readonly type: number;
  /** Bytes of the message's first fragment. */
  readonly length: number;
  /** The whole message, where it is short enough to be part of a handshake. */
  readonly bytes: Buffer | undefined;
}

const BINARY = 2;
/** The longest frame of a handshake (M1). Bytes. */
const SHORT = 1282;
/** An HTTP head is read up to here. Bytes. */
const HEAD_MAX = 16 * 1024;
/** The first byte of a TLS connection, both ways (RFC 8446, section 5.1): nothing to be read. */
const TLS_HANDSHAKE = 0x16;

export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  /** The request's or answer's first line. */
  head: string | undefined;
  #skip = 0;
  #upgraded = false;
  #sealed: boolean | undefined;

  /** The binary messages that begin in these bytes. */
  read(bytes: Buffer): SeenFrame[] {
    this.#sealed ??= bytes[0] === TLS_HANDSHAKE;
    if (this.#sealed) return [];
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const seen: SeenFrame[] = [];
    while (this.#step(seen)) {}
    return seen;
  }

  /** False when more bytes are needed. */
  #step(seen: SeenFrame[]): boolean {
    if (!this.#upgraded) return this.#passHead();
    if (this.#skip > 0) {
      const length = Math.min(this.#skip, this.#rest.length);
      this.#skip -= length;
      this.#rest = this.#rest.subarray(length);
      return this.#skip === 0 && this.#rest.length > 0;
    }
    return this.#frame(seen);
  }

  #passHead(): boolean {
    const end = this.#rest.indexOf("\r\n\r\n");
    if (end < 0) {
      if (this.#rest.length > HEAD_MAX) throw new Error("no HTTP head");
      return false;
    }
    this.#upgraded = true;
    this.head = this.#rest.toString("latin1", 0, this.#rest.indexOf("\r\n"));
    this.#rest = this.#rest.subarray(end + 4);
    return true;
  }

  #frame(seen: SeenFrame[]): boolean {
    const head = headOf(this.#rest);
    if (head === undefined) return false;
    const { opcode, length, headLength, mask } = head;
    if (opcode === BINARY && length > 0) {
      const wanted = length <= SHORT ? length : 1;
      if (this.#rest.length < headLength + wanted) return false;
      const message = unmasked(this.#rest.subarray(headLength, headLength + wanted), mask);
      seen.push({ type: message[0] ?? 0, length, bytes: wanted === length ? message : undefined });
    }
    this.#skip = headLength + length;
    return true;
  }
}

function headOf(bytes: Buffer) {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const masked = (second & 0x80) !== 0;
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const headLength = 2 + extended + (masked ? 4 : 0);
  if (bytes.length < headLength) return undefined;
  const length =
    extended === 0
      ? short
      : extended === 2
        ? bytes.readUInt16BE(2)
        : Number(bytes.readBigUInt64BE(2));
  const mask = masked ? bytes.subarray(2 + extended, headLength) : Buffer.alloc(4);
  return { opcode: first & 0x0f, length, headLength, mask };
}

function unmasked(bytes: Buffer, mask: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, at) => byte ^ (mask[at % 4] ?? 0)));
}
