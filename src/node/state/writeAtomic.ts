import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { onDisk } from "../files/diskError";
import {
  CREATE_NEW,
  type FileSystem,
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
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(8).toString("hex")}`);
  await onDisk(path, async () => {
    try {
      await writeFlushed(files, temporary, bytes);
      await files.rename(temporary, path);
    } catch (error) {
      await files.unlink(temporary).catch(() => undefined);
      throw error;
    }
    await syncFolder(files, folder);
  });
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
