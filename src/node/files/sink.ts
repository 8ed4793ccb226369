import { dirname, resolve } from "node:path";
import { SecureShareError } from "../../core/errors";
import type { ItemSet } from "../../core/files/itemSet";
import type { Manifest, OfferItem } from "../../core/files/manifest";
import type { Platform, RefusalReason } from "../../core/files/names";
import type {
  ConflictPolicy,
  Inspection,
  ItemWriter,
  KnownProgress,
  Note,
  PartialItem,
  Published,
  ResumableSink,
  WholeFile,
} from "../../core/ports";
import { onDisk } from "./diskError";
import { type FileSystem, isCode, nodeFileSystem } from "./fileSystem";
import { FormerRun } from "./formerRun";
import { freeBytes, guessTraits, inspectTarget, resolveTarget } from "./inspect";
import { MadeFolders, removeEmpty } from "./madeFolders";
import { isEqual, refuse, reviewNames } from "./nameReview";
import { MADE_FOLDER, noteStaging, readStaging } from "./notes";
import { PartialFile } from "./partial";
import { createStaging, reopenStaging, type Staging } from "./staging";
import { TargetFolders } from "./targetFolders";
import { publishWhole } from "./wholeFiles";

export interface SinkOptions {
  readonly platform?: NodeJS.Platform;
  readonly files?: FileSystem;
  /** The transfer's journal; without one nothing outlives the program. */
  readonly note?: Note | undefined;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

/** A sink that writes to `folder`, which may not exist yet. Touches nothing until `begin`. */
export function createSink(folder: string, options: SinkOptions = {}): ResumableSink {
  const { platform = process.platform, files = nodeFileSystem, note } = options;
  const now = options.now ?? (() => performance.now());
  return new FolderSink(resolve(folder), namePlatform(platform), files, note, now);
}

/** The name rules that a platform follows; other systems are like Linux in this. */
function namePlatform(platform: NodeJS.Platform): Platform {
  return platform === "win32" || platform === "darwin" ? platform : "linux";
}

interface Begun {
  readonly at: "begun";
  readonly conflict: ConflictPolicy;
  readonly folders: TargetFolders;
  readonly made: MadeFolders;
  readonly staging: Staging;
  /** Accepted items that the rules refuse after all. */
  readonly refused: ReadonlyMap<number, RefusalReason>;
  /** What a former run left, when this one goes on with it. */
  readonly former: FormerRun | undefined;
  readonly manifest: Manifest;
}

type State = { readonly at: "idle" } | Begun | { readonly at: "ended" };

class FolderSink implements ResumableSink {
  #state: State = { at: "idle" };
  readonly #partials = new Set<PartialFile>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    private readonly target: string,
    private readonly platform: Platform,
    private readonly files: FileSystem,
    private readonly note: Note | undefined,
    private readonly now: () => number,
  ) {}

  inspect(manifest: Manifest, signal: AbortSignal): Promise<Inspection> {
    return onDisk(this.target, () =>
      inspectTarget(this.files, this.target, this.platform, manifest, signal),
    );
  }

  async begin(manifest: Manifest, accepted: ItemSet, conflict: ConflictPolicy): Promise<void> {
    this.#mustBeIdle();
    await onDisk(this.target, async () => {
      const { existing } = await resolveTarget(this.files, this.target);
      const guessed = await guessTraits(this.files, existing, this.platform);
      const review = await reviewNames(manifest, accepted, guessed);
      await this.#checkSpace(existing, review.bytes);
      const made = new MadeFolders(this.files, manifest);
      const root = await this.#makeTarget(made);
      const staging = await this.#newStaging(root);
      const { refused } = isEqual(staging.traits, guessed)
        ? review
        : await reviewNames(manifest, accepted, staging.traits);
      const folders = new TargetFolders(this.files, root, (path) => made.inside(path));
      const former = undefined;
      this.#state = { at: "begun", manifest, conflict, folders, made, staging, refused, former };
      await folders.start();
    });
  }

