import { createInterface, type Interface } from "node:readline";
import type { Readable } from "node:stream";

/** Lines of standard input, read only while somebody asks. */
export interface Lines {
  /** The next line; `undefined` at the end. Rejects with the signal's reason. */
  next(signal: AbortSignal): Promise<string | undefined>;
  /** Forgets lines that were typed before the question that follows. */
  discardPending(): void;
  close(): void;
}

interface Waiting {
  settle(line: string | undefined): void;
}

export function readLines(input: Readable): Lines {
  const pending: string[] = [];
  let reader: Interface | undefined;
  let ended = false;
  let waiting: Waiting | undefined;

  const deliver = (line: string | undefined) => {
    const taker = waiting;
    waiting = undefined;
    if (taker !== undefined) taker.settle(line);
    else if (line !== undefined) pending.push(line);
  };
  const open = () => {
    // Not as a terminal: Ctrl-C must stay a signal, and the shell's own editing is kept.
    const opened = createInterface({ input, terminal: false });
    opened.on("line", deliver);
    opened.on("close", () => {
      ended = true;
      deliver(undefined);
    });
    return opened;
  };

  return {
    async next(signal) {
      signal.throwIfAborted();
      const line = pending.shift();
      if (line !== undefined || ended) return line;
      return new Promise((resolve, reject) => {
        const abort = () => {
          waiting = undefined;
          reject(signal.reason as Error);
        };
        signal.addEventListener("abort", abort, { once: true });
        waiting = {
          settle(next) {
            signal.removeEventListener("abort", abort);
            resolve(next);
          },
        };
        reader ??= open();
      });
    },
    discardPending() {
      pending.length = 0;
    },
    close() {
      ended = true;
      reader?.close();
    },
  };
}
