import type { Loop, Span } from "../../support/vscode/probeReports";

/** How often the loop is looked at. Milliseconds; the figures are what comes on top of it. */
const LOOK = 2;

interface Look {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly late: number;
}

/**
 * By how much this process's event loop is late. Node's own histogram would hold the idle time
 * before and after a transfer too, in which a loop is looked at most often.
 */
export class LoopWatch {
  readonly #looks: Look[] = [];
  #timer: NodeJS.Timeout | undefined;

  start(): object {
    clearInterval(this.#timer);
    let before = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#looks.push({ at: Date.now(), late: Math.max(0, now - before - LOOK) });
      before = now;
    }, LOOK);
    return {};
  }

  /** Of all that it saw between two times. */
  stop({ from, to }: Span): Loop {
    clearInterval(this.#timer);
    const seen = this.#looks.splice(0).filter(({ at }) => from <= at && at <= to);
    const late = seen.map(({ late }) => late).sort((one, other) => one - other);
    const percentile = (share: number) => late[Math.ceil(late.length * share) - 1] ?? 0;
    return { looks: late.length, p50: percentile(0.5), p99: percentile(0.99), max: percentile(1) };
  }
}
