import { SecureShareError } from "../core/errors";

/**
 * What Ctrl-C means: while the transfer still waits for people it is cancelled, once bytes
 * move it is interrupted.
 */
export class Interruption {
  readonly #controller = new AbortController();
  #moving = false;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Bytes move from now on. */
  moving(): void {
    this.#moving = true;
  }

  /**
   * Another signal, after the one that ended the run: true when its user does not want to wait
   * for the end. A terminal that closes may hang up more than once, and nobody is there then.
   */
  cutsShort(signal: NodeJS.Signals): boolean {
    return this.signal.aborted && signal !== "SIGHUP";
  }

  /** `reason`: for the log, such as the signal's name. */
  interrupt(reason: string): void {
    this.#controller.abort(
      this.#moving
        ? new SecureShareError("E_INTERRUPTED", { reason })
        : new SecureShareError("E_CANCELLED", { by: "us" }),
    );
  }
}
