/**
 * The receiver's content: accepted items in strict order, each byte at its place, inside
 * its declared size. Publishing runs beside the reading, for a bounded number of items.
 */
import { SecureShareError, toSecureShareError } from "../errors";
import type { ItemSet } from "../files/itemSet";
import type { Manifest, OfferItem } from "../files/manifest";
import type { Hash, ItemWriter, PartialItem, Sink } from "../ports";
import { Books, type BooksOptions } from "./books";
import {
  type Digest,
  endsAll,
  InboundItem,
  type InboundResult,
  inlineDigest,
  recheckedDigest,
  settledWriter,
  textWriter,
} from "./inbound";
import { violation } from "./outcome";
import { type Frame, GoneReason, type Segment } from "./plaintext";
import type { Progress } from "./progress";
import { Recheck } from "./recheck";
import { publishTogether, type WholeItem, wholeAt } from "./wholeItems";

/** Items that may be publishing while the next one arrives. */
const SETTLING_MAX = 64;
/** Items that are published together: as many are open, and hold the event loop, at once. */
const TOGETHER_MAX = 32;

type ContentFrame = Extract<Frame, { kind: "data" | "itemEnd" | "itemGone" }>;

export interface Taken {
  /** How many frames. */
  readonly taken: number;
  /** Settles when their bytes may be reused; never rejects. */
  readonly written: Promise<void>;
}

export interface IntakeOptions extends BooksOptions {
  readonly manifest: Manifest;
  readonly accepted: ItemSet;
  readonly sink: Sink;
  readonly hash: Hash;
  readonly progress: Progress;
  /** Sends SEGMENTS over the present connection, if there is one. */
  readonly announce: (segment: Segment) => void;
}

export class Intake {
  /** The next accepted item; `undefined` when all have ended. */
  #cursor: number | undefined;
  #current: InboundItem | undefined;
  #recheck: { readonly item: number; readonly check: Recheck; readonly digest: Digest } | undefined;
  /** The item that was the last to begin anew. */
  #dropped: number | undefined;
  readonly #settling = new Set<Promise<void>>();
  #unsettled = 0;
  #bytes = 0;
  #fatal: SecureShareError | undefined;
  readonly books: Books;

  constructor(private readonly o: IntakeOptions) {
    this.books = new Books(o);
  }

  get ended(): boolean {
    return this.#cursor === undefined;
  }