  async resume(
    manifest: Manifest,
    accepted: ItemSet,
    conflict: ConflictPolicy,
    known: KnownProgress,
  ): Promise<void> {
    const noted = known.staging === undefined ? undefined : readStaging(known.staging);
    if (noted === undefined) return this.begin(manifest, accepted, conflict);
    this.#mustBeIdle();
    await onDisk(this.target, async () => {
      const { root } = noted;
      // No folder is made in place of one that is gone: perhaps its disk is not there.
      if ((await this.files.realpath(this.target)) !== root)
        throw new SecureShareError("E_NAME_REFUSED", { path: root, reason: "through-link" });
      const staging =
        (await reopenStaging(this.files, noted, this.platform)) ?? (await this.#newStaging(root));
      const { refused } = await reviewNames(manifest, accepted, staging.traits);
      const made = new MadeFolders(this.files, manifest);
      const folders = new TargetFolders(this.files, root, (path) => made.inside(path));
      const former = new FormerRun(this.files, folders, noted, staging, known);
      this.#state = { at: "begun", manifest, conflict, folders, made, staging, refused, former };
      await folders.start();
      await former.clearStaging();
      await made.takeOver(former.madeFolders);
    });
  }

  async wasPublished(index: number): Promise<boolean> {
    const { manifest, former } = this.#begun();
    const item = await manifest.get(index);
    return this.#run(item, async () => (await former?.wasPublished(index, item)) ?? false);
  }

  reopen(index: number, item: OfferItem): Promise<PartialItem | undefined> {
    return this.#run(item, async (begun) => {
      refuse(begun, index, item);
      const before = begun.former?.take(index, item);
      if (before === undefined) return undefined;
      const partial = this.#newPartial(begun, index, item);
      const length = await this.#discardOnFailure(partial, () => partial.reopen(before));
      if (length !== undefined && length > 0) return this.#partialItem(partial, length);
      await partial.discard();
      await begun.former?.remove(before);
      return undefined;
    });
  }

  open(index: number, item: OfferItem): Promise<ItemWriter> {
    return this.#run(item, async (begun) => {
      refuse(begun, index, item);
      const partial = this.#newPartial(begun, index, item);
      await this.#discardOnFailure(partial, () => partial.open());
      return this.#tracked(partial);
    });
  }

  publishWhole(whole: readonly WholeFile[]): Promise<(Published | SecureShareError)[]> {
    const { files, note } = this;
    const elsewhere = async ({ index, item, bytes }: WholeFile) => {
      const writer = await this.open(index, item);
      await writer.write(bytes);
      return writer.publish();
    };
    return this.#track(publishWhole({ ...this.#begun(), files, note, elsewhere }, whole));
  }

  folder(index: number, item: OfferItem): Promise<Published> {
    return this.#run(item, async (begun) => {
      refuse(begun, index, item);
      if (await begun.folders.make(item.path)) {
        begun.made.item(index, item.path);
        // A later run will set its time.
        await this.note?.({ k: "open", item: index, file: MADE_FOLDER });
      }
      return { path: item.path, outcome: "written" };
    });
  }

  async finish(): Promise<void> {
    const begun = this.#begun();
    await onDisk(this.target, async () => {
      await this.#settle(begun);
      await begun.made.setTimes(begun.folders);
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
      await state.made.removeInside(state.folders);
      await state.folders.close();
      await state.made.removeAbove();
    });
  }

  async suspend(): Promise<void> {
    const state = this.#state;
    this.#state = { at: "ended" };
    if (state.at !== "begun") return;
    await Promise.allSettled(this.#running);
    const suspended = await Promise.allSettled([...this.#partials].map((each) => each.suspend()));
    await state.folders.close();
    for (const each of suspended) if (each.status === "rejected") throw each.reason;
  }

  /** Lets running calls end, then removes what was not published, and the staging folder. */
  async #settle(begun: Begun): Promise<void> {
    await Promise.allSettled(this.#running);
    begun.folders.freeze();
    for (const partial of this.#partials) await partial.discard();
    await begun.former?.removeRest();
    await removeEmpty(this.files, begun.folders, begun.staging.name);
  }

  async #newStaging(root: string): Promise<Staging> {
    const staging = await createStaging(this.files, root, this.platform);
    try {
      await this.note?.({ k: "staging", path: noteStaging(staging) });
      return staging;
    } catch (error) {
      await this.files.rmdir(staging.path).catch(() => undefined);
      throw error;
    }
  }

  #newPartial(begun: Begun, index: number, item: OfferItem): PartialFile {
    const { files, note, now } = this;
    const ended = (partial: PartialFile) => this.#partials.delete(partial);
    const partial = new PartialFile({ ...begun, files, note, now, ended }, index, item);
    this.#partials.add(partial);
    return partial;
  }

  async #discardOnFailure<T>(partial: PartialFile, task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      await partial.discard();
      throw error;
    }
  }

  async #checkSpace(path: string, needed: number): Promise<void> {
    const free = await freeBytes(this.files, path);
    if (needed > free) throw new SecureShareError("E_NO_SPACE", { needed, free });
  }

  /** Makes the target folder when it is missing; its real path, from now on the only one. */
  async #makeTarget(made: MadeFolders): Promise<string> {
    const missing: string[] = [];
    for (let path = this.target; ; path = dirname(path)) {
      if ((await this.files.realpath(path).catch(() => undefined)) !== undefined) break;
      if (path === dirname(path)) break;
      missing.push(path);
    }
    for (const path of missing.toReversed()) {
      try {
        await this.files.mkdir(path, 0o777);
        made.above(path);
      } catch (error) {
        // Another program has just made it, and it is that one's to take away.
        if (!isCode(error, "EEXIST")) throw error;
      }
    }
    return this.files.realpath(this.target);
  }

  #mustBeIdle(): void {
    if (this.#state.at !== "idle") throw new Error(`sink is ${this.#state.at}`);
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

  #partialItem(partial: PartialFile, length: number): PartialItem {
    return {
      length,
      read: (position, into) => this.#track(partial.read(position, into)),
      repair: (position, bytes) => this.#track(partial.repair(position, bytes)),
      writer: this.#tracked(partial),
    };
  }
}
