/** Plaintext buffers of the receiver: their number bounds what waits to be written. */
import { RECORD_PLAINTEXT } from "../wire/limits";

const BUFFERS = 16;

export class BufferPool {
  readonly #free: Uint8Array[] = [];
  readonly #waiting: ((buffer: Uint8Array) => void)[] = [];
  #made = 0;

  /** A buffer of RECORD_PLAINTEXT bytes, as soon as one is free. */
  acquire(): Promise<Uint8Array> {
    const free = this.#free.pop();
    if (free !== undefined) return Promise.resolve(free);
    if (this.#made < BUFFERS) {
      this.#made++;
      return Promise.resolve(new Uint8Array(RECORD_PLAINTEXT));
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(buffer: Uint8Array): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next(buffer);
  }
}
