/**
 * A partial file of a former run is checked, not trusted (docs/PROTOCOL.md, "Resume").
 * The receiver reads it upward from 0 in segments; each one's digest goes to the sender,
 * who answers with its own, behind a REPAIR of the bytes where they differ. The running
 * SHA-256 of the item never passes a segment that is not confirmed, and then goes on over
 * what has newly arrived.
 */
import { equalConstantTime } from "../crypto/bytes";
import { SecureShareError, toSecureShareError } from "../errors";
import type { Hash, Hasher, PartialItem } from "../ports";
import { abortable, type Deferred, deferred } from "./async";
import { violation } from "./outcome";

/** Bytes of a segment; the last one of a prefix may be shorter. */
export const SEGMENT = 16 * 1024 * 1024;
const READ = 1024 * 1024;

/** Tells the sender the digest of a segment. What gets lost with a connection is said again. */
export type AnnounceSegment = (index: number, length: number, digest: Uint8Array) => void;

interface Pending {
  readonly index: number;
  readonly length: number;
  readonly digest: Uint8Array;
  /** Bytes that the sender has sent again, from the segment's start. */
  repaired: number;
  readonly verdict: Deferred<Uint8Array>;
}

export class Recheck {
  /** The segment that waits for the sender's word, and how much of it was repaired. */
  #pending: Pending | undefined;
  #more = deferred<void>();
  #available: number;
  #writes: Promise<void> = Promise.resolve();
  /** What the disk said to a repair: the item's end says it. */
  #failure: SecureShareError | undefined;

  /** `from`: bytes of the item that the partial file holds; content is streamed behind them. */
  constructor(
    private readonly path: string,
    private readonly partial: PartialItem,
    private readonly from: number,
    private readonly size: number,
    private readonly hash: Hash,
    private readonly announce: AnnounceSegment,
  ) {
    this.#available = from;
  }

  /** Says the pending segment, also after a new connection; a repair then starts anew. */
  announceAgain(): void {
    if (this.#pending === undefined) return;
    this.#pending.repaired = 0;
    this.announce(this.#pending.index, this.#pending.length, this.#pending.digest);
  }

  /** `bytes` more stand in the file, behind those before. */
  grown(bytes: number): void {
    this.#available += bytes;
    this.#more.resolve();
    this.#more = deferred<void>();
  }

  /**
   * Takes a piece of a repair. Its bytes may be reused when this settles, which it always does:
   * whoever reads would wait for their memory for ever. @throws E_PROTOCOL outside the
   * announced segment
   */
  repair(offset: number, bytes: Uint8Array): Promise<void> {
    const pending = this.#pending;
    if (pending === undefined) throw violation("REPAIR");
    const at = pending.index * SEGMENT + pending.repaired;
    const end = pending.index * SEGMENT + pending.length;
    if (offset !== at || bytes.length === 0 || offset + bytes.length > end)
      throw violation("REPAIR");
    pending.repaired += bytes.length;
    this.#writes = this.#writes
      .then(() => (this.#failure === undefined ? this.partial.repair(offset, bytes) : undefined))
      .catch((error: unknown) => {
        this.#failure ??= toSecureShareError(error);
      });
    return this.#writes;
  }

  /** The sender's digest of the pending segment. @throws E_PROTOCOL for another one */
  verdict(index: number, length: number, digest: Uint8Array): void {
    const pending = this.#pending;
    if (pending?.index !== index || pending.length !== length) throw violation("SEGMENTS");
    pending.verdict.resolve(digest.slice());
  }

  /** The item's SHA-256, once all of it is in the file and checked. */
  async run(signal: AbortSignal): Promise<Uint8Array> {
    let running = this.hash.sha256();
    for (let index = 0; index * SEGMENT < this.from; index++)
      running = await this.#segment(index, running, signal);
    for (let at = this.from; at < this.size; ) {
      const more = this.#more.promise;
      if (this.#available > at) at = await this.#feed([running], at, this.#available, signal);
      else await abortable(more, signal);
    }
    return running.digest();
  }

  /** The running digest behind segment `index`, which the sender has confirmed. */
  async #segment(index: number, running: Hasher, signal: AbortSignal): Promise<Hasher> {
    const start = index * SEGMENT;
    const end = Math.min(start + SEGMENT, this.from);
    const read = async () => {
      const [whole, own] = [running.copy(), this.hash.sha256()];
      await this.#feed([whole, own], start, end, signal);
      return { whole, digest: own.digest() };
    };
    const first = await read();
    const verdict = deferred<Uint8Array>();
    const pending: Pending = {
      index,
      length: end - start,
      digest: first.digest,
      repaired: 0,
      verdict,
    };
    this.#pending = pending;
    this.announceAgain();
    const theirs = await abortable(pending.verdict.promise, signal);
    this.#pending = undefined;
    if (equalConstantTime(theirs, first.digest)) return first.whole;
    await this.#writes;
    if (this.#failure !== undefined) throw this.#failure;
    const second = await read();
    if (pending.repaired !== end - start || !equalConstantTime(theirs, second.digest))
      throw new SecureShareError("E_INTEGRITY", { path: this.path });
    return second.whole;
  }

  async #feed(
    hashers: readonly Hasher[],
    from: number,
    to: number,
    signal: AbortSignal,
  ): Promise<number> {
    const buffer = new Uint8Array(READ);
    let at = from;
    while (at < to) {
      signal.throwIfAborted();
      const length = await this.partial.read(at, buffer.subarray(0, Math.min(READ, to - at)));
      if (length === 0) throw new SecureShareError("E_INTEGRITY", { path: this.path });
      for (const hasher of hashers) hasher.update(buffer.subarray(0, length));
      at += length;
    }
    return at;
  }
}
