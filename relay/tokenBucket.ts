/**
 * Token buckets: `perMinute` tokens a minute, at most as many at once. A bucket may go
 * below zero, down to minus one minute's worth, when a charge is known only afterwards.
 */
const MINUTE = 60_000;

export class TokenBucket {
  private tokens: number;
  private filledAt: number;

  constructor(
    private readonly perMinute: number,
    now: number,
  ) {
    this.tokens = perMinute;
    this.filledAt = now;
  }

  /** Takes one token when there is one. */
  take(now: number): boolean {
    this.fill(now);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Takes `cost` tokens whether they are there or not. */
  charge(cost: number, now: number): void {
    this.fill(now);
    this.tokens = Math.max(this.tokens - cost, -this.perMinute);
  }

  /** A full bucket says nothing that a new one would not. */
  isFull(now: number): boolean {
    this.fill(now);
    return this.tokens >= this.perMinute;
  }

  private fill(now: number): void {
    const gained = ((now - this.filledAt) / MINUTE) * this.perMinute;
    this.tokens = Math.min(this.tokens + gained, this.perMinute);
    this.filledAt = now;
  }
}
