import { readFileSync } from "node:fs";
import type { Loop, Span } from "../../support/vscode/probeReports";

/** How often the loop is looked at. Milliseconds; the figures are what comes on top of it. */
const LOOK = 2;

interface Look {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** For how long the loop was held. */
  readonly held: number;
}

/**
 * For how long turns of this process's event loop last. Node's own histogram would hold the idle
 * time around a transfer too, in which a loop is looked at most often, and the time for which
 * the machine ran something else.
 */
export class LoopWatch {
  readonly #looks: Look[] = [];
  #timer: NodeJS.Timeout | undefined;

  start(): object {
    clearInterval(this.#timer);
    let before = performance.now();
    let waited = waitedForCore();
    this.#timer = setInterval(() => {
      const [now, waitedNow] = [performance.now(), waitedForCore()];
      const held = Math.max(0, now - before - LOOK - (waitedNow - waited));
      this.#looks.push({ at: Date.now(), held });
      [before, waited] = [now, waitedNow];
    }, LOOK);
    return {};
  }

  /** Of all that it saw between two times. */
  stop({ from, to }: Span): Loop {
    clearInterval(this.#timer);
    const seen = this.#looks.splice(0).filter(({ at }) => from <= at && at <= to);
    const held = seen.map(({ held }) => held).sort((one, other) => one - other);
    const percentile = (share: number) => held[Math.ceil(held.length * share) - 1] ?? 0;
    return { looks: held.length, p50: percentile(0.5), p99: percentile(0.99), max: percentile(1) };
  }
}

/** For how long the main thread could have run and had no core. Milliseconds; proc(5), schedstat. */
function waitedForCore(): number {
  const [, nanoseconds] = readFileSync("/proc/self/schedstat", "utf8").split(" ");
  return Number(nanoseconds) / 1e6;
}
