/** Notices when the worker answers no more: no event says that a browser has ended it. */

/** How often it is asked. Milliseconds. */
export const BEAT = 5_000;
/**
 * So many beats without a word from it are too many. They are counted and not timed, since a
 * computer that slept, or a tab that was frozen, makes one beat of all that it has missed.
 */
export const BEATS_MAX = 12;

export interface Pulse {
  /** Called every BEAT. */
  beat(): void;
  /** Any word from the worker. */
  heard(): void;
}

/**
 * @param ask has the worker say a word
 * @param changed called with whether it is silent: it may also have been busy, and come back
 */
export function createPulse(ask: () => void, changed: (silent: boolean) => void): Pulse {
  let unanswered = 0;
  return {
    beat() {
      if (unanswered === 0) ask();
      unanswered++;
      if (unanswered === BEATS_MAX) changed(true);
    },
    heard() {
      const silent = unanswered >= BEATS_MAX;
      unanswered = 0;
      if (silent) changed(false);
    },
  };
}
