import { dirname, posix, resolve } from "node:path";
import { SecureShareError } from "../../core/errors";
import { ItemSet } from "../../core/files/itemSet";
import type { Manifest, OfferItem } from "../../core/files/manifest";
import {
  type NameTraits,
  type Platform,
  type RefusalReason,
  refusePath,
} from "../../core/files/names";
import type { ConflictPolicy, Inspection, ItemWriter, Published, Sink } from "../../core/ports";
import { onDisk } from "./diskError";
import { type FileSystem, ignoring, nodeFileSystem } from "./fileSystem";
import {
  freeBytes,
  guessTraits,
  inspectTarget,
  itemsInTurns,
  offerNames,
  resolveTarget,
} from "./inspect";
import { fileSeconds, PartialFile } from "./partial";
import { createStaging, type Staging } from "./staging";
import { parentOf, TargetFolders } from "./targetFolders";

/** Folders that `abort` can still take away; more than these may stay, empty. */
const MADE_MAX = 100_000;

export interface SinkOptions {
  readonly platform?: NodeJS.Platform;
  readonly files?: FileSystem;
}

/** A sink that writes to `folder`, which may not exist yet. Touches nothing until `begin`. */
export function createSink(folder: string, options: SinkOptions = {}): Sink {
  const { platform = process.platform, files = nodeFileSystem } = options;
  return new FolderSink(resolve(folder), namePlatform(platform), files);
}

/** The name rules that a platform follows; other systems are like Linux in this. */
function namePlatform(platform: NodeJS.Platform): Platform {
  return platform === "win32" || platform === "darwin" ? platform : "linux";
}

interface Begun {
  readonly at: "begun";
  readonly manifest: Manifest;
  readonly conflict: ConflictPolicy;
  readonly folders: TargetFolders;
  readonly staging: Staging;
  /** Accepted items that the rules refuse after all. */
  readonly refused: ReadonlyMap<number, RefusalReason>;
}

type State = { readonly at: "idle" } | Begun | { readonly at: "ended" };

