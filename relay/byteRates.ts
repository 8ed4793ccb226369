/** Bytes a second from one address: whoever is ahead of its rate is not read for a while. */
import { networkOf } from "./address";
import type { RelayLimitOptions } from "./options";
import { TokenBucket } from "./tokenBucket";

export type ByteRateLimits = Pick<RelayLimitOptions, "bytesPerSecond" | "addressesPerNetwork">;

export class ByteRates {
  private readonly buckets = new Map<string, TokenBucket>();

  /** Without a rate (0) nothing is counted and nobody ever waits. */
  constructor(
    private readonly limits: ByteRateLimits,
    private readonly now: () => number,
  ) {}

  /** Counts bytes that were read; answers with the milliseconds until more may be. */
  spend(address: string, bytes: number): number {
    if (this.limits.bytesPerSecond === 0) return 0;
    const now = this.now();
    const waits = this.bucketsOf(address).map((bucket) => {
      bucket.charge(bytes, now);
      return bucket.owes(now);
    });
    return Math.max(...waits);
  }

  /** Forgets addresses that have saved up all they can. */
  sweep(): void {
    const now = this.now();
    for (const [key, bucket] of this.buckets) if (bucket.isFull(now)) this.buckets.delete(key);
  }

  private bucketsOf(address: string): readonly TokenBucket[] {
    const network = networkOf(address);
    const own = this.bucket(address, 1);
    return network === undefined
      ? [own]
      : [own, this.bucket(network, this.limits.addressesPerNetwork)];
  }

  /** What is read at once may cost more than a second's worth, so the debt has no bottom. */
  private bucket(key: string, addresses: number): TokenBucket {
    const known = this.buckets.get(key);
    if (known !== undefined) return known;
    const perSecond = this.limits.bytesPerSecond * addresses;
    const debt = Number.POSITIVE_INFINITY;
    const bucket = new TokenBucket({ perSecond, capacity: perSecond, debt }, this.now());
    this.buckets.set(key, bucket);
    return bucket;
  }
}
