/**
 * The sender's content: accepted items in order, in a number of records that depends on
 * the padded total alone (docs/PROTOCOL.md, "Padding"). While one record is sealed and
 * sent, the next one is read.
 */
import type { Cause } from "../causes";
import { hex } from "../crypto/bytes";
import { SecureShareError, toSecureShareError } from "../errors";
import type { ItemSet } from "../files/itemSet";
import type { Manifest, OfferItem } from "../files/manifest";
import { paddedContent, recordPlan } from "../files/padding";
import type { Hash, ItemReader, Source } from "../ports";
import { RECORD_PLAINTEXT } from "../wire/limits";
import type { SessionEvent } from "./events";
import { violation } from "./outcome";
import type { SendRecord } from "./paddedStream";
import { GoneReason, ITEM_COST, RecordBuilder } from "./plaintext";

/** Where content begins: the first accepted item that R lacks, and how much of it it has. */
export interface Cursor {
  readonly item: number;
  readonly offset: number;
}

/** What an accepted set weighs: content bytes, and with each item's fixed cost. */
export interface Weights {
  readonly bytes: number;
  /** Files and texts. */
  readonly files: number;
  readonly weight: number;
  /** The same for what lies before the cursor. */
  readonly doneBytes: number;
  readonly doneWeight: number;
}

/** @throws E_PROTOCOL when the cursor is not at an accepted item, inside it */
export async function weigh(manifest: Manifest, accepted: ItemSet, from: Cursor): Promise<Weights> {
  let [bytes, files, doneBytes, before] = [0, 0, 0, 0];
  for (const index of accepted) {
    const { size, kind } = await manifest.get(index);
    bytes += size;
    if (kind !== "folder") files++;
    if (index < from.item) {
      doneBytes += size;
      before++;
    } else if (index === from.item && from.offset > size) throw violation("cursor");
  }
  if (from.offset > 0 && !accepted.has(from.item)) throw violation("cursor");
  doneBytes += from.offset;
  return {
    bytes,
    files,
    weight: bytes + accepted.count * ITEM_COST,
    doneBytes,
    doneWeight: doneBytes + before * ITEM_COST,
  };
}

export interface GoneItem {
  readonly index: number;
  readonly error: SecureShareError;
}

export class ContentStream {
  readonly #records: number;
  readonly #lastLength: number;
  #sent = 0;
  #builder = new RecordBuilder();
  #other = new RecordBuilder();
  #sending: Promise<void> = Promise.resolve();
  #bytes = 0;
  /** Items given up. */
  readonly gone: GoneItem[] = [];

  constructor(
    private readonly ports: { readonly source: Source; readonly hash: Hash },
    private readonly send: SendRecord,
    private readonly tell: (event: Extract<SessionEvent, { kind: "item" }>) => void,
    private readonly progress: (
      bytes: number,
      index: number,
      item: OfferItem,
      itemBytes: number,
    ) => void,
    weights: Weights,
    padding: boolean,
    /** Whether a file that has changed is to be sent in its new form, in another epoch. */
    private readonly renew: (index: number, item: OfferItem) => Promise<boolean>,
  ) {
    const total = padding ? paddedContent(weights.weight) : weights.weight;
    const plan = recordPlan(total - weights.doneWeight, RECORD_PLAINTEXT);
    this.#records = plan.records;
    this.#lastLength = plan.lastLength;
    this.#bytes = weights.doneBytes;
  }

  /** Sends all accepted items from the cursor on, and the padding behind them. */
  async run(accepted: ItemSet, from: Cursor, signal: AbortSignal): Promise<void> {
    const first = accepted.next(from.item);
    for (let index = first; index !== undefined; index = accepted.next(index + 1)) {
      signal.throwIfAborted();
      const item = await this.ports.source.manifest.get(index);
      const offset = index === from.item ? from.offset : 0;
      if (item.kind !== "folder") await this.#item(index, item, offset, signal);
    }
    while (this.#sent < this.#records) await this.#flush();
    await this.#sending;
  }

  get #limit(): number {
    return this.#sent === this.#records - 1 ? this.#lastLength : RECORD_PLAINTEXT;
  }

