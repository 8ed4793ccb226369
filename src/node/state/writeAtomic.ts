import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { onDisk } from "../files/diskError";
import {
  CREATE_NEW,
  type FileSystem,
  ignoring,
  isCode,
  nodeFileSystem,
  syncFolder,
  writeAll,
} from "../files/fileSystem";

/**
 * Replaces a file as a whole: after a crash it holds the old bytes or the new ones. Durable
 * once this settles. The file is its user's alone (0600).
 */
export async function writeAtomic(
  path: string,
  bytes: Uint8Array,
  files: FileSystem = nodeFileSystem,
): Promise<void> {
  await onDisk(path, async () => {
    const temporary = temporaryBeside(path);
    try {
      await writeFlushed(files, temporary, bytes);
      await files.rename(temporary, path);
    } catch (error) {
      await files.unlink(temporary).catch(() => undefined);
      throw error;
    }
    await syncFolder(files, dirname(path));
  });
}

/**
 * Makes a file as a whole (0600, durable), when nothing has that name yet; false otherwise.
 * Of several who try at once, one gets true; nobody ever sees a part of the file.
 */
export async function createAtomic(
  path: string,
  bytes: Uint8Array,
  files: FileSystem = nodeFileSystem,
): Promise<boolean> {
  return onDisk(path, async () => {
    const temporary = temporaryBeside(path);
    try {
      await writeFlushed(files, temporary, bytes);
      await files.link(temporary, path);
    } catch (error) {
      if (isCode(error, "EEXIST")) return false;
      throw error;
    } finally {
      await ignoring(["ENOENT"], files.unlink(temporary));
    }
    await syncFolder(files, dirname(path));
    return true;
  });
}

function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(8).toString("hex")}`);
}

async function writeFlushed(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const fd = await files.open(path, CREATE_NEW, 0o600);
  try {
    await writeAll(files, fd, bytes, 0);
    await files.fsync(fd);
  } finally {
    await files.close(fd);
  }
}
