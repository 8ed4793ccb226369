/**
 * How often one address may join, and how often it is told why it may not. An IPv6 address
 * draws on the budget of its /64 and on that of the /48 around it.
 */
import { networkOf } from "./address";
import type { RelayLimitOptions } from "./options";
import { TokenBucket } from "./tokenBucket";

/** `refused` is worth an answer that the client can read, `flooding` only a cheap one. */
export type Admission = "admitted" | "refused" | "flooding";

export type AdmissionLimits = Pick<RelayLimitOptions, "joinsPerMinute" | "addressesPerNetwork">;

interface Budget {
  readonly joins: TokenBucket;
  readonly answers: TokenBucket;
}

/** Addresses remembered at once; newcomers beyond share one budget. */
const ADDRESSES_MAX = 100_000;
const EVERYBODY_ELSE = "*";
const MINUTE_SECONDS = 60;

/** One token of each, or none of any. */
function takeAll(buckets: readonly TokenBucket[], now: number): boolean {
  if (!buckets.every((bucket) => bucket.has(now))) return false;
  for (const bucket of buckets) bucket.take(now);
  return true;
}

export class AdmissionControl {
  private readonly budgets = new Map<string, Budget>();

  constructor(
    private readonly limits: AdmissionLimits,
    private readonly now: () => number,
  ) {}

  /** Decides on one join and takes its token. */
  admit(address: string): Admission {
    const budgets = this.budgetsOf(address);
    const now = this.now();
    const joins = budgets.map((budget) => budget.joins);
    if (takeAll(joins, now)) return "admitted";
    const answers = budgets.map((budget) => budget.answers);
    return takeAll(answers, now) ? "refused" : "flooding";
  }

  /** Makes a join that was admitted already more expensive by `cost` tokens. */
  charge(address: string, cost: number): void {
    const now = this.now();
    for (const { joins } of this.budgetsOf(address)) joins.charge(cost, now);
  }

  /** Forgets addresses whose budgets are whole again. */
  sweep(): void {
    const now = this.now();
    for (const [address, { joins, answers }] of this.budgets)
      if (joins.isFull(now) && answers.isFull(now)) this.budgets.delete(address);
  }

  private budgetsOf(address: string): readonly Budget[] {
    const network = networkOf(address);
    const own = this.budget(address, 1);
    return network === undefined
      ? [own]
      : [own, this.budget(network, this.limits.addressesPerNetwork)];
  }

  /** `addresses`: for how many single ones this budget stands. */
  private budget(key: string, addresses: number): Budget {
    const known = this.budgets.get(key);
    if (known !== undefined) return known;
    if (this.budgets.size >= ADDRESSES_MAX && key !== EVERYBODY_ELSE)
      return this.budget(EVERYBODY_ELSE, 1);
    const capacity = this.limits.joinsPerMinute * addresses;
    const shape = { capacity, perSecond: capacity / MINUTE_SECONDS };
    const now = this.now();
    const budget = { joins: new TokenBucket(shape, now), answers: new TokenBucket(shape, now) };
    this.budgets.set(key, budget);
    return budget;
  }
}
