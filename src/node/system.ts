/** Node's clock, random bytes and SHA-256. */
import { createHash, randomBytes } from "node:crypto";
import type { Clock, Hash, Random } from "../core/ports";

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

export const nodeHash: Hash = {
  sha256() {
    const hash = createHash("sha256");
    return {
      update: (bytes) => void hash.update(bytes),
      digest: () => hash.digest(),
    };
  },
};
