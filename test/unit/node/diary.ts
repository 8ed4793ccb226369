import { EventEmitter, once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { SecureShareError } from "../../../src/core/errors";
import { ItemSet } from "../../../src/core/files/itemSet";
import type { ProgressEntry } from "../../../src/core/files/journal";
import type { OfferItem } from "../../../src/core/files/manifest";
import type { ConflictPolicy, Note, ResumableSink } from "../../../src/core/ports";
import { type FileSystem, nodeFileSystem } from "../../../src/node/files/fileSystem";
import { createSink } from "../../../src/node/files/sink";
import { ProgressState } from "../../../src/node/state/progressState";
import { manifestOf } from "./support";

type EntryOf<K extends ProgressEntry["k"]> = Extract<ProgressEntry, { k: K }>;

/** A journal in memory, and the sinks of one transfer's runs; all items are accepted. */
export class Diary {
  readonly log: ProgressEntry[] = [];
  readonly #heard = new EventEmitter();
  /** A kind of entry for which there is no room. */
  failFor: ProgressEntry["k"] | undefined;
  /** The sinks' clock. Milliseconds. */
  time = 0;

  constructor(
    private readonly target: string,
    private readonly items: readonly OfferItem[],
    private readonly conflict: ConflictPolicy = "rename",
  ) {}

  /** The same transfer and what it has noted, with another target. */
  at(target: string): Diary {
    const other = new Diary(target, this.items, this.conflict);
    other.log.push(...this.log);
    return other;
  }

  readonly note: Note = async (entry) => {
    this.#heard.emit(entry.k);
    if (entry.k === this.failFor) throw new SecureShareError("E_DISK_FULL", { path: "journal" });
    this.log.push(entry);
  };

  /** Settles behind the next attempt to note such an entry. */
  async next(k: ProgressEntry["k"]): Promise<void> {
    await once(this.#heard, k);
    await setImmediate();
  }

  /** The last entry of a kind for an item. */
  noted<K extends "open" | "durable" | "publish">(k: K, item: number): EntryOf<K> | undefined {
    return this.log.findLast((entry): entry is EntryOf<K> => entry.k === k && entry.item === item);
  }

  /** Drops the first such entry and all behind it, as a crash does. */
  forgetSince(found: (entry: ProgressEntry) => boolean): void {
    this.log.splice(this.log.findIndex(found));
  }

  async begin(files?: FileSystem): Promise<ResumableSink> {
    const sink = this.#sink(files);
    const manifest = await manifestOf(...this.items);
    await sink.begin(manifest, ItemSet.all(manifest.length), this.conflict);
    return sink;
  }

  async resume(files?: FileSystem): Promise<ResumableSink> {
    const known = new ProgressState();
    for (const entry of this.log) known.apply(entry);
    const sink = this.#sink(files);
    const manifest = await manifestOf(...this.items);
    await sink.resume(manifest, ItemSet.all(manifest.length), this.conflict, known);
    return sink;
  }

  #sink(files: FileSystem = nodeFileSystem): ResumableSink {
    return createSink(this.target, { files, note: this.note, now: () => this.time });
  }
}
