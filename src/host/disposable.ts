/** Anything that is closed once. `vscode.Disposable` fits. */
export interface Disposed {
  dispose(): unknown;
}

/** Owns what it registers, and closes it in the opposite order; late registrations at once. */
export abstract class Disposable implements Disposed {
  #owned: Disposed[] | undefined = [];

  protected register<T extends Disposed>(item: T): T {
    if (this.#owned === undefined) item.dispose();
    else this.#owned.push(item);
    return item;
  }

  get disposed(): boolean {
    return this.#owned === undefined;
  }

  /** Safe to call twice. */
  dispose(): void {
    const owned = this.#owned ?? [];
    this.#owned = undefined;
    for (const item of owned.toReversed()) item.dispose();
  }
}