class FolderSink implements Sink {
  #state: State = { at: "idle" };
  /** Folders above and in the target that this sink made, parents first. */
  readonly #madeAbove: string[] = [];
  readonly #made: string[] = [];
  #madeItems = new ItemSet(0);
  readonly #partials = new Set<PartialFile>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    private readonly target: string,
    private readonly platform: Platform,
    private readonly files: FileSystem,
  ) {}

  inspect(manifest: Manifest, signal: AbortSignal): Promise<Inspection> {
    return onDisk(this.target, () =>
      inspectTarget(this.files, this.target, this.platform, manifest, signal),
    );
  }

  async begin(manifest: Manifest, accepted: ItemSet, conflict: ConflictPolicy): Promise<void> {
    if (this.#state.at !== "idle") throw new Error(`sink is ${this.#state.at}`);
    this.#madeItems = new ItemSet(manifest.length);
    await onDisk(this.target, async () => {
      const { existing } = await resolveTarget(this.files, this.target);
      const guessed = await guessTraits(this.files, existing, this.platform);
      const review = await reviewNames(manifest, accepted, guessed);
      await this.#checkSpace(existing, review.bytes);
      const root = await this.#makeTarget();
      const staging = await createStaging(this.files, root, this.platform);
      const folders = new TargetFolders(this.files, root, (path) => this.#noteMade(path));
      const { refused } = isEqual(staging.traits, guessed)
        ? review
        : await reviewNames(manifest, accepted, staging.traits);
      this.#state = { at: "begun", manifest, conflict, folders, staging, refused };
      await folders.start();
    });
  }

  open(index: number, item: OfferItem): Promise<ItemWriter> {
    return this.#run(item, async (begun) => {
      refuse(begun, index, item);
      const { files } = this;
      const ended = (partial: PartialFile) => this.#partials.delete(partial);
      const partial = new PartialFile({ ...begun, files, ended }, item);
      this.#partials.add(partial);
      try {
        await partial.open();
      } catch (error) {
        await partial.discard();
        throw error;
      }
      return this.#tracked(partial);
    });
  }

  folder(index: number, item: OfferItem): Promise<Published> {
    return this.#run(item, async (begun) => {
      refuse(begun, index, item);
      if (await begun.folders.make(item.path)) {
        this.#madeItems.add(index);
        this.#noteMade(item.path);
      }
      return { path: item.path, outcome: "written" };
    });
  }

  async finish(): Promise<void> {
    const begun = this.#begun();
    await onDisk(this.target, async () => {
      await this.#settle(begun);
      for (const index of this.#madeItems) await this.#setTime(begun, index);
      await begun.folders.flushAll();
      await begun.folders.close();
    });
    this.#state = { at: "ended" };
  }

  async abort(): Promise<void> {
    const state = this.#state;
    this.#state = { at: "ended" };
    if (state.at !== "begun") return;
    await onDisk(this.target, async () => {
      await this.#settle(state);
      for (const path of this.#made.toReversed()) await removeEmpty(this.files, state, path);
      await state.folders.close();
      for (const path of this.#madeAbove.toReversed())
        await ignoring(STAYS, this.files.rmdir(path));
    });
  }

  /** Lets running calls end, then removes what was not published, and the staging folder. */
  async #settle(begun: Begun): Promise<void> {
    await Promise.allSettled(this.#running);
    begun.folders.freeze();
    for (const partial of this.#partials) await partial.discard();
    await removeEmpty(this.files, begun, begun.staging.name);
  }

  async #checkSpace(path: string, needed: number): Promise<void> {
    const free = await freeBytes(this.files, path);
    if (needed > free) throw new SecureShareError("E_NO_SPACE", { needed, free });
  }

  /** Makes the target folder when it is missing; its real path, from now on the only one. */
  async #makeTarget(): Promise<string> {
    const missing: string[] = [];
    for (let path = this.target; ; path = dirname(path)) {
      if ((await this.files.realpath(path).catch(() => undefined)) !== undefined) break;
      if (path === dirname(path)) break;
      missing.push(path);
    }
    for (const path of missing.toReversed()) {
      await this.files.mkdir(path, 0o777);
      this.#madeAbove.push(path);
    }
    return this.files.realpath(this.target);
  }

  /** A time that cannot be set is no reason to call a finished transfer failed. */
  async #setTime({ manifest, folders }: Begun, index: number): Promise<void> {
    const { path, mtime } = await manifest.get(index);
    const seconds = fileSeconds(mtime);
    const set = folders.use(path, ({ fd, at }) =>
      fd === undefined
        ? this.files.utimes(at("."), seconds, seconds)
        : this.files.futimes(fd, seconds, seconds),
    );
    await set.catch(() => undefined);
  }

  #noteMade(path: string): void {
    if (this.#made.length < MADE_MAX) this.#made.push(path);
  }

  #begun(): Begun {
    if (this.#state.at !== "begun") throw new Error(`sink is ${this.#state.at}`);
    return this.#state;
  }

  #run<T>({ path }: OfferItem, task: (begun: Begun) => Promise<T>): Promise<T> {
    return this.#track(onDisk(path, async () => task(this.#begun())));
  }

  #track<T>(call: Promise<T>): Promise<T> {
    const tracked: Promise<T> = call.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
    return tracked;
  }

  /** The partial file, with `finish` and `abort` waiting for calls under way. */
  #tracked(partial: PartialFile): ItemWriter {
    return {
      write: (bytes) => this.#track(partial.write(bytes)),
      publish: () => this.#track(partial.publish()),
      discard: () => this.#track(partial.discard()),
    };
  }
}

/** Why `rmdir` may leave a folder: somebody put something in it, or took it away. */
const STAYS = ["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR", "EBUSY"];

async function removeEmpty(files: FileSystem, { folders }: Begun, path: string): Promise<void> {
  const remove = folders.use(parentOf(path), (parent) =>
    files.rmdir(parent.at(posix.basename(path))),
  );
  await ignoring(STAYS, remove);
}

/** What the rules say of the accepted items, and how many bytes these have. */
async function reviewNames(
  manifest: Manifest,
  accepted: ItemSet,
  traits: NameTraits,
): Promise<{ refused: Map<number, RefusalReason>; bytes: number }> {
  const names = offerNames(traits);
  const refused = new Map<number, RefusalReason>();
  let bytes = 0;
  for await (const [index, item] of itemsInTurns(manifest)) {
    const reason = names.check(item);
    if (!accepted.has(index)) continue;
    if (reason !== undefined) refused.set(index, reason);
    else if (item.kind === "file") bytes += item.size;
  }
  return { refused, bytes };
}

/** The rules once more, right before something is made. */
function refuse({ staging, refused }: Begun, index: number, { path }: OfferItem): void {
  const reason = refusePath(path, staging.traits) ?? refused.get(index);
  if (reason !== undefined) throw new SecureShareError("E_NAME_REFUSED", { path, reason });
}

function isEqual(one: NameTraits, two: NameTraits): boolean {
  return (
    one.platform === two.platform &&
    one.foldsCase === two.foldsCase &&
    one.normalises === two.normalises
  );
}
