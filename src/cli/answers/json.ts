import * as v from "valibot";
import { SecureShareError } from "../../core/errors";
import type { ConflictPolicy } from "../../core/ports";
import type { Lines } from "../lines";
import { chosen, type InspectedOffer, inspectOffer, type TakeRules, takeable } from "../offer";
import { parseJson } from "../parseJson";
import type { Answers, Decision } from "./answers";

/** The answer objects of docs/CLI.md, one a line on standard input. */
const verifyAnswer = v.union([
  v.strictObject({ answer: v.literal("verify"), confirm: v.boolean() }),
  v.strictObject({ answer: v.literal("verify"), digits: v.string() }),
]);
const offerAnswer = v.strictObject({
  answer: v.literal("offer"),
  accept: v.boolean(),
  /** `all`: everything that is neither refused nor dangerous; else item numbers from 0. */
  items: v.optional(
    v.union([v.literal("all"), v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))]),
  ),
  folder: v.optional(v.pipe(v.string(), v.nonEmpty())),
  conflict: v.optional(v.picklist(["rename", "overwrite", "skip"])),
});

const changedAnswer = v.strictObject({ answer: v.literal("changed"), again: v.boolean() });

export interface JsonRules extends TakeRules {
  /** Where the answer names none. */
  readonly conflict: ConflictPolicy;
  /** Makes a folder's path absolute. */
  readonly resolve: (folder: string) => string;
  /** What to call an answer that is none of ours. */
  readonly notUnderstood: string;
}

/**
 * Answers from lines of JSON. The end of the input cancels.
 * @throws E_USAGE for a line that does not answer the question, E_CANCELLED at the end
 */
export function jsonAnswers(lines: Lines, rules: JsonRules): Answers {
  const notUnderstood = () => new SecureShareError("E_USAGE", { reason: rules.notUnderstood });
  const read = <S extends v.GenericSchema>(schema: S, line: string) => {
    const parsed = v.safeParse(schema, parseJson(line));
    if (!parsed.success) throw notUnderstood();
    return parsed.output;
  };
  const next = async <S extends v.GenericSchema>(schema: S, signal: AbortSignal) => {
    const line = await lines.next(signal);
    if (line === undefined) throw new SecureShareError("E_CANCELLED", { by: "us" });
    return read(schema, line);
  };
  return {
    async verify({ digits }, typing, signal) {
      const answer = await next(verifyAnswer, signal);
      if ("digits" in answer) {
        if (typing !== undefined) return { kind: "typed", digits: answer.digits };
        return { kind: answer.digits === digits ? "confirmed" : "rejected" };
      }
      if (!answer.confirm) return { kind: "rejected" };
      // Digits are asked for: a plain yes compares nothing.
      if (typing !== undefined) throw notUnderstood();
      return { kind: "confirmed" };
    },
    async decide(offer, signal) {
      return decision(offer, await next(offerAnswer, signal), rules);
    },
    async changed(_, signal) {
      const line = await lines.next(signal);
      // A run that needs no other answer may have none to give.
      return line !== undefined && read(changedAnswer, line).again;
    },
  };
}

async function decision(
  offer: InspectedOffer,
  answer: v.InferOutput<typeof offerAnswer>,
  rules: JsonRules,
): Promise<Decision> {
  if (!answer.accept) return { kind: "declined" };
  const folder = answer.folder === undefined ? offer.folder : rules.resolve(answer.folder);
  const looked = folder === offer.folder ? offer : await inspectOffer(offer.offer, folder);
  const { items: wanted = "all" } = answer;
  const items = wanted === "all" ? await takeable(looked, rules) : chosen(looked, wanted);
  if (items.count === 0) return { kind: "declined" };
  return { kind: "accepted", offer: looked, items, conflict: answer.conflict ?? rules.conflict };
}
