/** Bytes a second from one address: whoever is ahead of its rate is not read for a while. */
import { Budgets } from "./budgets";
import type { RelayLimitOptions } from "./options";

export type ByteRateLimits = Pick<RelayLimitOptions, "bytesPerSecond" | "addressesPerNetwork">;

export class ByteRates {
  /** `undefined` without a rate: nothing is counted and nobody ever waits. */
  private readonly budgets: Budgets | undefined;

  constructor({ bytesPerSecond, addressesPerNetwork }: ByteRateLimits, now: () => number) {
    if (bytesPerSecond === 0) return;
    // What is read at once may cost more than a second's worth, so the debt has no bottom.
    const debt = Number.POSITIVE_INFINITY;
    const shape = { perSecond: bytesPerSecond, capacity: bytesPerSecond, debt };
    this.budgets = new Budgets(shape, addressesPerNetwork, now);
  }

  /** Counts bytes that were read; answers with the milliseconds until more may be. */
  spend(address: string, bytes: number): number {
    this.budgets?.charge(address, bytes);
    return this.budgets?.owes(address) ?? 0;
  }

  /** Forgets addresses that have saved up all they can. */
  sweep(): void {
    this.budgets?.sweep();
  }
}
