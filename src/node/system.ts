/** Node's clock, random bytes and SHA-256. */
import { createHash, type Hash as NodeHash, randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { clockOf } from "../core/clock";
import type { Clock, Hash, Hasher, Random } from "../core/ports";

export const systemClock: Clock = clockOf({
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (ms, done) => {
    const timer = setTimeout(done, ms);
    return () => clearTimeout(timer);
  },
  turn: () => setImmediate(),
});

export const systemRandom: Random = { bytes: (length) => Uint8Array.from(randomBytes(length)) };

function hasherOf(hash: NodeHash): Hasher {
  return {
    update: (bytes) => void hash.update(bytes),
    copy: () => hasherOf(hash.copy()),
    digest: () => hash.digest(),
  };
}

export const nodeHash: Hash = { sha256: () => hasherOf(createHash("sha256")) };
