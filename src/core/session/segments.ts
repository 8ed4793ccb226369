/** The sender's side of a recheck: its own digest of a segment, and the bytes where R's differ. */
import { equalConstantTime } from "../crypto/bytes";
import type { OfferItem } from "../files/manifest";
import type { Hash, Source } from "../ports";
import type { Cursor } from "./content";
import { violation } from "./outcome";
import type { Segment } from "./plaintext";
import { SEGMENT } from "./recheck";

const READ = 128 * 1024;

export interface SegmentPorts {
  readonly source: Source;
  readonly hash: Hash;
}

export interface SegmentReply {
  repair(item: number, offset: number, bytes: Uint8Array): Promise<void>;
  digest(segment: Segment): Promise<void>;
}

/** Answers SEGMENTS for the resumed item only, each segment of an epoch once, in order. */
export class SegmentAnswers {
  #next: number | undefined;

  constructor(
    private readonly ports: SegmentPorts,
    private readonly from: Cursor,
    private readonly item: OfferItem,
    private readonly reply: SegmentReply,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws E_PROTOCOL for a segment that is not the next one below the cursor */
  async answer({ item, index, length, digest: theirs }: Segment): Promise<void> {
    const start = index * SEGMENT;
    const end = start + length;
    const next = item === this.from.item && index === (this.#next ?? index);
    if (!next || length === 0 || length > SEGMENT || end > this.from.offset)
      throw violation("SEGMENTS");
    this.#next = index + 1;
    const hasher = this.ports.hash.sha256();
    await this.#read(start, end, async (_, bytes) => hasher.update(bytes));
    const ours = hasher.digest();
    if (!equalConstantTime(ours, theirs))
      await this.#read(start, end, (offset, bytes) => this.reply.repair(item, offset, bytes));
    await this.reply.digest({ item, index, length, digest: ours });
  }

  async #read(
    start: number,
    end: number,
    take: (offset: number, bytes: Uint8Array) => Promise<void>,
  ): Promise<void> {
    const { source } = this.ports;
    const reader = await source.open(this.from.item, this.item, start, this.signal);
    const buffer = new Uint8Array(READ);
    try {
      for (let at = start; at < end; ) {
        this.signal.throwIfAborted();
        const length = await reader.read(buffer.subarray(0, Math.min(READ, end - at)));
        if (length === 0) break;
        await take(at, buffer.subarray(0, length));
        at += length;
      }
      await reader.verify();
    } finally {
      await reader.close();
    }
  }
}
