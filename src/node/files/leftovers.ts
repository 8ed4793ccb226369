import { SecureShareError } from "../../core/errors";
import type { KnownProgress } from "../../core/ports";
import { type FileSystem, ignoring, isCode } from "./fileSystem";
import { type NotedStaging, type Place, readPlace, readStaging } from "./notes";
import { isPrivate } from "./staging";
import { TargetFolders } from "./targetFolders";

/** It is gone already, is none of ours any more, or must not be removed. */
const GONE = ["ENOENT", "ENOTDIR"];
const STAYS = [...GONE, "EISDIR", "EPERM", "EACCES", "EROFS", "ENOTEMPTY", "EEXIST", "EBUSY"];

/**
 * Removes the partial files and the staging folder that a journal tells of, where they still
 * are what it tells: a real folder of this user under our kind of name. The rest of the target
 * is not touched.
 */
export async function removeLeftovers(files: FileSystem, known: KnownProgress): Promise<void> {
  const staging = known.staging === undefined ? undefined : readStaging(known.staging);
  if (staging === undefined) return;
  const folders = new TargetFolders(files, staging.root, () => {});
  folders.freeze();
  try {
    await folders.start();
    await removePartials(files, folders, staging, known);
    await removeStaging(files, folders, staging);
  } finally {
    await folders.close();
  }
}

async function removePartials(
  files: FileSystem,
  folders: TargetFolders,
  staging: NotedStaging,
  known: KnownProgress,
): Promise<void> {
  for (const { file } of known.open.values()) {
    const place = readPlace(file, staging.name);
    // Those in the staging folder go with it.
    if (place !== undefined && place.folder !== staging.name)
      await removePlace(files, folders, place);
  }
}

/** Removes a file, where there is one that this user may remove; nothing is made on the way. */
export async function removePlace(
  files: FileSystem,
  folders: TargetFolders,
  { folder, name }: Place,
): Promise<void> {
  if ((await ifThere(folders.look(folder === "" ? name : `${folder}/${name}`))) === undefined)
    return;
  await folders.use(folder, ({ at }) => ignoring(STAYS, files.unlink(at(name))));
}

async function removeStaging(
  files: FileSystem,
  folders: TargetFolders,
  staging: NotedStaging,
): Promise<void> {
  const emptied = folders.use(staging.name, async ({ chain, at }) => {
    const ours = chain.at(-1)?.ino === staging.ino && isPrivate(await files.lstat(at(".")));
    if (!ours) return false;
    for (const name of await files.readNames(at(".")))
      await ignoring(STAYS, files.unlink(at(name)));
    return true;
  });
  if (await ifThere(emptied))
    await folders.use("", ({ at }) => ignoring(STAYS, files.rmdir(at(staging.name))));
}

/** `undefined` when the folder is gone, or something else has its name. */
export async function ifThere<T>(used: Promise<T>): Promise<T | undefined> {
  try {
    return await used;
  } catch (error) {
    const other = error instanceof SecureShareError && error.code === "E_NAME_REFUSED";
    if (other || isCode(error, ...GONE)) return undefined;
    throw error;
  }
}
