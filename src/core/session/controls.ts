/** What a user may do to a running transfer besides answering its questions. */
export class TransferControls {
  #paused = false;
  readonly #relays: string[] = [];
  readonly #listeners = new Set<() => void>();

  /** This side's user wants nothing to move for now. */
  get paused(): boolean {
    return this.#paused;
  }

  setPaused(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.#tell();
  }

  /** Relays that the user named after a drop, because the other side's address changed. */
  get relays(): readonly string[] {
    return this.#relays;
  }

  addRelay(relay: string): void {
    if (this.#relays.includes(relay)) return;
    this.#relays.push(relay);
    this.#tell();
  }

  /** Calls `listener` at every change, until the function that this returns is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