  async #item(index: number, item: OfferItem, from: number, signal: AbortSignal): Promise<void> {
    let reader: ItemReader | undefined;
    let sha256: Uint8Array;
    try {
      reader = await this.ports.source.open(index, item, from, signal);
      // After a resume the digest of the whole item comes from a reading of its own.
      const whole = from === 0 ? undefined : hashItem(this.ports, index, item, signal);
      whole?.catch(() => {});
      const streamed = await this.#content(index, item, from, reader, signal);
      sha256 = (await whole) ?? streamed;
      await reader.verify();
    } catch (error) {
      signal.throwIfAborted();
      // A connection that failed is no fault of the item's.
      await this.#sending;
      const failure = toSecureShareError(error);
      if (failure.code === "E_SOURCE_CHANGED" && (await this.renew(index, item)))
        throw new SecureShareError("E_INTERRUPTED", { reason: "item-anew" satisfies Cause });
      await this.#giveUp(index, item, failure);
      return;
    } finally {
      await reader?.close();
    }
    while (!this.#builder.writeItemEnd(index, item.size, sha256, this.#limit)) await this.#flush();
    this.tell({
      kind: "item",
      index,
      item,
      sha256: hex(sha256),
      outcome: "sent",
      error: undefined,
      finalPath: undefined,
    });
  }

  /** Reads the item straight into records, one DATA frame for each record that it touches. */
  async #content(
    index: number,
    item: OfferItem,
    from: number,
    reader: ItemReader,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const hasher = this.ports.hash.sha256();
    for (let offset = from; offset < item.size; ) {
      signal.throwIfAborted();
      const space = this.#builder.dataSpace(this.#limit).subarray(0, item.size - offset);
      if (space.length === 0) {
        await this.#flush();
        continue;
      }
      const length = await fill(reader, space);
      if (length > 0) this.#builder.commitData(index, offset, length);
      hasher.update(space.subarray(0, length));
      offset += length;
      this.#bytes += length;
      this.progress(this.#bytes, index, item, offset);
      // A shorter file than offered: verify() says why.
      if (length < space.length) break;
    }
    return hasher.digest();
  }

  async #giveUp(index: number, item: OfferItem, error: SecureShareError): Promise<void> {
    const reasons: Readonly<Record<string, GoneReason>> = {
      E_SOURCE_VANISHED: GoneReason.vanished,
      E_SOURCE_CHANGED: GoneReason.changed,
    };
    const reason = reasons[error.code] ?? GoneReason.unreadable;
    while (!this.#builder.writeItemGone(index, reason, this.#limit)) await this.#flush();
    this.gone.push({ index, error });
    const { code } = error;
    this.tell({
      kind: "item",
      index,
      item,
      sha256: undefined,
      outcome: "failed",
      error: code,
      finalPath: undefined,
    });
  }

  /** Hands the filled record over and goes on with the other buffer. */
  async #flush(): Promise<void> {
    if (this.#sent >= this.#records) throw new RangeError("content outgrew its records");
    const plaintext = this.#builder.padTo(this.#limit);
    await this.#sending;
    this.#sending = this.send(plaintext);
    this.#sending.catch(() => {});
    this.#sent++;
    [this.#builder, this.#other] = [this.#other, this.#builder];
    this.#builder.reset();
  }
}

/** SHA-256 of a whole item. */
async function hashItem(
  ports: { readonly source: Source; readonly hash: Hash },
  index: number,
  item: OfferItem,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const hasher = ports.hash.sha256();
  const buffer = new Uint8Array(RECORD_PLAINTEXT);
  const reader = await ports.source.open(index, item, 0, signal);
  try {
    for (let length = -1; length !== 0; ) {
      signal.throwIfAborted();
      length = await reader.read(buffer);
      hasher.update(buffer.subarray(0, length));
    }
    await reader.verify();
    return hasher.digest();
  } finally {
    await reader.close();
  }
}

/** Reads until `space` is full or the item ends: short reads must not cost a second head. */
async function fill(reader: ItemReader, space: Uint8Array): Promise<number> {
  let length = 0;
  while (length < space.length) {
    const read = await reader.read(space.subarray(length));
    if (read === 0) break;
    length += read;
  }
  return length;
}
