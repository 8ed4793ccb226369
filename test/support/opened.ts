/** What a test has opened, closed again whatever became of the test. */

interface Closable {
  close(): Promise<unknown>;
}

export class Opened {
  readonly #closing: (() => Promise<unknown>)[] = [];

  /** `opened` is closed by `close`, before what was added before it. */
  add<T extends Closable>(opened: T): T {
    this.#closing.push(() => opened.close());
    return opened;
  }

  /** Judged by `close`, before what was added before it is closed. */
  check(judge: () => Promise<void>): void {
    this.#closing.push(judge);
  }

  /** Closes all of it. @throws the first error, once the rest is closed too */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closing.splice(0).toReversed())
      await close().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }
}
