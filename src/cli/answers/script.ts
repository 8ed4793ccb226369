import type { ConflictPolicy } from "../../core/ports";
import { type TakeRules, takeable } from "../offer";
import type { Answers } from "./answers";

export interface ScriptRules extends TakeRules {
  readonly conflict: ConflictPolicy;
}

/** `--yes`: everything is confirmed but what cannot be, and what is dangerous. */
export function scriptAnswers(rules: ScriptRules): Answers {
  return {
    // Nobody is here to type what the other screen shows, so that gate stays shut.
    verify: async (_, typing) => ({ kind: typing === undefined ? "confirmed" : "rejected" }),
    async decide(offer) {
      const items = await takeable(offer, rules);
      if (items.count === 0) return { kind: "declined" };
      return { kind: "accepted", offer, items, conflict: rules.conflict };
    },
    // What was confirmed beforehand was another file.
    changed: async () => false,
  };
}
