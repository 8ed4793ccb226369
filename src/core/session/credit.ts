/** Flow control: CREDIT counts record plaintext, of all kinds, from the epoch's start. */
import { SecureShareError } from "../errors";
import { abortable, type Deferred, deferred } from "./async";

/** What S may send before the first CREDIT, and R's window. Bytes. */
const CREDIT_START = 8 * 1024 * 1024;

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
 * in the connection: R reads only as fast as its few buffers come free.
 */
export class CreditAccount {
  #freed = 0;
  #granted = CREDIT_START;

  /** Counts a record that left memory; the new grant when it is worth a word. */
  free(bytes: number): number | undefined {
    this.#freed += bytes;
    const grant = this.#freed + CREDIT_START;
    if (grant - this.#granted < CREDIT_START / 4) return undefined;
    this.#granted = grant;
    return grant;
  }
}
