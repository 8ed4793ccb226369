/** Progress at most ten times a second, and once more at the end. */
import type { OfferItem } from "../files/manifest";
import type { Clock } from "../ports";
import type { SessionEvent } from "./events";

const INTERVAL = 100;

type Latest = Omit<Required<Extract<SessionEvent, { kind: "progress" }>>, "kind" | "totalBytes">;

export class Progress {
  #last = -Infinity;
  #shown = -1;
  #latest: Latest = { bytes: 0, item: 0, path: "", itemBytes: 0, itemTotal: 0 };

  constructor(
    private readonly clock: Clock,
    private total: number,
    private readonly tell: (event: SessionEvent) => void,
  ) {}

  get totalBytes(): number {
    return this.total;
  }

  resize(by: number): void {
    this.total += by;
  }

  /** `bytes` of all items have moved, and `itemBytes` of this one. */
  at(bytes: number, index: number, { path, size }: OfferItem, itemBytes: number): void {
    this.#latest = { bytes, item: index, path, itemBytes, itemTotal: size };
    if (this.clock.now() - this.#last >= INTERVAL) this.flush();
  }

  flush(): void {
    if (this.#latest.bytes === this.#shown) return;
    this.#last = this.clock.now();
    this.#shown = this.#latest.bytes;
    this.tell({ kind: "progress", totalBytes: this.total, ...this.#latest });
  }
}
