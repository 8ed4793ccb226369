import { SecureShareError } from "../../core/errors";
import type { ProgressEntry } from "../../core/files/journal";
import type { OfferItem } from "../../core/files/manifest";
import type { ItemWriter, Published } from "../../core/ports";
import { Checkpoints } from "./checkpoints";
import { onDisk } from "./diskError";
import { makeDurable, NO_ATTRIBUTES, type PlacingContext, placeDurably } from "./durable";
import { CREATE_NEW, type Identity, ignoring, readFully, writeAll } from "./fileSystem";
import { type FormerPartial, openFormer } from "./formerRun";
import { notePlace, type Place } from "./notes";
import { partialName, partialNameBeside, type Staging } from "./staging";
import { parentOf } from "./targetFolders";

export interface PartialContext extends PlacingContext {
  readonly staging: Staging;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** Hears that the partial file is gone from under its own name, or left to a later run. */
  readonly ended: (partial: PartialFile) => void;
}

/**
 * Up to here a file is kept in memory until it is published, so that a run of small files
 * goes to disk side by side and not one call after the other. Bytes.
 */
const SMALL = 64 * 1024;

type State =
  | { readonly at: "memory"; readonly bytes: Uint8Array }
  | { readonly at: "disk"; readonly place: Place; readonly fd: number }
  | { readonly at: "flushed"; readonly place: Place; readonly identity: Identity }
  | { readonly at: "ended" };

/** A file that is being received: private and under a random name until it is whole. */
export class PartialFile implements ItemWriter {
  #state: State;
  /** Bytes taken, and bytes that the system has taken of these. */
  #taken = 0;
  #written = 0;
  #checkpoints: Checkpoints | undefined;

  constructor(
    private readonly context: PartialContext,
    readonly index: number,
    readonly item: OfferItem,
  ) {
    this.#state = { at: "memory", bytes: new Uint8Array(item.size <= SMALL ? item.size : 0) };
  }

