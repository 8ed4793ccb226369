/** Writes to a picked folder in large pieces: each costs a browser three messages and a blob. */
import type { Room } from "./room";

/** Bytes that are written together. */
const BATCH = 4 * 1024 * 1024;
/**
 * What the files of one transfer may hold between them: on a slow disk many that have arrived
 * are still being written. The last of them may wait for more to arrive; what is left beside
 * its two batches is for those before it, which have all that they need. Bytes.
 */
export const BATCHES_MAX = 8 * BATCH;

export interface Batches {
  /** Settles when `bytes` may be reused. */
  write(bytes: Uint8Array): Promise<void>;
  /** Settles when all is written and the file has its content. */
  close(): Promise<void>;
  abort(): Promise<void>;
}

/**
 * @param size of the whole file: small ones need no whole batch
 * @param room of BATCHES_MAX bytes; a file is in it from its first byte until its last is written
 */
export function batchesTo(
  writable: FileSystemWritableFileStream,
  size: number,
  room: Room,
): Batches {
  const length = Math.min(BATCH, size);
  const needed = size > BATCH ? 2 * BATCH : length;
  let batches: { filling: Uint8Array<ArrayBuffer>; other: Uint8Array<ArrayBuffer> } | undefined;
  let filled = 0;
  let writing: Promise<void> = Promise.resolve();
  const enter = async () => {
    await room.take(needed);
    batches = { filling: new Uint8Array(length), other: new Uint8Array(needed - length) };
    return batches;
  };
  const leave = () => {
    if (batches === undefined) return;
    batches = undefined;
    room.give(needed);
  };
  /** One batch is written while the next one fills. */
  const flush = async (held: NonNullable<typeof batches>) => {
    await writing;
    writing = writable.write(held.filling.subarray(0, filled));
    // Its failure is met by whoever waits for it next.
    writing.catch(() => {});
    [held.filling, held.other] = [held.other, held.filling];
    filled = 0;
  };
  const put = async (bytes: Uint8Array, held: NonNullable<typeof batches>) => {
    for (let at = 0; at < bytes.length; ) {
      if (filled === held.filling.length) await flush(held);
      const part = bytes.subarray(at, at + held.filling.length - filled);
      held.filling.set(part, filled);
      filled += part.length;
      at += part.length;
    }
  };
  return {
    async write(bytes) {
      const held = batches ?? (await enter());
      await put(bytes, held).catch((error: unknown) => {
        leave();
        throw error;
      });
    },
    async close() {
      try {
        if (batches !== undefined && filled > 0) await flush(batches);
        await writing;
      } finally {
        leave();
      }
      await writable.close();
    },
    abort: () => writable.abort().finally(leave),
  };
}
