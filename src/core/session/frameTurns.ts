import type { Clock } from "../ports";

/** Frames between two turns of the event loop: of the smallest, one record holds thousands. */
const FRAMES_IN_TURN = 1024;

/**
 * Counts the frames that a reader has taken. Where it gives a promise, that is to be waited for:
 * what else waits in this program has its turn, however many frames come at once.
 */
export function frameTurns(clock: Clock): (taken: number) => Promise<void> | undefined {
  let left = FRAMES_IN_TURN;
  return (taken) => {
    left -= taken;
    if (left > 0) return undefined;
    left = FRAMES_IN_TURN;
    return clock.turn();
  };
}
