import { posix } from "node:path";
import { ItemSet } from "../../core/files/itemSet";
import type { Manifest } from "../../core/files/manifest";
import { fileSeconds } from "./durable";
import { type FileSystem, ignoring } from "./fileSystem";
import { parentOf, type TargetFolders } from "./targetFolders";

/** Folders that `abort` can still take away; more than these may stay, empty. */
const MADE_MAX = 100_000;

/** Why `rmdir` may leave a folder: somebody put something in it, or took it away. */
const STAYS = ["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR", "EBUSY"];

/** The folders that a sink made: their times are set at the end, or they go when it is aborted. */
export class MadeFolders {
  /** Above the target, and the target: parents first. Absolute. */
  readonly #above: string[] = [];
  /** In the target, parents first. */
  readonly #inside: string[] = [];
  readonly #items: ItemSet;

  constructor(
    private readonly files: FileSystem,
    private readonly manifest: Manifest,
  ) {
    this.#items = new ItemSet(manifest.length);
  }

  above(path: string): void {
    this.#above.push(path);
  }

  inside(path: string): void {
    if (this.#inside.length < MADE_MAX) this.#inside.push(path);
  }

  item(index: number, path: string): void {
    this.#items.add(index);
    this.inside(path);
  }

  /** Takes over what a former run made; ascending item numbers. */
  async takeOver(items: readonly number[]): Promise<void> {
    for (const index of items)
      if (index < this.manifest.length) this.item(index, (await this.manifest.get(index)).path);
  }

  /** A time that cannot be set is no reason to call a finished transfer failed. */
  async setTimes(folders: TargetFolders): Promise<void> {
    for (const index of this.#items) {
      const { path, mtime } = await this.manifest.get(index);
      const seconds = fileSeconds(mtime);
      const set = folders.use(path, ({ fd, at }) =>
        fd === undefined
          ? this.files.utimes(at("."), seconds, seconds)
          : this.files.futimes(fd, seconds, seconds),
      );
      await set.catch(() => undefined);
    }
  }

  async removeInside(folders: TargetFolders): Promise<void> {
    for (const path of this.#inside.toReversed()) await removeEmpty(this.files, folders, path);
  }

  async removeAbove(): Promise<void> {
    for (const path of this.#above.toReversed()) await ignoring(STAYS, this.files.rmdir(path));
  }
}

export async function removeEmpty(
  files: FileSystem,
  folders: TargetFolders,
  path: string,
): Promise<void> {
  const remove = folders.use(parentOf(path), (parent) =>
    files.rmdir(parent.at(posix.basename(path))),
  );
  await ignoring(STAYS, remove);
}
