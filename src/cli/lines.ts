import { createInterface, type Interface } from "node:readline";
import type { Readable } from "node:stream";

/** Lines of standard input, read only while somebody asks or listens. */
export interface Lines {
  /** The next line; `undefined` at the end. Rejects with the signal's reason. */
  next(signal: AbortSignal): Promise<string | undefined>;
  /**
   * Reads from now on. `take` gets every line first and says whether it was meant for it;
   * `asked`: somebody waits for the line as an answer.
   */
  listen(take: (line: string, asked: boolean) => boolean): void;
  /** Forgets lines that were typed before the question that follows. */
  discardPending(): void;
  close(): void;
}

interface Waiting {
  settle(line: string | undefined): void;
}

/** More lines ahead of their questions stay in the stream. */
const PENDING_MAX = 100;

export function readLines(input: Readable): Lines {
  const pending: string[] = [];
  let reader: Interface | undefined;
  let ended = false;
  let waiting: Waiting | undefined;
  let listener: (line: string, asked: boolean) => boolean = () => false;

  const deliver = (line: string | undefined) => {
    if (line !== undefined && listener(line, waiting !== undefined)) return;
    const taker = waiting;
    waiting = undefined;
    if (taker !== undefined) taker.settle(line);
    else if (line !== undefined) pending.push(line);
    if (pending.length >= PENDING_MAX && !ended) reader?.pause();
  };
  const open = () => {
    // Not as a terminal: Ctrl-C must stay a signal, and the shell's own editing is kept.
    const opened = createInterface({ input, terminal: false });
    opened.on("line", deliver);
    // A terminal that is gone may end in an error (EIO), which is an end like any other.
    opened.on("error", () => opened.close());
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
        reader.resume();
      });
    },
    listen(take) {
      listener = take;
      if (!ended) reader ??= open();
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
