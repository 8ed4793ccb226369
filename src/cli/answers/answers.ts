import type { ItemSet } from "../../core/files/itemSet";
import type { ConflictPolicy } from "../../core/ports";
import type { VerifyAnswer, VerifyQuestion } from "../../core/session/events";
import type { InspectedOffer } from "../offer";

export type Decision =
  | { kind: "declined" }
  /** `offer`: as looked at against the folder that was chosen. */
  | { kind: "accepted"; offer: InspectedOffer; items: ItemSet; conflict: ConflictPolicy };

/** Who answers a session's questions: a person, a script's lines, or a rule. */
export interface Answers {
  /**
   * @param typing the question is answered with the other side's digits, and how many tries
   *   are left for that; `undefined` when it is answered with yes or no
   */
  verify(
    question: VerifyQuestion,
    typing: number | undefined,
    signal: AbortSignal,
  ): Promise<VerifyAnswer>;
  decide(offer: InspectedOffer, signal: AbortSignal): Promise<Decision>;
  /** Shall a file that has changed be sent (`receives`: be taken) as it is now? */
  changed(receives: boolean, signal: AbortSignal): Promise<boolean>;
}
