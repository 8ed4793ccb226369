/** The sender's side of a recheck: its own digest of a segment, and the bytes where R's differ. */
import { equalConstantTime } from "../crypto/bytes";
import { SecureShareError } from "../errors";
import type { ItemSet } from "../files/itemSet";
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

/** In place of a digest: S has that segment no more. */
const NO_DIGEST = new Uint8Array(32);

/**
 * Answers SEGMENTS for one item of an epoch, each of its segments once, in order: the item
 * at the cursor, or one before it that R had not checked to its end when the connection broke.
 */
export class SegmentAnswers {
  #next: { readonly item: number; readonly index: number } | undefined;

  constructor(
    private readonly ports: SegmentPorts,
    private readonly accepted: ItemSet,
    private readonly from: Cursor,
    private readonly reply: SegmentReply,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws E_PROTOCOL for a segment that is not the next one below the cursor */
  async answer(segment: Segment): Promise<void> {
    const { item, index } = segment;
    const next = this.#next ?? segment;
    if (item !== next.item || index !== next.index || !this.accepted.has(item))
      throw violation("SEGMENTS");
    this.#next = { item, index: index + 1 };
    const offered = await this.ports.source.manifest.get(item);
    const { length } = segment;
    if (length === 0 || length > SEGMENT || index * SEGMENT + length > this.#sent(item, offered))
      throw violation("SEGMENTS");
    await this.#compare(offered, segment);
  }

  /** Bytes of the item that R may have. */
  #sent(item: number, { size }: OfferItem): number {
    if (item === this.from.item) return this.from.offset;
    return item < this.from.item ? size : 0;
  }

  async #compare(offered: OfferItem, { item, index, length, digest: theirs }: Segment) {
    const start = index * SEGMENT;
    const end = start + length;
    try {
      const ours = await this.#digest(item, offered, start, end);
      if (!equalConstantTime(ours, theirs))
        await this.#read(item, offered, start, end, (offset, bytes) =>
          this.reply.repair(item, offset, bytes),
        );
      await this.reply.digest({ item, index, length, digest: ours });
    } catch (error) {
      this.signal.throwIfAborted();
      if (!isOfSource(error)) throw error;
      // The item is not what it was: R's copy of it comes to nothing.
      await this.reply.digest({ item, index, length, digest: NO_DIGEST });
    }
  }

  async #digest(item: number, offered: OfferItem, start: number, end: number): Promise<Uint8Array> {
    const hasher = this.ports.hash.sha256();
    await this.#read(item, offered, start, end, async (_, bytes) => hasher.update(bytes));
    return hasher.digest();
  }

  async #read(
    item: number,
    offered: OfferItem,
    start: number,
    end: number,
    take: (offset: number, bytes: Uint8Array) => Promise<void>,
  ): Promise<void> {
    const { source } = this.ports;
    const reader = await source.open(item, offered, start, this.signal);
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

function isOfSource(error: unknown): boolean {
  if (!(error instanceof SecureShareError)) return false;
  const { code } = error;
  return code.startsWith("E_SOURCE_") || code === "E_PERMISSION" || code === "E_DISK";
}
