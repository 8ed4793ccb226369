import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { onDisk } from "../files/diskError";
import { type FileSystem, ignoring, syncFolder } from "../files/fileSystem";

/** In place of a transfer's id, once it is to be removed. */
export const REMOVED = ".removed-";

/** Removes a transfer's folder: from its name at once, whatever becomes of this program. */
export async function removeTransfer(files: FileSystem, path: string): Promise<void> {
  const transfers = dirname(path);
  await onDisk(path, async () => {
    const removed = join(transfers, `${REMOVED}${randomBytes(8).toString("hex")}`);
    await ignoring(["ENOENT"], files.rename(path, removed));
    await syncFolder(files, transfers);
    await rm(removed, { recursive: true, force: true, maxRetries: 3 });
  });
}
