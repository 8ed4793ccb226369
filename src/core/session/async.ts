/** The few shapes of waiting that the session needs. */
import { SecureShareError } from "../errors";
import type { Clock } from "../ports";

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((ok, no) => {
    resolve = ok;
    reject = no;
  });
  // Nobody may be waiting yet when it is rejected; whoever waits later still sees it.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** `promise`, or a rejection with the signal's reason as soon as it aborts. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      promise.catch(() => {});
      abort();
      return;
    }
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** What `task` gives, or `undefined` after `ms`; `task` is told by its signal to stop then. */
export async function within<T>(
  clock: Clock,
  ms: number,
  outer: AbortSignal,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  outer.throwIfAborted();
  if (ms === Infinity) return task(outer);
  const controller = new AbortController();
  const abort = () => controller.abort(outer.reason);
  outer.addEventListener("abort", abort, { once: true });
  const timer = clock.sleep(Math.max(0, ms), controller.signal).then(() => undefined);
  try {
    return await Promise.race([task(controller.signal), timer]);
  } finally {
    outer.removeEventListener("abort", abort);
    timer.catch(() => {});
    controller.abort(new Error("settled"));
  }
}

/**
 * Runs `main` beside `background`. The first failure of either, or the outer signal, aborts
 * the scope that both wait on, and is what this rejects with. `end` is called when `main`
 * has settled, to make `background` end; both have settled when this does.
 */
export async function together<T>(
  outer: AbortSignal,
  main: (scope: AbortSignal) => Promise<T>,
  background: (scope: AbortSignal) => Promise<void>,
  end: (error: unknown) => Promise<void>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(outer.reason);
  outer.addEventListener("abort", abort, { once: true });
  if (outer.aborted) abort();
  const beside = background(controller.signal).catch((error: unknown) => controller.abort(error));
  let failure: unknown;
  try {
    return await main(controller.signal);
  } catch (error) {
    // What aborted the scope is the cause; a failure of its own that main found, stays.
    const ours = error instanceof SecureShareError || !controller.signal.aborted;
    failure = ours ? error : controller.signal.reason;
    throw failure;
  } finally {
    outer.removeEventListener("abort", abort);
    await end(failure);
    await beside;
  }
}

/** What `main` gives, unless `other` rejects first: then that, and `main` is told to stop. */
export function unless<T>(
  outer: AbortSignal,
  other: Promise<unknown>,
  main: (scope: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = deferred<void>();
  const background = async () => {
    await Promise.race([over.promise, other]);
  };
  return together(outer, main, background, async () => over.resolve());
}
