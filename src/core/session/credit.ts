/** Flow control: CREDIT counts record plaintext, of all kinds, from the epoch's start. */
import { SecureShareError } from "../errors";
import { abortable, type Deferred, deferred } from "./async";

/** What S may send before the first CREDIT, and R's window to begin with. Bytes. */
const CREDIT_START = 8 * 1024 * 1024;
/** R's largest window: 1 Gbit/s at half a second. Relays expect no more of a tail. Bytes. */
const CREDIT_MAX = 64 * 1024 * 1024;

/** S's side: waits until the receiver has room. */
export class CreditGate {
  #granted = CREDIT_START;
  #waiting: Deferred<void> | undefined;

  /** @throws E_PROTOCOL when credit shrinks */
  grant(total: number): void {
    if (total < this.#granted)
      throw new SecureShareError("E_PROTOCOL", { reason: "credit shrank" });
    this.#granted = total;
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  /** Settles when `total` bytes may have been sent. */
  async reach(total: number, signal: AbortSignal): Promise<void> {
    while (total > this.#granted) {
      this.#waiting ??= deferred<void>();
      await abortable(this.#waiting.promise, signal);
    }
  }
}

/**
 * R's side: what has left memory, and when to say so. What S sends beyond its credit waits
 * in the connection: R reads only as fast as its few buffers come free. So the window costs
 * no memory, and it doubles with each window of bytes that has left: a long fat link is full
 * soon, while a peer that takes nothing in gets no more.
 */
export class CreditAccount {
  readonly #max: number;
  #freed = 0;
  #granted = CREDIT_START;
  #window = CREDIT_START;
  #grownAt = 0;

  /** `readsAhead`: as the Dialer's; its memory is bounded by credit alone, which then stays. */
  constructor(readsAhead: boolean) {
    this.#max = readsAhead ? CREDIT_START : CREDIT_MAX;
  }

  /** Counts a record that left memory; the new grant when it is worth a word. */
  free(bytes: number): number | undefined {
    this.#freed += bytes;
    if (this.#freed - this.#grownAt >= this.#window && this.#window < this.#max) {
      this.#window *= 2;
      this.#grownAt = this.#freed;
    }
    const grant = this.#freed + this.#window;
    if (grant - this.#granted < this.#window / 4) return undefined;
    this.#granted = grant;
    return grant;
  }
}
