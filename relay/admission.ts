/** How often one address may join, and how often it is told why it may not. */
import { Budgets, perMinute } from "./budgets";
import type { RelayLimitOptions } from "./options";

/** `refused` is worth an answer that the client can read, `flooding` only a cheap one. */
export type Admission = "admitted" | "refused" | "flooding";

export type AdmissionLimits = Pick<RelayLimitOptions, "joinsPerMinute" | "addressesPerNetwork">;

export class AdmissionControl {
  private readonly joins: Budgets;
  private readonly answers: Budgets;

  constructor({ joinsPerMinute, addressesPerNetwork }: AdmissionLimits, now: () => number) {
    this.joins = new Budgets(perMinute(joinsPerMinute), addressesPerNetwork, now);
    this.answers = new Budgets(perMinute(joinsPerMinute), addressesPerNetwork, now);
  }

  /** Decides on one join and takes its token. */
  admit(address: string): Admission {
    if (this.joins.take(address)) return "admitted";
    return this.answers.take(address) ? "refused" : "flooding";
  }

  /** Makes a join that was admitted already more expensive by `cost` tokens. */
  charge(address: string, cost: number): void {
    this.joins.charge(address, cost);
  }

  /** Forgets addresses whose budgets are whole again. */
  sweep(): void {
    this.joins.sweep();
    this.answers.sweep();
  }
}
