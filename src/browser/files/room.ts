/** Memory that several writers share. */
export class Room {
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];

  /** `free`: bytes that there are, at least as many as anybody takes. */
  constructor(private free: number) {}

  /** Settles when `bytes` are the caller's: first come, first served. */
  take(bytes: number): Promise<void> {
    return new Promise((enter) => {
      this.#waiting.push({ bytes, enter });
      this.#serve();
    });
  }

  give(bytes: number): void {
    this.free += bytes;
    this.#serve();
  }

  #serve(): void {
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      if (first.bytes > this.free) return;
      this.#waiting.shift();
      this.free -= first.bytes;
      first.enter();
    }
  }
}
