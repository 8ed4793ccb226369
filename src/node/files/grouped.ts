/**
 * Group commit: while a task of some key is running, all who ask for that key share the next
 * run. So thousands of small files that are published side by side pay few folder flushes.
 */
export class Grouped {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  /** Settles once a run of `task` that began after this call has ended. */
  after(key: string, task: () => Promise<void>): Promise<void> {
    const waiting = this.#next.get(key);
    if (waiting !== undefined) return waiting;
    const next = this.#runAfterCurrent(key, task);
    this.#next.set(key, next);
    return next;
  }

  async #runAfterCurrent(key: string, task: () => Promise<void>): Promise<void> {
    // Its failure is told to those who asked for it.
    await this.#running.get(key)?.catch(() => undefined);
    this.#next.delete(key);
    const running = task();
    this.#running.set(key, running);
    try {
      await running;
    } finally {
      if (this.#running.get(key) === running) this.#running.delete(key);
    }
  }
}
