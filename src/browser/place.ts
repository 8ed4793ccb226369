/** Where this browser lets us keep what arrives, until it is saved. */
import { type CreateStore, MEMORY_MAX, memoryStores, privateStores } from "./files/store";

/** Folders and locks of ours in the origin's file system. */
const PREFIX = "secureshare-";

export interface Place {
  readonly createStore: CreateStore;
  /** Most bytes; `undefined` where the disk sets the limit. */
  readonly max: number | undefined;
}

/** What a browser gives us for it; insecure contexts have neither, whatever the types say. */
interface Given {
  readonly storage: StorageManager;
  readonly locks: LockManager;
}

/** The origin's private file system where there is one, else memory. */
export async function findPlace(given: Given): Promise<Place> {
  try {
    const openFolder = await ownFolder(given);
    // What fails here would fail at the first transfer.
    await openFolder();
    return { createStore: privateStores(openFolder), max: undefined };
  } catch {
    return { createStore: memoryStores(), max: MEMORY_MAX };
  }
}

/** Opens a folder for this tab, locked for as long as it lives; what dead tabs left is removed. */
async function ownFolder({
  storage,
  locks,
}: Given): Promise<() => Promise<FileSystemDirectoryHandle>> {
  const name = PREFIX + crypto.randomUUID();
  await lock(locks, name);
  await removeDead(await storage.getDirectory(), locks);
  return async () => (await storage.getDirectory()).getDirectoryHandle(name, { create: true });
}

/**
 * A tab has its lock before its folder. So folders are looked for first, and locks then: what
 * has none is of a tab that is gone, and not of one that begins at this moment.
 */
async function removeDead(root: FileSystemDirectoryHandle, locks: LockManager): Promise<void> {
  const found: string[] = [];
  for await (const name of root.keys()) if (name.startsWith(PREFIX)) found.push(name);
  const { held = [] } = await locks.query();
  const alive = new Set(held.map(({ name }) => name));
  for (const name of found)
    if (!alive.has(name))
      // Another tab may be about it, or the browser not yet done with the dead one: the next will.
      await root.removeEntry(name, { recursive: true }).catch(() => {});
}

/** Settles when the lock is ours; it is never given back. */
function lock(locks: LockManager, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const hold = () => {
      resolve();
      return new Promise<never>(() => {});
    };
    locks.request(name, hold).catch(reject);
  });
}
