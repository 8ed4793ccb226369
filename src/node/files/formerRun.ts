import type { OfferItem } from "../../core/files/manifest";
import { refusePath } from "../../core/files/names";
import type { KnownProgress } from "../../core/ports";
import { type FileSystem, GO_ON, isCode, isSame } from "./fileSystem";
import { ifThere, removePlace } from "./leftovers";
import { isMadeFolder, type NotedStaging, type Place, readIdentity, readPlace } from "./notes";
import { isOwn, type Staging } from "./staging";
import { parentOf, type TargetFolders } from "./targetFolders";

/** A partial file that a former run noted. */
export interface FormerPartial {
  readonly place: Place;
  /** Up to here it was on disk. Bytes. */
  readonly durable: number;
}

/** What a former run of a transfer left in the target, by its journal. */
export class FormerRun {
  readonly #partials = new Map<number, FormerPartial>();
  /** Folder items that it made. */
  readonly madeFolders: readonly number[];

  constructor(
    private readonly files: FileSystem,
    private readonly folders: TargetFolders,
    private readonly noted: NotedStaging,
    private readonly staging: Staging,
    private readonly known: KnownProgress,
  ) {
    const made: number[] = [];
    for (const [index, { file, offset }] of known.open) {
      const place = readPlace(file, staging.name);
      if (isMadeFolder(file)) made.push(index);
      else if (place !== undefined) this.#partials.set(index, { place, durable: offset });
    }
    this.madeFolders = made.sort((one, other) => one - other);
  }

  /** Removes what lies in the staging folder and was never noted: small files, half made. */
  async clearStaging(): Promise<void> {
    const kept = new Set([...this.#partials.values()].map(({ place }) => place.name));
    const { name: folder } = this.staging;
    const names = await this.folders.use(folder, ({ at }) => this.files.readNames(at(".")));
    for (const name of names)
      if (!kept.has(name)) await removePlace(this.files, this.folders, { folder, name });
  }

  /** Does the item stand, whole, where it was about to appear? Then its partial file goes. */
  async wasPublished(index: number, { size }: OfferItem): Promise<boolean> {
    const noted = this.known.publish.get(index);
    const identity = noted && readIdentity(noted.identity);
    if (identity === undefined || refusePath(noted?.path ?? "", this.staging.traits) !== undefined)
      return false;
    const seen = await ifThere(this.folders.look(noted?.path ?? ""));
    if (seen === undefined || !seen.isFile() || seen.size !== BigInt(size)) return false;
    // The target's device may have another number since the machine was started again.
    const dev = identity.dev === this.noted.dev ? this.staging.dev : identity.dev;
    if (!isSame(seen, { dev, ino: identity.ino })) return false;
    const partial = this.#partials.get(index);
    this.#partials.delete(index);
    if (partial !== undefined) await this.remove(partial);
    return true;
  }

  /** The item's partial file, once; what was about to be published is durable as a whole. */
  take(index: number, { path, size }: OfferItem): FormerPartial | undefined {
    const partial = this.#partials.get(index);
    const folder = partial?.place.folder;
    if (partial === undefined || (folder !== this.staging.name && folder !== parentOf(path)))
      return undefined;
    this.#partials.delete(index);
    return this.known.publish.has(index) ? { ...partial, durable: size } : partial;
  }

  /** Removes a partial file that is of no use. */
  remove({ place }: FormerPartial): Promise<void> {
    return removePlace(this.files, this.folders, place);
  }

  /** Removes the partial files that nobody took. */
  async removeRest(): Promise<void> {
    for (const partial of this.#partials.values()) await this.remove(partial);
    this.#partials.clear();
  }
}

/**
 * Opens what must be the partial file of a former run: a regular file of this user, with no
 * other name, and no longer than the item.
 */
export async function openFormer(
  files: FileSystem,
  path: string,
  size: number,
): Promise<{ fd: number; length: number } | undefined> {
  const fd = await files.open(path, GO_ON).catch((error: unknown) => {
    if (isCode(error, "ENOENT", "ELOOP", "ENXIO", "EISDIR", "EACCES", "EPERM")) return undefined;
    throw error;
  });
  if (fd === undefined) return undefined;
  const stats = await files.fstat(fd);
  const ours = stats.isFile() && isOwn(stats) && stats.nlink === 1n && stats.size <= BigInt(size);
  if (ours) return { fd, length: Number(stats.size) };
  await files.close(fd);
  return undefined;
}
