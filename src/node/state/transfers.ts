/**
 * The transfers that a state folder remembers: `transfers/<id>/`, each with one owner at a
 * time. Wall clocks decide on expiry alone, and one that went back never expires anything.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { SecureShareError } from "../../core/errors";
import type { TransferDocument } from "../../core/files/journal";
import { onDisk } from "../files/diskError";
import { type FileSystem, isCode, lookAt, nodeFileSystem, syncFolder } from "../files/fileSystem";
import { makePrivateFolder } from "./folder";
import { lockHolder, takeLock } from "./lock";
import { REMOVED, removeTransfer } from "./removeTransfer";
import { readSizes, type Sizes } from "./sizes";
import { loadTransfer, OWNER, readDocument, type Transfer } from "./transfer";

const ID = /^[0-9a-f]{32}$/;
/** Only `forget` is asked of what is opened to be removed. */
const NO_KEY = new Uint8Array(32);

export interface ListedTransfer {
  readonly document: TransferDocument;
  readonly sizes: Sizes | undefined;
  /** The program that has it open, if any. */
  readonly running: "here" | "elsewhere" | undefined;
}

export type OpenedTransfer =
  | { readonly kind: "opened"; readonly transfer: Transfer }
  /** Some program has it open, perhaps this one. */
  | { readonly kind: "running" }
  | { readonly kind: "missing" };

/**
 * A new transfer. It is in nobody's list before its first `save`.
 * @param key 32 bytes, see `wrappingKeyFile`; the caller may wipe it afterwards
 */
export async function createTransfer(
  stateFolder: string,
  key: Uint8Array,
  files: FileSystem = nodeFileSystem,
): Promise<Transfer> {
  const transfers = join(stateFolder, "transfers");
  await makePrivateFolder(transfers);
  for (;;) {
    const id = randomBytes(16).toString("hex");
    const path = join(transfers, id);
    await onDisk(path, async () => {
      await files.mkdir(path, 0o700);
      await syncFolder(files, transfers);
    });
    // Somebody who tidies up may have been faster.
    const lock = await takeLock(join(path, OWNER), files).catch(ifGone);
    if (lock !== undefined && lock !== "gone") return loadTransfer(files, path, key, lock);
  }
}

/** Takes up a transfer of the list. @throws E_DISK, E_PERMISSION */
export async function openTransfer(
  stateFolder: string,
  id: string,
  key: Uint8Array,
  files: FileSystem = nodeFileSystem,
): Promise<OpenedTransfer> {
  const transfers = join(stateFolder, "transfers");
  const path = join(transfers, id);
  if (!ID.test(id) || (await onDisk(path, () => lookAt(files, path))) === undefined)
    return { kind: "missing" };
  const lock = await takeLock(join(path, OWNER), files).catch(ifGone);
  if (lock === "gone") return { kind: "missing" };
  if (lock === undefined) return { kind: "running" };
  try {
    const transfer = await loadTransfer(files, path, key, lock);
    if (transfer.document !== undefined) return { kind: "opened", transfer };
    await transfer.close();
    return { kind: "missing" };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** All transfers with a document of this version, oldest first. */
export async function listTransfers(
  stateFolder: string,
  files: FileSystem = nodeFileSystem,
): Promise<ListedTransfer[]> {
  const transfers = join(stateFolder, "transfers");
  const listed: ListedTransfer[] = [];
  for (const name of await namesIn(files, transfers)) {
    if (!ID.test(name)) continue;
    const path = join(transfers, name);
    const document = await onDisk(path, () => readDocument(files, path)).catch(() => undefined);
    if (document?.id !== name) continue;
    const sizes = await readSizes(files, path);
    listed.push({ document, sizes, running: await lockHolder(join(path, OWNER), files) });
  }
  return listed.sort((one, other) => one.document.createdAt - other.document.createdAt);
}

/**
 * Removes a transfer that no program has open, with a receiver's partial files; what was
 * published stays. False when it is running.
 */
export async function forgetTransfer(
  stateFolder: string,
  id: string,
  files: FileSystem = nodeFileSystem,
): Promise<boolean> {
  const opened = await openTransfer(stateFolder, id, NO_KEY, files);
  if (opened.kind === "opened") await opened.transfer.forget();
  return opened.kind !== "running";
}

/**
 * Forgets the transfers that nothing was done for in `keepForMs`, nor in what their own last
 * run was told, and clears away what ended programs left of others. Gives the ids of those
 * of which nothing is left. Whoever asks has something else to do: what cannot be removed in a
 * target (a disk that fails, a folder that is another user's now) is let go.
 * @param now wall clock, milliseconds since 1970
 */
export async function expireTransfers(
  stateFolder: string,
  keepForMs: number,
  now: number,
  files: FileSystem = nodeFileSystem,
): Promise<string[]> {
  await clearAway(join(stateFolder, "transfers"), files);
  const expired: string[] = [];
  const isOver = (document: TransferDocument) =>
    now - document.touchedAt >= Math.max(keepForMs, document.keepForMs);
  for (const { document, running } of await listTransfers(stateFolder, files)) {
    if (running !== undefined || !isOver(document)) continue;
    const opened = await openTransfer(stateFolder, document.id, NO_KEY, files);
    if (opened.kind !== "opened") continue;
    // Some program may have gone on with it in between.
    if (isOver(opened.transfer.document ?? document)) {
      const told = () => expired.push(document.id);
      await opened.transfer.forget().then(told, () => undefined);
    } else await opened.transfer.close();
  }
  return expired;
}

/** Folders that are half removed, and those whose program ended before it saved anything. */
async function clearAway(transfers: string, files: FileSystem): Promise<void> {
  for (const name of await namesIn(files, transfers)) {
    const path = join(transfers, name);
    if (name.startsWith(REMOVED)) await removeTransfer(files, path);
    else if (ID.test(name) && (await isEmptyShell(files, path))) await removeShell(files, path);
  }
}

async function isEmptyShell(files: FileSystem, path: string): Promise<boolean> {
  return (await lookAt(files, join(path, "transfer.json"))) === undefined;
}

async function removeShell(files: FileSystem, path: string): Promise<void> {
  const lock = await takeLock(join(path, OWNER), files).catch(ifGone);
  if (lock === undefined || lock === "gone") return;
  if (await isEmptyShell(files, path)) await removeTransfer(files, path);
  else await lock.release();
}

/** The folder is no more: it was forgotten since it was listed. */
function ifGone(error: unknown): "gone" {
  if (error instanceof SecureShareError && isCode(error.cause, "ENOENT")) return "gone";
  throw error;
}

async function namesIn(files: FileSystem, folder: string): Promise<string[]> {
  return onDisk(folder, async () => {
    try {
      return await files.readNames(folder);
    } catch (error) {
      if (isCode(error, "ENOENT")) return [];
      throw error;
    }
  });
}
