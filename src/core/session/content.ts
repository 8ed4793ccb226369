/**
 * The sender's content: accepted items in order, in a number of records that depends on
 * the padded total alone (docs/PROTOCOL.md, "Padding"). While one record is sealed and
 * sent, the next one is read.
 */
import { hex } from "../crypto/bytes";
import { toSecureShareError } from "../errors";
import type { ItemSet } from "../files/itemSet";
import type { Manifest, OfferItem } from "../files/manifest";
import { paddedContent, recordPlan } from "../files/padding";
import type { Hash, ItemReader, Source } from "../ports";
import { RECORD_PLAINTEXT } from "../wire/limits";
import type { SessionEvent } from "./events";
import type { SendRecord } from "./paddedStream";
import { GoneReason, ITEM_COST, RecordBuilder } from "./plaintext";

/** What an accepted set weighs before padding. */
export async function contentWeight(manifest: Manifest, accepted: ItemSet): Promise<number> {
  let weight = 0;
  for (const index of accepted) weight += (await manifest.get(index)).size + ITEM_COST;
  return weight;
}

export class ContentStream {
  readonly #records: number;
  readonly #lastLength: number;
  #sent = 0;
  #builder = new RecordBuilder();
  #other = new RecordBuilder();
  #sending: Promise<void> = Promise.resolve();
  #bytes = 0;
  /** Items given up: number and error code. */
  readonly gone: {
    index: number;
    item: OfferItem;
    error: ReturnType<typeof toSecureShareError>;
  }[] = [];

  constructor(
    private readonly source: Source,
    private readonly hash: Hash,
    private readonly send: SendRecord,
    private readonly tell: (event: SessionEvent) => void,
    private readonly progress: (bytes: number, index: number, path: string) => void,
    weight: number,
    padding: boolean,
  ) {
    const plan = recordPlan(padding ? paddedContent(weight) : weight, RECORD_PLAINTEXT);
    this.#records = plan.records;
    this.#lastLength = plan.lastLength;
  }

  /** Sends all accepted items and the padding behind them. */
  async run(accepted: ItemSet, signal: AbortSignal): Promise<void> {
    for (const index of accepted) {
      signal.throwIfAborted();
      const item = await this.source.manifest.get(index);
      if (item.kind !== "folder") await this.#item(index, item, signal);
    }
    while (this.#sent < this.#records) await this.#flush();
    await this.#sending;
  }

  get #limit(): number {
    return this.#sent === this.#records - 1 ? this.#lastLength : RECORD_PLAINTEXT;
  }

  async #item(index: number, item: OfferItem, signal: AbortSignal): Promise<void> {
    let reader: ItemReader | undefined;
    let sha256: Uint8Array;
    try {
      reader = await this.source.open(index, item, signal);
      sha256 = await this.#content(index, item, reader, signal);
      await reader.verify();
    } catch (error) {
      signal.throwIfAborted();
      // A connection that failed is no fault of the item's.
      await this.#sending;
      await this.#giveUp(index, item, toSecureShareError(error));
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
    reader: ItemReader,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const hasher = this.hash.sha256();
    for (let offset = 0; offset < item.size; ) {
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
      this.progress(this.#bytes, index, item.path);
      // A shorter file than offered: verify() says why.
      if (length < space.length) break;
    }
    return hasher.digest();
  }

  async #giveUp(
    index: number,
    item: OfferItem,
    error: ReturnType<typeof toSecureShareError>,
  ): Promise<void> {
    const reasons: Readonly<Record<string, GoneReason>> = {
      E_SOURCE_VANISHED: GoneReason.vanished,
      E_SOURCE_CHANGED: GoneReason.changed,
    };
    const reason = reasons[error.code] ?? GoneReason.unreadable;
    while (!this.#builder.writeItemGone(index, reason, this.#limit)) await this.#flush();
    this.gone.push({ index, item, error });
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
