import type { ConflictPolicy } from "../../core/ports";
import { takeable } from "../offer";
import type { Answers } from "./answers";

export interface ScriptRules {
  readonly conflict: ConflictPolicy;
  readonly acceptDangerous: boolean;
}

/** `--yes`: everything is confirmed but what cannot be, and what is dangerous. */
export function scriptAnswers({ conflict, acceptDangerous }: ScriptRules): Answers {
  return {
    // Nobody is here to type what the other screen shows, so that gate stays shut.
    verify: async (_, typing) => ({ kind: typing === undefined ? "confirmed" : "rejected" }),
    async decide(offer) {
      const items = takeable(offer, acceptDangerous);
      if (items.count === 0) return { kind: "declined" };
      return { kind: "accepted", offer, items, conflict };
    },
  };
}
