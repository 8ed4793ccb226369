/** Frames packed into full records, with padding up to a total that hides what they were. */
import { RECORD_PLAINTEXT } from "../wire/limits";
import type { Kind } from "./plaintext";
import { RecordBuilder } from "./plaintext";

/** Sends one record's plaintext; the buffer may be reused when it settles. */
export type SendRecord = (plaintext: Uint8Array) => Promise<void>;

export class PaddedStream {
  readonly #builder = new RecordBuilder();
  #flushed = 0;

  constructor(private readonly send: SendRecord) {}

  async write(kind: Kind, body: Uint8Array): Promise<void> {
    if (this.#builder.write(kind, body)) return;
    await this.#flush(RECORD_PLAINTEXT);
    if (!this.#builder.write(kind, body)) throw new RangeError("frame longer than a record");
  }

  /** Pads all that was written to `padded(bytes)`, in full records and a last one. */
  async finish(padded: (bytes: number) => number): Promise<void> {
    const total = padded(this.#flushed + this.#builder.length);
    while (this.#flushed < total)
      await this.#flush(Math.min(RECORD_PLAINTEXT, total - this.#flushed));
  }

  async #flush(length: number): Promise<void> {
    await this.send(this.#builder.padTo(length));
    this.#flushed += length;
    this.#builder.reset();
  }
}
