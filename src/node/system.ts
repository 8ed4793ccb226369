/** Node's clock, random bytes and SHA-256. */
import { createHash, type Hash as NodeHash, randomBytes } from "node:crypto";
import type { Clock, Hash, Hasher, Random } from "../core/ports";

/** Longest delay that a Node timer takes; longer ones would fire at once. */
const TIMER_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const abort = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(
        () => {
          signal.removeEventListener("abort", abort);
          resolve();
        },
        Math.min(ms, TIMER_MAX),
      );
      signal.addEventListener("abort", abort, { once: true });
    }),
};

export const systemRandom: Random = { bytes: (length) => Uint8Array.from(randomBytes(length)) };

function hasherOf(hash: NodeHash): Hasher {
  return {
    update: (bytes) => void hash.update(bytes),
    copy: () => hasherOf(hash.copy()),
    digest: () => hash.digest(),
  };
}

export const nodeHash: Hash = { sha256: () => hasherOf(createHash("sha256")) };
