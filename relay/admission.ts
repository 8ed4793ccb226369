/** How often one address may join, and how often it is told why it may not. */
import { TokenBucket } from "./tokenBucket";

/** `refused` is worth an answer that the client can read, `flooding` only a cheap one. */
export type Admission = "admitted" | "refused" | "flooding";

interface Budget {
  readonly joins: TokenBucket;
  readonly answers: TokenBucket;
}

/** Addresses remembered at once; newcomers beyond share one budget. */
const ADDRESSES_MAX = 100_000;
const EVERYBODY_ELSE = "*";

export class AdmissionControl {
  private readonly budgets = new Map<string, Budget>();

  constructor(
    private readonly joinsPerMinute: number,
    private readonly now: () => number,
  ) {}

  /** Decides on one join and takes its token. */
  admit(address: string): Admission {
    const budget = this.budget(address);
    const now = this.now();
    if (budget.joins.take(now)) return "admitted";
    return budget.answers.take(now) ? "refused" : "flooding";
  }

  /** Makes a join that was admitted already more expensive by `cost` tokens. */
  charge(address: string, cost: number): void {
    this.budget(address).joins.charge(cost, this.now());
  }

  /** Forgets addresses whose budgets are whole again. */
  sweep(): void {
    const now = this.now();
    for (const [address, { joins, answers }] of this.budgets)
      if (joins.isFull(now) && answers.isFull(now)) this.budgets.delete(address);
  }

  private budget(address: string): Budget {
    const known = this.budgets.get(address);
    if (known !== undefined) return known;
    if (this.budgets.size >= ADDRESSES_MAX && address !== EVERYBODY_ELSE)
      return this.budget(EVERYBODY_ELSE);
    const now = this.now();
    const budget: Budget = {
      joins: new TokenBucket(this.joinsPerMinute, now),
      answers: new TokenBucket(this.joinsPerMinute, now),
    };
    this.budgets.set(address, budget);
    return budget;
  }
}