  /** Call first. Makes the folders on the way and the partial file, when it is not small. */
  async open(): Promise<void> {
    if (this.item.size > SMALL) await onDisk(this.item.path, () => this.#create());
  }

  /**
   * Call first, in place of `open`: takes up the partial file of a former run, cut to what was
   * durable. Its length in bytes; `undefined` when there is none, or something else.
   */
  async reopen({ place, durable }: FormerPartial): Promise<number | undefined> {
    const { files, folders } = this.context;
    return onDisk(this.item.path, async () => {
      const found = await folders.use(place.folder, ({ at }) =>
        openFormer(files, at(place.name), this.item.size),
      );
      if (found === undefined) return undefined;
      this.#state = { at: "disk", place, fd: found.fd };
      this.#taken = this.#written = Math.min(found.length, durable);
      await ignoring(NO_ATTRIBUTES, files.fchmod(found.fd, 0o600));
      await files.ftruncate(found.fd, this.#written);
      this.#checkpoints = this.#startCheckpoints(found.fd);
      return this.#written;
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    const state = this.#state;
    if (this.#taken + bytes.length > this.item.size) throw this.#notWhole();
    const position = this.#taken;
    this.#taken += bytes.length;
    if (state.at === "memory") state.bytes.set(bytes, position);
    else
      await onDisk(this.item.path, async () => {
        await writeAll(this.context.files, this.#fd, bytes, position);
        this.#written = position + bytes.length;
        this.#checkpoints?.written(this.#written);
      });
  }

  /** Reads what was written, at a position. */
  async read(position: number, into: Uint8Array): Promise<number> {
    const some = into.subarray(0, Math.max(0, this.#written - position));
    return onDisk(this.item.path, () => readFully(this.context.files, this.#fd, some, position));
  }

  /** Writes again what was written before. */
  async repair(position: number, bytes: Uint8Array): Promise<void> {
    if (position < 0 || position + bytes.length > this.#written)
      throw new RangeError("repair outside of what was written");
    await onDisk(this.item.path, () => writeAll(this.context.files, this.#fd, bytes, position));
  }

  async publish(): Promise<Published> {
    if (this.#taken !== this.item.size) throw this.#notWhole();
    return onDisk(this.item.path, async () => {
      await this.#flush();
      return this.#place();
    });
  }

  async discard(): Promise<void> {
    const state = this.#state;
    if (state.at === "ended") return;
    this.#state = { at: "ended" };
    await onDisk(this.item.path, async () => {
      if (state.at === "disk") await this.#close(state.fd);
      if (state.at === "disk" || state.at === "flushed") await this.#unlink(state.place);
    });
    this.context.ended(this);
  }

  /** Leaves the partial file for a later run, durable as far as it goes. */
  async suspend(): Promise<void> {
    const state = this.#state;
    this.#state = { at: "ended" };
    this.context.ended(this);
    if (state.at !== "disk") return;
    await onDisk(this.item.path, async () => {
      try {
        await this.#checkpoints?.settle();
        await this.context.files.fsync(state.fd);
        await this.#note({ k: "durable", item: this.index, offset: this.#written });
      } finally {
        await this.context.files.close(state.fd);
      }
    });
  }

  get #fd(): number {
    if (this.#state.at !== "disk") throw new Error(`partial file is ${this.#state.at}`);
    return this.#state.fd;
  }

  async #note(entry: ProgressEntry): Promise<void> {
    await this.context.note?.(entry);
  }

  #startCheckpoints(fd: number): Checkpoints | undefined {
    const { files, note, now } = this.context;
    if (note === undefined) return undefined;
    const steps = {
      flush: () => files.fsync(fd),
      note: (offset: number) => note({ k: "durable", item: this.index, offset }),
      now,
    };
    return new Checkpoints(steps, this.#written);
  }

  async #close(fd: number): Promise<void> {
    await this.#checkpoints?.settle().catch(() => undefined);
    await this.context.files.close(fd);
  }

  async #create(): Promise<State & { at: "disk" }> {
    const { files, folders, staging } = this.context;
    const parent = parentOf(this.item.path);
    // A file system mounted inside the target: a file cannot be moved there, only within.
    const here = await folders.use(parent, async ({ chain }) => chain.at(-1)?.dev === staging.dev);
    const place = here
      ? { folder: staging.name, name: partialName() }
      : { folder: parent, name: partialNameBeside() };
    // What lies in the staging folder is found there; a small file is not worth going on with.
    if (!here || this.item.size > SMALL)
      await this.#note({ k: "open", item: this.index, file: notePlace(place) });
    const fd = await folders.use(place.folder, ({ at }) =>
      files.open(at(place.name), CREATE_NEW, 0o600),
    );
    const state = { at: "disk", place, fd } as const;
    this.#state = state;
    this.#checkpoints = this.#startCheckpoints(fd);
    return state;
  }

  /** All that must be on disk before the final name may appear. */
  async #flush(): Promise<void> {
    const { files, staging } = this.context;
    const before = this.#state;
    if (before.at !== "memory" && before.at !== "disk")
      throw new Error(`partial file is ${before.at}`);
    const { fd, place } = before.at === "disk" ? before : await this.#create();
    if (before.at === "memory") await writeAll(files, fd, before.bytes, 0);
    await this.#checkpoints?.settle();
    const identity = await makeDurable(files, fd, this.item, staging);
    this.#state = { at: "flushed", place, identity };
    await files.close(fd);
  }

  async #place(): Promise<Published> {
    const { folders } = this.context;
    const partial = this.#state;
    if (partial.at !== "flushed") throw new Error(`partial file is ${partial.at}`);
    const published = await folders.use(parentOf(this.item.path), (folder) =>
      folders.use(partial.place.folder, ({ at }) =>
        placeDurably(this.context, at(partial.place.name), partial.identity, folder, this),
      ),
    );
    await this.discard();
    return published;
  }

  /** A link under the final name may be left, or a rename may have taken this name away. */
  async #unlink({ folder, name }: Place): Promise<void> {
    const { files, folders } = this.context;
    await folders.use(folder, ({ at }) => ignoring(["ENOENT"], files.unlink(at(name))));
  }

  #notWhole(): SecureShareError {
    return new SecureShareError("E_INTEGRITY", { path: this.item.path });
  }
}