  /** Accepted content bytes that are here. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Where the next byte belongs. */
  get position(): { item: number; offset: number } {
    return { item: this.#cursor ?? this.o.manifest.length, offset: this.#current?.offset ?? 0 };
  }

  /**
   * Finds the first item that has not settled, and takes up its partial file when `reopen`
   * gives one.
   */
  async start(
    reopen?: (index: number, item: OfferItem) => Promise<PartialItem | undefined>,
  ): Promise<void> {
    const { accepted, before } = this.o;
    this.#cursor = accepted.next(0);
    while (this.#cursor !== undefined && before.has(this.#cursor)) {
      this.#bytes += (await this.o.manifest.get(this.#cursor)).size;
      this.#cursor = accepted.next(this.#cursor + 1);
    }
    await this.#passFolders();
    if (this.#cursor === undefined || reopen === undefined) return;
    const item = await this.o.manifest.get(this.#cursor);
    const partial = item.kind === "file" ? await reopen(this.#cursor, item) : undefined;
    if (partial !== undefined && partial.length > 0) this.#takeUp(this.#cursor, item, partial);
  }

  #takeUp(index: number, item: OfferItem, partial: PartialItem): void {
    const { hash, announce } = this.o;
    const check = new Recheck(item.path, partial, partial.length, item.size, hash, (...segment) => {
      const [i, length, digest] = segment;
      announce({ item: index, index: i, length, digest });
    });
    const digest = recheckedDigest(check);
    this.#recheck = { item: index, check, digest };
    this.#bytes += partial.length;
    const open = () => Promise.resolve(partial.writer);
    this.#current = new InboundItem(index, item, partial.length, digest, open);
  }

  /** The item is accepted and has not ended. */
  awaits(index: number): boolean {
    return this.#cursor !== undefined && index >= this.#cursor && this.o.accepted.has(index);
  }

  /** A former run has published it, or given it up, and the sender does not know. */
  settledBefore(index: number): boolean {
    return this.o.before.has(index);
  }

  /** Drops what is here of an item that begins anew. */
  async restart(index: number): Promise<void> {
    const current = this.#current;
    if (current?.index !== index) return;
    this.#current = undefined;
    this.#recheck = undefined;
    this.#dropped = index;
    this.#bytes -= current.offset;
    await current.giveUp(goneError(GoneReason.changed, current.item.path));
  }

  /** All that was accepted has become `by` bytes more. */
  resize(by: number): void {
    this.o.progress.resize(by);
  }

  /** A new connection: what the old one may have lost is said again. */
  reconnected(): void {
    this.#recheck?.check.announceAgain();
  }

  /** The sender's word on a segment of the rechecked item. @throws E_PROTOCOL */
  segment({ item, index, length, digest }: Segment): void {
    this.#checked(item)?.verdict(index, length, digest);
  }

  /** Bytes that replace wrong ones; settles when they may be reused. @throws E_PROTOCOL */
  repair(item: number, offset: number, bytes: Uint8Array): Promise<void> {
    return this.#checked(item)?.repair(offset, bytes) ?? Promise.resolve();
  }

  /** `undefined`: an answer that was under way when its item began anew. */
  #checked(item: number): Recheck | undefined {
    if (item === this.#dropped) return undefined;
    if (this.#recheck?.item !== item) throw violation("segment of another item");
    return this.#recheck.check;
  }

  /**
   * Takes `frame`, which is `frames[at]`, and when a file lies whole there, those behind it as
   * well. Settles when they are booked. @throws E_PROTOCOL, E_DISK_FULL
   */
  take(frame: ContentFrame, frames: readonly Frame[], at: number): Promise<Taken> {
    if (this.#fatal !== undefined) return Promise.reject(this.#fatal);
    const together = this.o.sink.publishWhole !== undefined && this.#current === undefined;
    return together ? this.#takeWhole(frame, frames, at) : this.#takeOne(frame);
  }

  async #takeOne(frame: ContentFrame): Promise<Taken> {
    const current = await this.#itemOf(frame);
    if (current.failure !== undefined && endsAll(current.failure)) throw current.failure;
    switch (frame.kind) {
      case "data": {
        const fits = frame.offset === current.offset && frame.bytes.length > 0;
        if (!fits || frame.bytes.length > current.item.size - current.offset)
          throw violation("DATA outside its item");
        const written = current.write(frame.bytes);
        this.#bytes += frame.bytes.length;
        this.o.progress.at(this.#bytes, current.index, current.item, current.offset);
        return { taken: 1, written };
      }
      case "itemEnd":
        if (frame.size !== current.item.size) throw violation("size of ITEM_END");
        await this.#settle(current, current.end(frame.sha256.slice()));
        return { taken: 1, written: Promise.resolve() };
      case "itemGone":
        await this.#settle(current, current.giveUp(goneError(frame.reason, current.item.path)));
        return { taken: 1, written: Promise.resolve() };
    }
  }

  async #itemOf(frame: ContentFrame): Promise<InboundItem> {
    const index = frame.item;
    if (index !== this.#cursor) throw violation("item out of order");
    if (this.#current !== undefined) return this.#current;
    const item = await this.o.manifest.get(index);
    const digest = inlineDigest(this.o.hash.sha256());
    this.#current = new InboundItem(index, item, 0, digest, () => this.#open(index, item));
    return this.#current;
  }

  async #open(index: number, item: OfferItem): Promise<ItemWriter> {
    if (this.o.before.has(index)) return settledWriter;
    if (item.kind === "file") return this.o.sink.open(index, item);
    return textWriter(item.size, (text) => this.o.tell({ kind: "text", text }));
  }

  /** Books an item's end beside the reading, and moves on. */
  async #settle(inbound: InboundItem, result: Promise<InboundResult>): Promise<void> {
    const { index, item } = inbound;
    this.#current = undefined;
    this.#cursor = this.o.accepted.next(index + 1);
    await this.#track(result.then((outcome) => this.books.enter(index, item, outcome)));
    await this.#passFolders();
  }

  /** Takes the files that lie whole in `frames` from `at` on, and publishes them together. */
  async #takeWhole(frame: ContentFrame, frames: readonly Frame[], at: number): Promise<Taken> {
    const { sink, hash, manifest, progress, accepted, before } = this.o;
    const items: WholeItem[] = [];
    let taken = 0;
    while (this.#cursor !== undefined && !before.has(this.#cursor) && items.length < TOGETHER_MAX) {
      const index = this.#cursor;
      const whole = wholeAt(frames, at + taken, index, await manifest.get(index));
      if (whole === undefined) break;
      items.push(whole);
      taken += whole.frames;
      this.#bytes += whole.item.size;
      progress.at(this.#bytes, index, whole.item, whole.item.size);
      this.#cursor = accepted.next(index + 1);
      await this.#passFolders();
    }
    if (items.length === 0) return this.#takeOne(frame);
    const published = publishTogether(items, sink, hash, this.books);
    await this.#track(published, items.length);
    // Its failure is met by the next frame, or the end: the reader waits for memory till then.
    return { taken, written: published.catch(() => {}) };
  }

  async #track(job: Promise<void>, items = 1): Promise<void> {
    this.#unsettled += items;
    const tracked: Promise<void> = job
      .catch((error: unknown) => {
        this.#fatal ??= toSecureShareError(error);
      })
      .finally(() => {
        this.#settling.delete(tracked);
        this.#unsettled -= items;
      });
    this.#settling.add(tracked);
    while (this.#unsettled >= SETTLING_MAX) await Promise.race(this.#settling);
  }

  async #passFolders(): Promise<void> {
    const { manifest, accepted, sink, before } = this.o;
    for (; this.#cursor !== undefined; this.#cursor = accepted.next(this.#cursor + 1)) {
      const index = this.#cursor;
      const item = await manifest.get(index);
      if (item.kind !== "folder") return;
      if (before.has(index)) continue;
      const made: Promise<InboundResult> = sink.folder(index, item).then(
        (published) => ({ kind: "published", published, sha256: "" }),
        (error: unknown) => ({ kind: "failed", error: toSecureShareError(error) }),
      );
      await this.#track(made.then((outcome) => this.books.enter(index, item, outcome)));
    }
  }

  /** Waits until every item that ended is published or failed. @throws E_DISK_FULL */
  async settled(): Promise<void> {
    await this.#drain();
    if (this.#fatal !== undefined) throw this.#fatal;
  }

  /** Drops what is half way; settles when nothing of ours touches the disk any more. */
  async abandon(error: SecureShareError): Promise<void> {
    await this.#current?.giveUp(error);
    await this.#stop();
  }

  /** Stops where it is, for a later run; settles when nothing of ours touches the disk. */
  async rest(): Promise<void> {
    await this.#current?.rest();
    await this.#stop();
  }

  /** An item whose content has ended may wait for the sender's word on what was here before. */
  async #stop(): Promise<void> {
    this.#recheck?.digest.end();
    await this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#settling.size > 0) await Promise.all(this.#settling);
  }
}

function goneError(reason: GoneReason, path: string): SecureShareError {
  if (reason === GoneReason.vanished) return new SecureShareError("E_SOURCE_VANISHED", { path });
  if (reason === GoneReason.changed) return new SecureShareError("E_SOURCE_CHANGED", { path });
  return new SecureShareError("E_PERMISSION", { path });
}
