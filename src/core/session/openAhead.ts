/**
 * Opens the next files while a small one is sent: opening takes several calls of the system,
 * which for small files is most of their time.
 */
import type { ItemSet } from "../files/itemSet";
import type { ItemReader, Source } from "../ports";

/** Items that are open and wait for their turn. */
const AHEAD_MAX = 8;
/** Behind a larger one nothing is opened: it would stay open for long. Bytes. */
const SMALL = 256 * 1024;

export interface OpenedAhead extends Source {
  /** Closes what was opened and not taken. */
  close(): Promise<void>;
}

/** The same source, for someone who opens accepted items in order, each from byte 0 on. */
export function openAhead(source: Source, accepted: ItemSet, signal: AbortSignal): OpenedAhead {
  const { manifest } = source;
  const waiting = new Map<number, Promise<ItemReader>>();
  let next = 0;
  /** Items before this one have been taken. */
  let taken = 0;
  let filling = false;
  let closed = false;

  const fill = async () => {
    if (filling) return;
    filling = true;
    try {
      while (waiting.size < AHEAD_MAX) {
        const index = accepted.next(next);
        if (index === undefined) return;
        next = index + 1;
        const item = await manifest.get(index);
        if (closed) return;
        // Taken while it was looked up: nobody would come for it again.
        if (index < taken || item.kind === "folder") continue;
        const opening = source.open(index, item, 0, signal);
        // Whoever takes it learns of its failure.
        opening.catch(() => {});
        waiting.set(index, opening);
      }
    } finally {
      filling = false;
    }
  };
  return {
    manifest,
    open(index, item, from, itsSignal) {
      const ready = from === 0 ? waiting.get(index) : undefined;
      const opening = ready ?? source.open(index, item, from, itsSignal);
      waiting.delete(index);
      taken = index + 1;
      next = Math.max(next, taken);
      // A page of the manifest that cannot be read is met by whoever comes to it.
      if (item.size <= SMALL && !closed) fill().catch(() => {});
      return opening;
    },
    async close() {
      closed = true;
      await Promise.allSettled([...waiting.values()].map(async (one) => (await one).close()));
    },
  };
}
