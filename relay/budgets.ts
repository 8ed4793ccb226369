/**
 * Token buckets by address. An IPv6 address draws on the bucket of its /64 and on that of the
 * /48 around it, which holds as much as several addresses have.
 */
import { networkOf } from "./address";
import { type BucketShape, TokenBucket } from "./tokenBucket";

/** Addresses remembered at once; newcomers beyond share one bucket. */
const ADDRESSES_MAX = 100_000;
const EVERYBODY_ELSE = "*";

export class Budgets {
  private readonly buckets = new Map<string, TokenBucket>();

  /** `shape` is one address's; `addressesPerNetwork` as in the limits. */
  constructor(
    private readonly shape: BucketShape,
    private readonly addressesPerNetwork: number,
    private readonly now: () => number,
  ) {}

  /** Takes one token of each bucket concerned, or none of any. */
  take(address: string): boolean {
    const now = this.now();
    const buckets = this.bucketsOf(address, now);
    if (!buckets.every((bucket) => bucket.has(now))) return false;
    for (const bucket of buckets) bucket.charge(1, now);
    return true;
  }

  /** Takes tokens whether they are there or not. */
  charge(address: string, cost: number): void {
    const now = this.now();
    for (const bucket of this.bucketsOf(address, now)) bucket.charge(cost, now);
  }

  /** Milliseconds until the address's debt is paid; 0 when there is none. */
  owes(address: string): number {
    const now = this.now();
    return Math.max(...this.bucketsOf(address, now).map((bucket) => bucket.owes(now)));
  }

  /** Forgets addresses whose buckets are whole again. */
  sweep(): void {
    const now = this.now();
    for (const [key, bucket] of this.buckets) if (bucket.isFull(now)) this.buckets.delete(key);
  }

  private bucketsOf(address: string, now: number): readonly TokenBucket[] {
    const network = networkOf(address);
    const own = this.bucket(address, 1, now);
    if (network === undefined) return [own];
    return [own, this.bucket(network, this.addressesPerNetwork, now)];
  }

  /** `addresses`: for how many single ones this bucket stands. */
  private bucket(key: string, addresses: number, now: number): TokenBucket {
    const known = this.buckets.get(key);
    if (known !== undefined) return known;
    if (this.buckets.size >= ADDRESSES_MAX && key !== EVERYBODY_ELSE)
      return this.bucket(EVERYBODY_ELSE, 1, now);
    const { perSecond, capacity, debt = capacity } = this.shape;
    const shape = {
      perSecond: perSecond * addresses,
      capacity: capacity * addresses,
      debt: debt * addresses,
    };
    const bucket = new TokenBucket(shape, now);
    this.buckets.set(key, bucket);
    return bucket;
  }
}

/** So many a minute, at most as many at once. */
export function perMinute(count: number): BucketShape {
  return { perSecond: count / 60, capacity: count };
}
