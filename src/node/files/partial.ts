import { posix } from "node:path";
import { SecureShareError } from "../../core/errors";
import type { OfferItem } from "../../core/files/manifest";
import type { ConflictPolicy, ItemWriter, Published } from "../../core/ports";
import { onDisk } from "./diskError";
import { CREATE_NEW, type FileSystem, ignoring, writeAll } from "./fileSystem";
import { place } from "./publish";
import { partialName, partialNameBeside, type Staging } from "./staging";
import { parentOf, type TargetFolders } from "./targetFolders";

export interface PartialContext {
  readonly files: FileSystem;
  readonly folders: TargetFolders;
  readonly staging: Staging;
  readonly conflict: ConflictPolicy;
  /** Hears that the partial file is gone from under its own name. */
  readonly ended: (partial: PartialFile) => void;
}

/** The last second that every file system in use can hold, rounded (year 2446). Seconds. */
const MTIME_MAX = 15_032_385_535;

/** What a file system without permissions or settable times answers; the bytes matter more. */
const NO_ATTRIBUTES = ["EPERM", "EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"];

/**
 * An item's time (ms) as a time for a file (s), inside what file systems can hold. Half a
 * microsecond more, because the system cuts the fraction to microseconds: 0.123 is a little
 * less than that as a binary number and would become 0.122999.
 */
export function fileSeconds(mtime: number): number {
  return Math.min(Math.max((mtime + 0.0005) / 1000, 0), MTIME_MAX);
}

/**
 * Up to here a file is kept in memory until it is published, so that a run of small files
 * goes to disk side by side and not one call after the other. Bytes.
 */
const SMALL = 64 * 1024;

/** Folder (below the target) and name of a partial file on disk. */
interface Place {
  readonly folder: string;
  readonly name: string;
}

type State =
  | { readonly at: "memory"; readonly bytes: Uint8Array }
  | { readonly at: "disk"; readonly place: Place; readonly fd: number }
  | { readonly at: "flushed"; readonly place: Place }
  | { readonly at: "ended" };

/** A file that is being received: private and under a random name until it is whole. */
export class PartialFile implements ItemWriter {
  #state: State;
  #written = 0;

  constructor(
    private readonly context: PartialContext,
    private readonly item: OfferItem,
  ) {
    this.#state = { at: "memory", bytes: new Uint8Array(item.size <= SMALL ? item.size : 0) };
  }

  /** Call first. Makes the folders on the way and the partial file, when it is not small. */
  async open(): Promise<void> {
    if (this.item.size > SMALL) await onDisk(this.item.path, () => this.#create());
  }

  async write(bytes: Uint8Array): Promise<void> {
    const state = this.#state;
    if (this.#written + bytes.length > this.item.size) throw this.#notWhole();
    const position = this.#written;
    this.#written += bytes.length;
    if (state.at === "memory") state.bytes.set(bytes, position);
    else if (state.at !== "disk") throw new Error(`partial file is ${state.at}`);
    else
      await onDisk(this.item.path, () => writeAll(this.context.files, state.fd, bytes, position));
  }

  async publish(): Promise<Published> {
    if (this.#written !== this.item.size) throw this.#notWhole();
    return onDisk(this.item.path, async () => this.#place(await this.#flush()));
  }

  async discard(): Promise<void> {
    const state = this.#state;
    if (state.at === "ended") return;
    this.#state = { at: "ended" };
    await onDisk(this.item.path, async () => {
      if (state.at === "disk") await this.context.files.close(state.fd);
      if (state.at === "disk" || state.at === "flushed") await this.#unlink(state.place);
    });
    this.context.ended(this);
  }

  async #create(): Promise<State & { at: "disk" }> {
    const { files, folders, staging } = this.context;
    const parent = parentOf(this.item.path);
    // A file system mounted inside the target: a file cannot be moved there, only within.
    const here = await folders.use(parent, async ({ chain }) => chain.at(-1)?.dev === staging.dev);
    const place = here
      ? { folder: staging.name, name: partialName() }
      : { folder: parent, name: partialNameBeside() };
    const fd = await folders.use(place.folder, ({ at }) =>
      files.open(at(place.name), CREATE_NEW, 0o600),
    );
    const state = { at: "disk", place, fd } as const;
    this.#state = state;
    return state;
  }

  /** All that must be on disk before the final name may appear. */
  async #flush(): Promise<Place> {
    const { files, staging } = this.context;
    const before = this.#state;
    if (before.at !== "memory" && before.at !== "disk")
      throw new Error(`partial file is ${before.at}`);
    const { fd, place } = before.at === "disk" ? before : await this.#create();
    if (before.at === "memory") await writeAll(files, fd, before.bytes, 0);
    const seconds = fileSeconds(this.item.mtime);
    const mode = this.item.executable ? staging.modes.executable : staging.modes.plain;
    await ignoring(NO_ATTRIBUTES, files.futimes(fd, seconds, seconds));
    await ignoring(NO_ATTRIBUTES, files.fchmod(fd, mode));
    await files.fsync(fd);
    this.#state = { at: "flushed", place };
    await files.close(fd);
    return place;
  }

  async #place(partial: Place): Promise<Published> {
    const { folders, files, conflict } = this.context;
    const { path } = this.item;
    const { name, outcome } = await folders.use(parentOf(path), async (folder) => {
      await folders.check(folder);
      const placed = await folders.use(partial.folder, ({ at }) =>
        place(files, at(partial.name), folder, posix.basename(path), conflict),
      );
      if (placed.name !== undefined) await folders.flush(folder);
      return placed;
    });
    await this.discard();
    const shown = name === undefined ? undefined : posix.join(parentOf(path), name);
    return { path: shown, outcome };
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
