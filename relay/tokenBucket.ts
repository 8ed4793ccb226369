/**
 * Token buckets. A bucket may go below zero when a charge is known only afterwards: down to
 * minus its capacity, so that nobody is shut out for ever, unless told otherwise.
 */
export interface BucketShape {
  /** Tokens gained each second; may be a fraction. */
  readonly perSecond: number;
  /** The most tokens that are saved up, and what a new bucket holds. */
  readonly capacity: number;
  /** How far below zero it goes; the capacity by default. */
  readonly debt?: number;
}

const SECOND = 1_000;

export class TokenBucket {
  private tokens: number;
  private filledAt: number;

  /** `now` here and below: milliseconds since some fixed moment. */
  constructor(
    private readonly shape: BucketShape,
    now: number,
  ) {
    this.tokens = shape.capacity;
    this.filledAt = now;
  }

  /** Whether there is a token to take. */
  has(now: number): boolean {
    this.fill(now);
    return this.tokens >= 1;
  }

  /** Takes `cost` tokens whether they are there or not. */
  charge(cost: number, now: number): void {
    this.fill(now);
    const { capacity, debt = capacity } = this.shape;
    this.tokens = Math.max(this.tokens - cost, -debt);
  }

  /** Milliseconds until the debt is paid; 0 when there is none. */
  owes(now: number): number {
    this.fill(now);
    return this.tokens >= 0 ? 0 : (-this.tokens / this.shape.perSecond) * SECOND;
  }

  /** A full bucket says nothing that a new one would not. */
  isFull(now: number): boolean {
    this.fill(now);
    return this.tokens >= this.shape.capacity;
  }

  private fill(now: number): void {
    const { perSecond, capacity } = this.shape;
    const gained = ((now - this.filledAt) / SECOND) * perSecond;
    this.tokens = Math.min(this.tokens + gained, capacity);
    this.filledAt = now;
  }
}
