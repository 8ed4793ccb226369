/** Where a transfer's files lie until the user saves them: on the origin's own disk, or in memory. */

/** One file of a store; bytes come in order. Both that write throw a QuotaExceededError. */
interface StoredFile {
  /** `bytes` may be reused once it returns. */
  append(bytes: Uint8Array): void;
  /** Nothing more comes; all of it stands in the store. */
  finish(): void;
  /** Once the store is closed. @throws an InvalidStateError before, and where closing failed */
  blob(): Blob;
}

export interface Store {
  /** Bytes that it can still take: `wanted` at least where it can take as many. */
  free(wanted: number): Promise<number>;
  /** Room for a file; `size` is as long as it may become, `undefined` when it comes last. */
  open(size: number | undefined): StoredFile;
  /** Nothing more is written. */
  close(): Promise<void>;
  /** Gives the space back; blobs end with it. */
  remove(): Promise<void>;
}

/** Made once for each transfer, and once for its archive. */
export type CreateStore = () => Promise<Store>;

/** Smaller pieces of a file are written together. Bytes. */
const SMALL = 64 * 1024;

/** Writes behind each other from `at` on, in pieces that are worth a call. */
function gathered(access: FileSystemSyncAccessHandle, size: number, at: number) {
  const small = new Uint8Array(Math.min(size, SMALL));
  let [filled, end] = [0, at];
  const put = (bytes: Uint8Array) => {
    if (access.write(bytes, { at: end }) < bytes.length)
      throw new DOMException("disk full", "QuotaExceededError");
    end += bytes.length;
  };
  const finish = () => {
    if (filled > 0) put(small.subarray(0, filled));
    filled = 0;
  };
  const append = (bytes: Uint8Array) => {
    if (filled + bytes.length > small.length) finish();
    if (bytes.length >= small.length) return put(bytes);
    small.set(bytes, filled);
    filled += bytes.length;
  };
  return { append, finish, end: () => end };
}

/**
 * Whether an empty file may grow to `size`. Chromium says of every disk that it has 10 GiB
 * left, lest pages tell their visitors apart by it, but judges a length by what there is.
 */
function canHold(access: FileSystemSyncAccessHandle, size: number): boolean {
  try {
    access.truncate(size);
    const grown = access.getSize() === size;
    access.truncate(0);
    return grown;
  } catch {
    return false;
  }
}

/**
 * All files of a transfer behind each other in one file of the origin's private file system:
 * twenty thousand small ones then cost no more than a large one.
 * @param openFolder gives the tab's folder, which is made anew where a user has cleared it away
 */
export function privateStores(openFolder: () => Promise<FileSystemDirectoryHandle>): CreateStore {
  let count = 0;
  return async () => {
    const folder = await openFolder();
    const name = String(count++);
    const handle = await folder.getFileHandle(name, { create: true });
    const access = await handle.createSyncAccessHandle();
    let [end, open] = [0, true];
    let content: Blob | undefined;
    const close = async () => {
      if (!open) return;
      open = false;
      access.close();
      content = await handle.getFile();
    };
    return {
      async free(wanted) {
        const { quota = 0, usage = 0 } = await navigator.storage.estimate();
        const said = Math.max(0, quota - usage);
        return wanted > said && canHold(access, wanted) ? wanted : said;
      },
      open(size) {
        const start = end;
        const { append, finish, end: written } = gathered(access, size ?? SMALL, start);
        if (size !== undefined) end += size;
        const blob = () => {
          if (content === undefined) throw new DOMException("not closed", "InvalidStateError");
          return content.slice(start, written());
        };
        return { append, finish, blob };
      },
      close,
      async remove() {
        await close();
        await folder.removeEntry(name);
      },
    };
  };
}

/** What a tab may hold without a disk. Blobs lie outside of its own memory, but not far. */
export const MEMORY_MAX = 512 * 1024 * 1024;
/** Bytes that become a blob together. */
const PIECE = 4 * 1024 * 1024;

/** In memory, where a context that is not secure has no disk. */
export function memoryStores(): CreateStore {
  let used = 0;
  return async () => {
    let held = 0;
    const take = (bytes: number) => {
      if (used + bytes > MEMORY_MAX) throw new DOMException("memory", "QuotaExceededError");
      used += bytes;
      held += bytes;
    };
    return {
      free: async () => MEMORY_MAX - used,
      open: () => memoryFile(take),
      close: async () => {},
      async remove() {
        used -= held;
        held = 0;
      },
    };
  };
}

function memoryFile(take: (bytes: number) => void): StoredFile {
  let blobs: Blob[] = [];
  let piece = new Uint8Array(0);
  let length = 0;
  const settle = () => {
    blobs = [...blobs, new Blob([piece.subarray(0, length)])];
    length = 0;
  };
  return {
    append(bytes) {
      take(bytes.length);
      for (let at = 0; at < bytes.length; ) {
        if (piece.length === 0) piece = new Uint8Array(PIECE);
        const part = bytes.subarray(at, at + piece.length - length);
        piece.set(part, length);
        length += part.length;
        at += part.length;
        if (length === piece.length) settle();
      }
    },
    finish() {
      if (length > 0) settle();
      piece = new Uint8Array(0);
    },
    blob: () => new Blob(blobs),
  };
}
