/**
 * The receiver's content: accepted items in strict order, each byte at its place, inside
 * its declared size. Publishing runs beside the reading, for a bounded number of items.
 */
import { type ErrorCode, SecureShareError, toSecureShareError } from "../errors";
import type { ItemSet } from "../files/itemSet";
import type { Manifest, OfferItem } from "../files/manifest";
import type { Hash, ItemWriter, Sink } from "../ports";
import type { SessionEvent } from "./events";
import { InboundItem, type InboundResult, textWriter } from "./inbound";
import { violation } from "./outcome";
import { type Frame, GoneReason } from "./plaintext";
import type { Progress } from "./progress";

/** Items that may be publishing while the next one arrives. */
const SETTLING_MAX = 64;

/** Failures after which going on makes no sense: they would hit every item. */
const FATAL: ReadonlySet<ErrorCode> = new Set(["E_DISK_FULL", "E_INTERNAL"]);

type ContentFrame = Extract<Frame, { kind: "data" | "itemEnd" | "itemGone" }>;

export class Intake {
  /** The next accepted item; `undefined` when all have ended. */
  #cursor: number | undefined;
  #current: InboundItem | undefined;
  #settling = new Set<Promise<void>>();
  #bytes = 0;
  #fatal: SecureShareError | undefined;
  readonly skipped: number[] = [];
  readonly failed: { index: number; error: SecureShareError }[] = [];
  published = 0;

  constructor(
    private readonly manifest: Manifest,
    private readonly accepted: ItemSet,
    private readonly sink: Sink,
    private readonly hash: Hash,
    private readonly progress: Progress,
    private readonly tell: (event: SessionEvent) => void,
  ) {
    this.#cursor = accepted.next(0);
  }

  get ended(): boolean {
    return this.#cursor === undefined;
  }

  /** Where the next byte belongs. */
  get position(): { item: number; offset: number } {
    return { item: this.#cursor ?? this.manifest.length, offset: this.#current?.offset ?? 0 };
  }

  /** Passes the folders before the next item that has content. */
  start(): Promise<void> {
    return this.#passFolders();
  }

  /**
   * Takes a frame. Settles when it is booked; `written` settles when the frame's bytes may
   * be reused. @throws E_PROTOCOL, E_DISK_FULL
   */
  async take(frame: ContentFrame): Promise<{ written: Promise<void> }> {
    if (this.#fatal !== undefined) throw this.#fatal;
    const current = await this.#itemOf(frame);
    switch (frame.kind) {
      case "data": {
        const fits = frame.offset === current.offset && frame.bytes.length > 0;
        if (!fits || frame.bytes.length > current.item.size - current.offset)
          throw violation("DATA outside its item");
        const written = current.write(frame.bytes);
        this.#bytes += frame.bytes.length;
        this.progress.at(this.#bytes, current.index, current.item.path);
        return { written };
      }
      case "itemEnd":
        if (frame.size !== current.item.size) throw violation("size of ITEM_END");
        await this.#settle(current, current.end(frame.sha256));
        return { written: Promise.resolve() };
      case "itemGone":
        await this.#settle(current, current.giveUp(goneError(frame.reason, current.item.path)));
        return { written: Promise.resolve() };
    }
  }

  async #itemOf(frame: ContentFrame): Promise<InboundItem> {
    if (frame.item !== this.#cursor) throw violation("item out of order");
    if (this.#current !== undefined) return this.#current;
    const item = await this.manifest.get(frame.item);
    const open = () => this.#open(frame.item, item);
    this.#current = new InboundItem(frame.item, item, this.hash.sha256(), open);
    return this.#current;
  }

  async #open(index: number, item: OfferItem): Promise<ItemWriter> {
    if (item.kind === "file") return this.sink.open(index, item);
    return textWriter(item.size, (text) => this.tell({ kind: "text", text }));
  }

  /** Books an item's end beside the reading, and moves on. */
  async #settle(inbound: InboundItem, result: Promise<InboundResult>): Promise<void> {
    const { index, item } = inbound;
    await this.#track(result.then((outcome) => this.#book(index, item, outcome)));
    this.#current = undefined;
    this.#cursor = this.accepted.next(index + 1);
    await this.#passFolders();
  }

  async #track(job: Promise<void>): Promise<void> {
    const tracked: Promise<void> = job.finally(() => this.#settling.delete(tracked));
    this.#settling.add(tracked);
    if (this.#settling.size >= SETTLING_MAX) await Promise.race(this.#settling);
  }

  async #passFolders(): Promise<void> {
    for (; this.#cursor !== undefined; this.#cursor = this.accepted.next(this.#cursor + 1)) {
      const index = this.#cursor;
      const item = await this.manifest.get(index);
      if (item.kind !== "folder") return;
      const made: Promise<InboundResult> = this.sink.folder(index, item).then(
        (published) => ({ kind: "published", published, sha256: "" }),
        (error: unknown) => ({ kind: "failed", error: toSecureShareError(error) }),
      );
      await this.#track(made.then((outcome) => this.#book(index, item, outcome)));
    }
  }

  #book(index: number, item: OfferItem, result: InboundResult): void {
    if (result.kind === "failed") {
      this.failed.push({ index, error: result.error });
      if (FATAL.has(result.error.code)) this.#fatal ??= result.error;
    } else if (result.published.outcome === "skipped") {
      this.skipped.push(index);
    } else {
      this.published++;
    }
    this.tell(itemEvent(index, item, result));
  }

  /** Waits until every item that ended is published or failed. @throws E_DISK_FULL */
  async settled(): Promise<void> {
    await this.#drain();
    if (this.#fatal !== undefined) throw this.#fatal;
  }

  /** Drops what is half way; settles when nothing of ours touches the disk any more. */
  async abandon(error: SecureShareError): Promise<void> {
    await this.#current?.giveUp(error);
    await this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#settling.size > 0) await Promise.all(this.#settling);
  }
}

function itemEvent(index: number, item: OfferItem, result: InboundResult): SessionEvent {
  const published = result.kind === "published" ? result.published : undefined;
  return {
    kind: "item",
    index,
    item,
    sha256: result.kind === "published" && result.sha256 !== "" ? result.sha256 : undefined,
    outcome: published?.outcome ?? "failed",
    error: result.kind === "failed" ? result.error.code : undefined,
    finalPath: published?.path,
  };
}

function goneError(reason: GoneReason, path: string): SecureShareError {
  if (reason === GoneReason.vanished) return new SecureShareError("E_SOURCE_VANISHED", { path });
  if (reason === GoneReason.changed) return new SecureShareError("E_SOURCE_CHANGED", { path });
  return new SecureShareError("E_PERMISSION", { path });
}
