import { basename, join } from "node:path";
import { SecureShareError } from "../../core/errors";
import { parseDocument, type SettledEntry, type TransferDocument } from "../../core/files/journal";
import { Manifest } from "../../core/files/manifest";
import type { Journal, KnownProgress, Note, Spool } from "../../core/ports";
import type { SettledBefore } from "../../core/session/books";
import { type FileSystem, readBounded } from "../files/fileSystem";
import { removeLeftovers } from "../files/leftovers";
import type { Lock } from "./lock";
import { ProgressLog, readProgress } from "./progressLog";
import { ProgressState } from "./progressState";
import { removeTransfer } from "./removeTransfer";
import { saveSizes } from "./sizes";
import { createKeptSpool, type KeptSpool, reopenKeptSpool } from "./spool";
import { createSealer } from "./wrappingKey";
import { writeAtomic } from "./writeAtomic";

/** Half a million runs of accepted items fit. Bytes. */
const DOCUMENT_MAX = 32 * 1024 * 1024;

/** A transfer's folder; other files in it belong to `files/savedSource.ts` and `sizes.ts`. */
const DOCUMENT = "transfer.json";
const LOG = "progress.log";
const OFFER = "offer";
export const OWNER = "owner";

/** A transfer that this program owns until `close` or `forget`. */
export interface Transfer extends Journal {
  /** Its folder; `saveSource` and `restoreSource` take it. */
  readonly path: string;
  /** As the last run left it; `undefined` for a new transfer. */
  readonly document: TransferDocument | undefined;
  /** What the last run's log says. */
  readonly known: KnownProgress;
  readonly settled: SettledBefore;
  /** Reads each settled item's entry of the last run's log again: what `settled` has no room for. */
  eachSettled(take: (entry: SettledEntry) => Promise<void>): Promise<void>;
  /**
   * An empty spool for the pages of a receiver's offer. It takes the place of the former one
   * with its first bytes; a document that says `offered` makes it durable.
   */
  offerSpool(): Spool;
  /** The receiver's offer of the last run; `undefined` when it is not whole. */
  restoreOffer(): Promise<Manifest | undefined>;
  /** Lets others have it. Settles when all that was begun is written. */
  close(): Promise<void>;
}

export async function readDocument(
  files: FileSystem,
  folder: string,
): Promise<TransferDocument | undefined> {
  const bytes = await readBounded(files, join(folder, DOCUMENT), DOCUMENT_MAX).catch(
    (error: unknown) => {
      if (error instanceof RangeError) return undefined;
      throw error;
    },
  );
  return bytes && parseDocument(bytes.toString("utf8"));
}

/** Reads what is in the folder, whose lock the caller has taken. */
export async function loadTransfer(
  files: FileSystem,
  folder: string,
  key: Uint8Array,
  lock: Lock,
): Promise<Transfer> {
  const document = await readDocument(files, folder);
  const progress = new ProgressState();
  const path = join(folder, LOG);
  const length = await readProgress(files, path, (entry) => progress.apply(entry));
  const log = new ProgressLog(files, path, length);
  return new OwnedTransfer(files, folder, basename(folder), key, lock, document, progress, log);
}

class OwnedTransfer implements Transfer {
  readonly seal: Journal["seal"];
  readonly open: Journal["open"];
  readonly note: Note;
  #offer: KeptSpool | undefined;
  #staging: string | undefined;
  /** Partial files, and folders that were made: as the log says, with what this run noted. */
  readonly #open: Map<number, { readonly file: string; readonly offset: number }>;
  #closing: Promise<void> | undefined;
  #forgetting: Promise<void> | undefined;

  constructor(
    private readonly files: FileSystem,
    readonly path: string,
    readonly id: string,
    key: Uint8Array,
    private readonly lock: Lock,
    readonly document: TransferDocument | undefined,
    private readonly progress: ProgressState,
    private readonly log: ProgressLog,
  ) {
    ({ seal: this.seal, open: this.open } = createSealer(key, id));
    this.#staging = progress.staging;
    this.#open = new Map(progress.open);
    this.note = (entry) => {
      if (entry.k === "staging") this.#staging = entry.path;
      else if (entry.k === "open") this.#open.set(entry.item, { file: entry.file, offset: 0 });
      else if (entry.k === "settled") this.#open.delete(entry.item);
      return this.log.note(entry);
    };
  }

  get known(): KnownProgress {
    return this.progress;
  }

  get settled(): SettledBefore {
    return this.progress.settled;
  }

  async eachSettled(take: (entry: SettledEntry) => Promise<void>): Promise<void> {
    await readProgress(this.files, join(this.path, LOG), async (entry) => {
      if (entry.k === "settled" && this.settled.has(entry.item)) await take(entry);
      return true;
    });
  }

  async save(document: TransferDocument): Promise<void> {
    if (this.#closing !== undefined || document.id !== this.id)
      throw new SecureShareError("E_INTERNAL", { reason: "not this transfer's journal" });
    if (document.offered) await this.#keepOffer();
    await writeAtomic(join(this.path, DOCUMENT), Buffer.from(JSON.stringify(document)), this.files);
  }

  offerSpool(): Spool {
    this.#offer = createKeptSpool(join(this.path, OFFER));
    return this.#offer;
  }

  async restoreOffer(): Promise<Manifest | undefined> {
    const spool = await reopenKeptSpool(join(this.path, OFFER));
    if (spool === undefined) return undefined;
    const manifest = await Manifest.restore(spool, spool.length);
    if (manifest === undefined) await spool.dispose();
    return manifest;
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async forget(): Promise<void> {
    if (this.#closing !== undefined && this.#forgetting === undefined)
      throw new SecureShareError("E_INTERNAL", { reason: "journal was closed" });
    this.#forgetting ??= this.#forget();
    this.#closing = this.#forgetting.catch(() => undefined);
    await this.#forgetting;
  }

  /** The offer's pages first: a document that says they came must not outlive them. */
  async #keepOffer(): Promise<void> {
    const offer = this.#offer;
    if (offer === undefined || offer.length === 0) return;
    await offer.flush();
    const manifest = await Manifest.restore(offer, offer.length);
    // Flushes the folder as well, with the name of the offer's file.
    if (manifest !== undefined) await saveSizes(this.path, manifest, this.files);
    this.#offer = undefined;
  }

  async #close(): Promise<void> {
    await this.log.close();
    await this.lock.release();
  }

  async #forget(): Promise<void> {
    await this.log.close();
    try {
      const left = { staging: this.#staging, open: this.#open, publish: new Map() };
      await removeLeftovers(this.files, left);
    } finally {
      // Forgotten all the same: what could not be removed lies under a name that tells.
      await removeTransfer(this.files, this.path).finally(() => this.lock.release());
    }
  }
}
