/** Where this browser lets us keep what arrives, until it is saved. */
import { type CreateStore, MEMORY_MAX, memoryStores, privateStores } from "./files/store";

/** Folders and locks of ours in the origin's file system. */
const PREFIX = "secureshare-";

export interface Place {
  readonly createStore: CreateStore;
  /** Most bytes; `undefined` where the disk sets the limit. */
  readonly max: number | undefined;
}

/** The origin's private file system where there is one, else memory. */
export async function findPlace(): Promise<Place> {
  try {
    return { createStore: privateStores(await ownFolder()), max: undefined };
  } catch {
    return { createStore: memoryStores(), max: MEMORY_MAX };
  }
}

/** A folder for this tab, locked for as long as it lives; what dead tabs left is removed. */
async function ownFolder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const name = PREFIX + crypto.randomUUID();
  await lock(name);
  const { held = [] } = await navigator.locks.query();
  const alive = new Set(held.map((each) => each.name));
  for await (const other of root.keys())
    if (other.startsWith(PREFIX) && !alive.has(other))
      await root.removeEntry(other, { recursive: true });
  return root.getDirectoryHandle(name, { create: true });
}

/** Settles when the lock is ours; it is never given back. */
function lock(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const hold = () => {
      resolve();
      return new Promise<never>(() => {});
    };
    navigator.locks.request(name, hold).catch(reject);
  });
}
