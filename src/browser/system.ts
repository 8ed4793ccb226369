/** A browser's clock, random bytes and locks, and a spool that lives as long as the tab. */
import { clockOf } from "../core/clock";
import type { Clock, Random, Spool } from "../core/ports";

/** Most that one call gives (Web Cryptography, `getRandomValues`). */
const RANDOM_MAX = 65_536;

export const browserClock: Clock = clockOf({
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (ms, done) => {
    const timer = setTimeout(done, ms);
    return () => clearTimeout(timer);
  },
  turn: () => new Promise((done) => setTimeout(done)),
});

export const browserRandom: Random = {
  bytes(length) {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += RANDOM_MAX)
      crypto.getRandomValues(bytes.subarray(at, at + RANDOM_MAX));
    return bytes;
  },
};

/** Runs tasks of all tabs that this relay's page is open in, one after the other. */
export async function exclusively<T>(task: () => Promise<T>): Promise<T> {
  return await navigator.locks.request("secureshare naming", task);
}

/** An offer's pages in memory; the offer's own limit bounds them. */
export function memorySpool(): Spool {
  let bytes = new Uint8Array(0);
  let length = 0;
  return {
    async append(more) {
      if (length + more.length > bytes.length) {
        const grown = new Uint8Array(2 * (length + more.length));
        grown.set(bytes.subarray(0, length));
        bytes = grown;
      }
      bytes.set(more, length);
      length += more.length;
    },
    read: async (offset, count) => bytes.slice(offset, Math.min(offset + count, length)),
    async dispose() {
      bytes = new Uint8Array(0);
      length = 0;
    },
  };
}
