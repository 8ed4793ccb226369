import { Disposable } from "./disposable";

/** Timers, as the platform has them; tests give their own. */
export interface Timers {
  set(callback: () => void, ms: number): unknown;
  clear(timer: unknown): void;
}

const PLATFORM_TIMERS: Timers = {
  set: (callback, ms) => setTimeout(callback, ms),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** Calls `action` at once when asked, but at most once in `intervalMs`; the last call counts. */
export class Coalesced extends Disposable {
  #timer: unknown;
  #again = false;

  constructor(
    private readonly action: () => void,
    private readonly intervalMs: number,
    private readonly timers: Timers = PLATFORM_TIMERS,
  ) {
    super();
    this.register({ dispose: () => this.timers.clear(this.#timer) });
  }

  request(): void {
    if (this.disposed) return;
    this.#again = true;
    if (this.#timer === undefined) this.#fire();
  }

  #fire(): void {
    this.#timer = undefined;
    if (!this.#again || this.disposed) return;
    this.#again = false;
    this.#timer = this.timers.set(() => this.#fire(), this.intervalMs);
    this.action();
  }
}
