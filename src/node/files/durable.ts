/** How a partial file that has all its bytes comes to its final name. */
import { posix } from "node:path";
import type { OfferItem } from "../../core/files/manifest";
import type { ConflictPolicy, Note, Published } from "../../core/ports";
import { type FileSystem, type Identity, ignoring } from "./fileSystem";
import { noteIdentity } from "./notes";
import { place } from "./publish";
import type { Staging } from "./staging";
import type { TargetFolder, TargetFolders } from "./targetFolders";

export interface PlacingContext {
  readonly files: FileSystem;
  readonly folders: TargetFolders;
  readonly conflict: ConflictPolicy;
  /** Where a later run will look; without it no partial file outlives this one. */
  readonly note: Note | undefined;
}

/** An item of the offer. */
interface Numbered {
  readonly index: number;
  readonly item: OfferItem;
}

/** The last second that every file system in use can hold, rounded (year 2446). Seconds. */
const MTIME_MAX = 15_032_385_535;

/** What a file system without permissions or settable times answers; the bytes matter more. */
export const NO_ATTRIBUTES = ["EPERM", "EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"];

/**
 * An item's time (ms) as a time for a file (s), inside what file systems can hold. Half a
 * microsecond more, because the system cuts the fraction to microseconds: 0.123 is a little
 * less than that as a binary number and would become 0.122999.
 */
export function fileSeconds(mtime: number): number {
  return Math.min(Math.max((mtime + 0.0005) / 1000, 0), MTIME_MAX);
}

/** All that must be on disk before the final name may appear: the file's own part of it. */
export async function makeDurable(
  files: FileSystem,
  fd: number,
  { mtime, executable }: OfferItem,
  { modes }: Staging,
): Promise<Identity> {
  const seconds = fileSeconds(mtime);
  await ignoring(NO_ATTRIBUTES, files.futimes(fd, seconds, seconds));
  await ignoring(NO_ATTRIBUTES, files.fchmod(fd, executable ? modes.executable : modes.plain));
  await files.fsync(fd);
  return files.fstat(fd);
}

/**
 * Gives the durable file at `partial` its final name in `folder`. It may keep its own name as
 * well, for the caller to remove. @throws as `place`, E_NAME_REFUSED
 */
export async function placeDurably(
  context: PlacingContext,
  partial: string,
  identity: Identity,
  folder: TargetFolder,
  { index, item }: Numbered,
): Promise<Published> {
  const { files, folders, conflict, note } = context;
  // Durable before the name appears, so that a later run can tell it from a stranger's.
  const intend = async (name: string) => {
    const path = posix.join(folder.path, name);
    await note?.({ k: "publish", item: index, path, identity: noteIdentity(identity) });
    await folders.check(folder);
  };
  await folders.check(folder);
  const name = posix.basename(item.path);
  const placed = await place(files, partial, folder, name, conflict, note && intend);
  if (placed.name === undefined) return { path: undefined, outcome: placed.outcome };
  await folders.flush(folder);
  return { path: posix.join(folder.path, placed.name), outcome: placed.outcome };
}
