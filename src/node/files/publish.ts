import { posix } from "node:path";
import { SecureShareError } from "../../core/errors";
import { PART_MAX } from "../../core/files/names";
import type { ConflictPolicy, Published } from "../../core/ports";
import { CREATE_NEW, type FileSystem, type Identity, isCode, isSame, lookAt } from "./fileSystem";
import type { TargetFolder } from "./targetFolders";

/** `name (2)` up to `name (9999)`; a folder that holds them all is not asked on. */
const COPIES_MAX = 9999;

/** What `link` fails with where there are no hard links, or not for this file. */
const NO_LINK = ["EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV", "EINVAL"];

/** Writes down under which name a file is about to appear. */
type Intend = (name: string) => Promise<void>;

export interface Placed {
  /** The name in the folder; `undefined` when skipped. */
  readonly name: string | undefined;
  readonly outcome: Published["outcome"];
}

/**
 * Gives a finished partial file its final name. Nothing that exists is replaced, but a
 * regular file under the policy `overwrite`. The partial may keep its own name as well
 * (a hard link); the caller removes that after flushing the folder.
 *
 * `intend` hears of each name before it may appear, and is waited for; a name that is taken
 * already does not bother it.
 * @throws E_TARGET_EXISTS and system errors
 */
export async function place(
  files: FileSystem,
  partial: string,
  folder: TargetFolder,
  name: string,
  policy: ConflictPolicy,
  intend?: Intend,
): Promise<Placed> {
  if (await placeNew(files, partial, folder, name, intend)) return { name, outcome: "written" };
  switch (policy) {
    case "skip":
      return { name: undefined, outcome: "skipped" };
    case "overwrite":
      return replace(files, partial, folder, name, intend);
    case "rename":
      return placeCopy(files, partial, folder, name, intend);
  }
}

/** False when something has that name. */
async function placeNew(
  files: FileSystem,
  partial: string,
  folder: TargetFolder,
  name: string,
  intend: Intend | undefined,
): Promise<boolean> {
  const target = folder.at(name);
  if (intend !== undefined) {
    if ((await lookAt(files, target)) !== undefined) return false;
    await intend(name);
  }
  try {
    await files.link(partial, target);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    if (!isCode(error, ...NO_LINK)) throw error;
    return claim(files, partial, target);
  }
}

/** Without hard links: makes the name ours with an empty file, then renames onto it. */
async function claim(files: FileSystem, partial: string, target: string): Promise<boolean> {
  const claimed = await createEmpty(files, target);
  if (claimed === undefined) return false;
  try {
    await files.rename(partial, target);
    return true;
  } catch (error) {
    const seen = await lookAt(files, target);
    if (seen !== undefined && isSame(seen, claimed) && seen.size === 0n) await files.unlink(target);
    throw error;
  }
}

async function createEmpty(files: FileSystem, target: string): Promise<Identity | undefined> {
  try {
    const fd = await files.open(target, CREATE_NEW, 0o600);
    try {
      return await files.fstat(fd);
    } finally {
      await files.close(fd);
    }
  } catch (error) {
    if (isCode(error, "EEXIST")) return undefined;
    throw error;
  }
}

async function replace(
  files: FileSystem,
  partial: string,
  folder: TargetFolder,
  name: string,
  intend: Intend | undefined,
): Promise<Placed> {
  const target = folder.at(name);
  await intend?.(name);
  const seen = await lookAt(files, target);
  // A rename would replace a link itself and fail on a folder; neither was meant.
  if (seen !== undefined && !seen.isFile()) throw taken(folder, name);
  await files.rename(partial, target);
  return { name, outcome: "overwritten" };
}

async function placeCopy(
  files: FileSystem,
  partial: string,
  folder: TargetFolder,
  name: string,
  intend: Intend | undefined,
): Promise<Placed> {
  for (let copy = 2; copy <= COPIES_MAX; copy++) {
    const candidate = copyName(name, copy);
    if (await placeNew(files, partial, folder, candidate, intend))
      return { name: candidate, outcome: "renamed" };
  }
  throw taken(folder, name);
}

/** `report.pdf` becomes `report (2).pdf`, cut where the longest name would be passed. */
export function copyName(name: string, copy: number): string {
  const found = /\.tar\.\w{1,4}$/i.exec(name)?.[0] ?? posix.extname(name);
  // A last part this long is no extension that anything needs.
  const extension = Buffer.byteLength(found) > PART_MAX / 2 ? "" : found;
  const suffix = ` (${copy})${extension}`;
  const room = PART_MAX - Buffer.byteLength(suffix);
  const stem = Array.from(name.slice(0, name.length - extension.length));
  while (Buffer.byteLength(stem.join("")) > room) stem.pop();
  return stem.join("") + suffix;
}

function taken(folder: TargetFolder, name: string): SecureShareError {
  const path = posix.join(folder.path, name);
  return new SecureShareError("E_TARGET_EXISTS", { path });
}
