/** The one Clock of all hosts, from what each of them has. */
import type { Clock } from "./ports";

/** Longest delay that timers take; longer ones would fire at once. Milliseconds. */
const DELAY_MAX = 2 ** 31 - 1;

export interface Timers {
  /** As the Clock's. */
  readonly now: () => number;
  readonly wall: () => number;
  /** Calls `done` once, `ms` from now, unless the function that it gives is called first. */
  readonly after: (ms: number, done: () => void) => () => void;
  /** As the Clock's. */
  readonly turn: () => Promise<void>;
}

export function clockOf({ now, wall, after, turn }: Timers): Clock {
  return {
    now,
    wall,
    turn,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const abort = () => {
          stop();
          reject(signal.reason);
        };
        const stop = after(Math.min(ms, DELAY_MAX), () => {
          signal.removeEventListener("abort", abort);
          resolve();
        });
        signal.addEventListener("abort", abort, { once: true });
      }),
  };
}
