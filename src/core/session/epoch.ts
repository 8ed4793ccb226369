/** One connection's share of a transfer, and what its end means for the transfer. */
import type { SecureShareError } from "../errors";
import { together } from "./async";
import type { Summary } from "./events";
import { isDrop } from "./outcome";
import { isLastWord, type Reading, watched } from "./parting";

/** One side's half of it. */
export interface Epoch {
  /** The main line. */
  run(scope: AbortSignal): Promise<Summary>;
  /** Takes what the other side sends until the channel ends. */
  read(): Promise<void>;
  /** Ends the channel, with a word to the other side. `reading`: what `read` has come to. */
  end(error: unknown, reading: Reading): Promise<void>;
}

/** A summary, or the drop that ended the epoch where another may follow: `keepForMs` above 0. */
export async function runEpoch(
  epoch: Epoch,
  life: AbortSignal,
  keepForMs: number,
): Promise<Summary | SecureShareError> {
  const { reading, run } = watched(() => epoch.read());
  try {
    return await together(
      life,
      (scope) => epoch.run(scope),
      run,
      (error) => epoch.end(error, reading),
    );
  } catch (error) {
    // A last word stands, though the program is stopped while it is said: the other side forgets.
    if (life.aborted && !(isDrop(life.reason) && isLastWord(error))) throw life.reason;
    if (isDrop(error) && keepForMs > 0) return error;
    throw error;
  }
}
