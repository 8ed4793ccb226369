import { setTimeout as sleep } from "node:timers/promises";

/** How long the first attempt may look for something, and the later ones at most. */
const GLANCE_MS = 1_000;
const LONG_GLANCE_MS = 8_000;
/** Between two attempts: one that fails at once is not made again at once. */
const PAUSE_MS = 50;

/**
 * Tries until an attempt succeeds: for what shows in a menu or a list only when that is opened
 * anew. An attempt that can wait for its condition itself is told for how many milliseconds:
 * longer each time, for a machine that is too slow for a glance.
 *
 * @throws the last attempt's error, once `limitMs` have passed
 */
export async function eventually<T>(
  limitMs: number,
  attempt: (glanceMs: number) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (let glanceMs = GLANCE_MS; ; glanceMs = Math.min(2 * glanceMs, LONG_GLANCE_MS)) {
    try {
      return await attempt(glanceMs);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
