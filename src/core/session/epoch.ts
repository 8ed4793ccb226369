/** One connection's share of a transfer, and what its end means for the transfer. */
import type { SecureShareError } from "../errors";
import { together } from "./async";
import type { Summary } from "./events";
import { isDrop } from "./outcome";

/** One side's half of it. */
export interface Epoch {
  /** The main line. */
  run(scope: AbortSignal): Promise<Summary>;
  /** Takes what the other side sends until the channel ends. */
  read(): Promise<void>;
  /** Ends the channel, with a word to the other side when `error` is our own. */
  end(error: unknown): Promise<void>;
}

/** A summary, or the drop that ended the epoch where another may follow: `keepForMs` above 0. */
export async function runEpoch(
  epoch: Epoch,
  life: AbortSignal,
  keepForMs: number,
): Promise<Summary | SecureShareError> {
  try {
    return await together(
      life,
      (scope) => epoch.run(scope),
      () => epoch.read(),
      (error) => epoch.end(error),
    );
  } catch (error) {
    life.throwIfAborted();
    if (isDrop(error) && keepForMs > 0) return error;
    throw error;
  }
}
