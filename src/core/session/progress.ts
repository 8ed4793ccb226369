/** Progress at most ten times a second, and once more at the end. */
import type { Clock } from "../ports";
import type { SessionEvent } from "./events";

const INTERVAL = 100;

export class Progress {
  #last = -Infinity;
  #shown = -1;
  #latest: { bytes: number; item: number; path: string } = { bytes: 0, item: 0, path: "" };

  constructor(
    private readonly clock: Clock,
    private readonly totalBytes: number,
    private readonly tell: (event: SessionEvent) => void,
  ) {}

  at(bytes: number, item: number, path: string): void {
    this.#latest = { bytes, item, path };
    if (this.clock.now() - this.#last >= INTERVAL) this.flush();
  }

  flush(): void {
    if (this.#latest.bytes === this.#shown) return;
    this.#last = this.clock.now();
    this.#shown = this.#latest.bytes;
    this.tell({ kind: "progress", totalBytes: this.totalBytes, ...this.#latest });
  }
}
