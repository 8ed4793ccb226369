/** Writes to a picked folder in large pieces: each costs a browser three messages and a blob. */

/** Bytes that are written together. */
const BATCH = 4 * 1024 * 1024;

export interface Batches {
  /** Settles when `bytes` may be reused. */
  write(bytes: Uint8Array): Promise<void>;
  /** Settles when all is written and the file has its content. */
  close(): Promise<void>;
  abort(): Promise<void>;
}

/** `size`: of the whole file, for small ones need no whole batch. */
export function batchesTo(writable: FileSystemWritableFileStream, size: number): Batches {
  const length = Math.min(BATCH, size);
  let batch = new Uint8Array(length);
  let other = new Uint8Array(size > BATCH ? BATCH : 0);
  let filled = 0;
  let writing: Promise<void> = Promise.resolve();
  /** One batch is written while the next one fills. */
  const flush = async () => {
    await writing;
    writing = writable.write(batch.subarray(0, filled));
    // Its failure is met by whoever waits for it next.
    writing.catch(() => {});
    [batch, other] = [other, batch];
    filled = 0;
  };
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length; ) {
        if (filled === batch.length) await flush();
        const part = bytes.subarray(at, at + batch.length - filled);
        batch.set(part, filled);
        filled += part.length;
        at += part.length;
      }
    },
    async close() {
      if (filled > 0) await flush();
      await writing;
      await writable.close();
    },
    abort: () => writable.abort(),
  };
}
