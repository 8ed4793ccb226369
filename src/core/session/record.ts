/**
 * The record layer (docs/PROTOCOL.md, "Records"): AES-256-GCM with a strict counter. One
 * sealer and one opener a side, each with a traffic secret of its own direction, so a nonce
 * never repeats. Everything wrong is the same wrong: `open` says no, and the session ends.
 */

import { wipe } from "../crypto/bytes";
import { recordKey, rekeyed } from "../crypto/schedule";
import type { Aead, AeadKey } from "../ports";
import { FrameType, VERSION } from "../wire/frames";
import { FRAME_MAX, RECORD_HEADER, RECORD_TAG } from "../wire/limits";

/** Records under one key; then the secret is ratcheted forward. */
const REKEY_AFTER = 2 ** 20;
const PREFIX = 4;

/** One direction's key, counter and nonce; shared by sealer and opener. */
class Direction {
  #secret: Uint8Array;
  #key: AeadKey;
  #seq = 0;
  readonly nonce = new Uint8Array(PREFIX + 8);

  constructor(
    private readonly aead: Aead,
    secret: Uint8Array,
    private readonly rekeyAfter: number,
  ) {
    this.#secret = secret;
    this.#key = this.#derive();
  }

  get key(): AeadKey {
    return this.#key;
  }
  get seq(): number {
    return this.#seq;
  }

  #derive(): AeadKey {
    const { key, prefix } = recordKey(this.#secret);
    this.nonce.set(prefix);
    const made = this.aead.key(key);
    wipe(key, prefix);
    return made;
  }

  /** Puts the present counter into the nonce. */
  prepare(): void {
    writeU64(this.nonce, PREFIX, this.#seq);
  }

  advance(): void {
    this.#seq++;
    if (this.#seq % this.rekeyAfter !== 0) return;
    this.#key.wipe();
    this.#secret = rekeyed(this.#secret);
    this.#key = this.#derive();
  }

  wipe(): void {
    this.#key.wipe();
    wipe(this.#secret, this.nonce);
  }
}

export class RecordSealer {
  readonly #direction: Direction;

  /** Takes over `secret` and wipes it in the end. */
  constructor(aead: Aead, secret: Uint8Array, rekeyAfter = REKEY_AFTER) {
    this.#direction = new Direction(aead, secret, rekeyAfter);
  }

  /**
   * Seals `plaintext` as the next record into `frame`, which is RECORD_HEADER + RECORD_TAG
   * longer. Calls must not overlap.
   */
  async seal(plaintext: Uint8Array, frame: Uint8Array): Promise<void> {
    const direction = this.#direction;
    direction.prepare();
    frame[0] = FrameType.record;
    frame[1] = VERSION;
    writeU64(frame, 2, direction.seq);
    const aad = frame.subarray(0, RECORD_HEADER);
    await direction.key.seal(direction.nonce, aad, plaintext, frame.subarray(RECORD_HEADER));
    direction.advance();
  }

  wipe(): void {
    this.#direction.wipe();
  }
}

export class RecordOpener {
  readonly #direction: Direction;
  #broken = false;

  /** Takes over `secret` and wipes it in the end. */
  constructor(aead: Aead, secret: Uint8Array, rekeyAfter = REKEY_AFTER) {
    this.#direction = new Direction(aead, secret, rekeyAfter);
  }

  /**
   * Opens a record frame into `out` and returns the plaintext in it; `undefined` when it is
   * not exactly the next record, after which nothing can be opened any more.
   */
  async open(frame: Uint8Array, out: Uint8Array): Promise<Uint8Array | undefined> {
    const direction = this.#direction;
    const length = frame.length - RECORD_HEADER - RECORD_TAG;
    const next = frame.length <= FRAME_MAX && length >= 0 && readU64(frame, 2) === direction.seq;
    if (this.#broken || !next || length > out.length) return this.#refuse();
    direction.prepare();
    const plaintext = out.subarray(0, length);
    const aad = frame.subarray(0, RECORD_HEADER);
    const sealed = frame.subarray(RECORD_HEADER);
    if (!(await direction.key.open(direction.nonce, aad, sealed, plaintext))) return this.#refuse();
    direction.advance();
    return plaintext;
  }

  #refuse(): undefined {
    this.#broken = true;
    return undefined;
  }

  wipe(): void {
    this.#broken = true;
    this.#direction.wipe();
  }
}

/** Big-endian u64; values stay under 2^53. */
export function writeU64(into: Uint8Array, at: number, value: number): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setUint32(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 4, value % 2 ** 32);
}

/** Big-endian u64; `undefined` from 2^53 up. */
export function readU64(from: Uint8Array, at: number): number | undefined {
  const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
  const value = view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
  return Number.isSafeInteger(value) ? value : undefined;
}
