/**
 * Partial files in a picked folder: what arrives stands beside its place, under a name that says
 * what it is, until it is whole and gets its own.
 */
import type { Folder } from "./folders";

/** A file that can be given another name, which not every browser and file system can. */
export interface Movable extends FileSystemFileHandle {
  /** Replaces a file of that name, where there is one. */
  move(name: string): Promise<void>;
}

const PART = /^\.secureshare-[0-9a-f-]{36}\.part(?:\.crswap)?$/;
/** A part that nothing was written to for so long is of a tab that is gone. Milliseconds. */
const FORGOTTEN = 24 * 3_600_000;

const partName = () => `.secureshare-${crypto.randomUUID()}.part`;

function isMovable(handle: FileSystemFileHandle): handle is Movable {
  return "move" in handle;
}

/** An empty partial file; `undefined` where it could not be given its name. */
export async function createPart(folder: Folder): Promise<Movable | undefined> {
  const part = await folder.getFileHandle(partName(), { create: true });
  if (isMovable(part)) return part;
  await folder.removeEntry(part.name);
  return undefined;
}

/** Tries whether this folder takes partial files, and can give them another name. */
export async function takesParts(folder: Folder): Promise<boolean> {
  let part: Movable | undefined;
  try {
    part = await createPart(folder);
    await part?.move(partName());
    return part !== undefined;
  } catch {
    return false;
  } finally {
    if (part !== undefined) await folder.removeEntry(part.name).catch(() => {});
  }
}

/**
 * Removes what tabs that were closed in the middle have left in this folder. A part that is
 * being written is locked by its browser, which then refuses.
 * @param now milliseconds since 1970
 */
export async function removeLeftovers(folder: Folder, now: number): Promise<void> {
  for await (const [name, handle] of folder.entries()) {
    if (!PART.test(name) || !isFile(handle)) continue;
    const { lastModified } = await handle.getFile();
    if (now - lastModified > FORGOTTEN) await folder.removeEntry(name).catch(() => {});
  }
}

const isFile = (handle: FileSystemHandle): handle is FileSystemFileHandle => handle.kind === "file";
