import type { Language } from "../../../l10n";
import { format } from "../../../l10n/message";
import { type ErrorCode, type Failure, SecureShareError } from "../../core/errors";
import { ItemSet } from "../../core/files/itemSet";
import type { ConflictPolicy } from "../../core/ports";
import type { Lines } from "../lines";
import { parseNumbers } from "../numbers";
import { chosen, type InspectedOffer, inspectOffer, type TakeRules, takeable } from "../offer";
import type { Texts } from "../texts";
import type { Answers, Decision } from "./answers";

export interface Terminal {
  readonly lines: Lines;
  readonly language: Language;
  readonly texts: Texts;
  /** Writes a question, without a line break behind it. */
  readonly prompt: (text: string) => void;
}

export interface TerminalRules extends TakeRules {
  readonly conflict: ConflictPolicy | "ask";
  /** Makes a folder's path absolute. */
  readonly resolve: (folder: string) => string;
  /** Shows an offer again, after another folder was chosen. */
  readonly show: (offer: InspectedOffer) => Promise<void>;
  /** Says why a folder that was typed cannot be taken. */
  readonly explain: (failure: Failure) => Promise<void>;
}

/** One answer of a person. Lines typed before the question do not count. */
export async function ask(
  { lines, prompt }: Pick<Terminal, "lines" | "prompt">,
  question: string,
  signal: AbortSignal,
): Promise<string> {
  lines.discardPending();
  prompt(`${question} `);
  const line = await lines.next(signal);
  if (line === undefined) throw new SecureShareError("E_CANCELLED", { by: "us" });
  return line.trim();
}

/**
 * Asks until one of the keys is the first letter of the answer. Each key is a string of
 * letters that mean the same: the language's own and the English one.
 */
export async function askKey<K extends string>(
  terminal: Pick<Terminal, "lines" | "prompt">,
  question: string,
  keys: Readonly<Record<K, string>>,
  signal: AbortSignal,
): Promise<K> {
  for (;;) {
    const letter = (await ask(terminal, question, signal)).charAt(0).toLowerCase();
    for (const key of Object.keys(keys) as K[])
      if (letter !== "" && keys[key].includes(letter)) return key;
  }
}

/** A person answers, on a terminal. */
export function terminalAnswers(terminal: Terminal, rules: TerminalRules): Answers {
  const { texts } = terminal;
  return {
    async verify({ mode }, typing, signal) {
      if (typing !== undefined) {
        const question = format(terminal.language, texts.askDigits, { count: typing });
        return { kind: "typed", digits: await ask(terminal, question, signal) };
      }
      const question = mode === "type" ? texts.askAccepted : texts.askSame;
      const keys = { yes: texts.keysYes, no: texts.keysNo };
      const key = await askKey(terminal, question, keys, signal);
      return { kind: key === "yes" ? "confirmed" : "rejected" };
    },
    decide: (offer, signal) => decide(terminal, rules, offer, signal),
    async changed(receives, signal) {
      const question = receives ? texts.askTakeAnew : texts.askSendAnew;
      const keys = { yes: texts.keysYes, no: texts.keysNo };
      return (await askKey(terminal, question, keys, signal)) === "yes";
    },
  };
}

async function decide(
  terminal: Terminal,
  rules: TerminalRules,
  offered: InspectedOffer,
  signal: AbortSignal,
): Promise<Decision> {
  const { texts } = terminal;
  const keys = {
    yes: texts.keysYes,
    no: texts.keysNo,
    choose: texts.keysChoose,
    folder: texts.keysFolder,
  };
  let looked = offered;
  for (;;) {
    const key = await askKey(terminal, texts.askOffer, keys, signal);
    if (key === "no") return { kind: "declined" };
    if (key === "folder") {
      looked = await askFolder(terminal, rules, looked, signal);
      await rules.show(looked);
      continue;
    }
    const items =
      key === "yes" ? await takeable(looked, rules) : await chooseItems(terminal, looked, signal);
    if (items.count === 0) {
      terminal.prompt(`${texts.nothingChosen}\n`);
      continue;
    }
    const conflict = await conflictPolicy(terminal, rules, looked, items, signal);
    return { kind: "accepted", offer: looked, items, conflict };
  }
}

/** What is wrong with a folder, and not with the transfer: another one may do. */
const ANOTHER_FOLDER: ReadonlySet<ErrorCode> = new Set(["E_PERMISSION", "E_DISK"]);

/** The offer against the folder that was typed, or as it was when that cannot be looked at. */
async function askFolder(
  terminal: Terminal,
  { resolve, explain }: TerminalRules,
  looked: InspectedOffer,
  signal: AbortSignal,
): Promise<InspectedOffer> {
  const folder = await ask(terminal, terminal.texts.askFolder, signal);
  if (folder === "") return looked;
  try {
    return await inspectOffer(looked.offer, resolve(folder));
  } catch (error) {
    if (!(error instanceof SecureShareError) || !ANOTHER_FOLDER.has(error.code)) throw error;
    await explain(error.failure);
    return looked;
  }
}

async function chooseItems(
  terminal: Terminal,
  looked: InspectedOffer,
  signal: AbortSignal,
): Promise<ItemSet> {
  const { length } = looked.offer.manifest;
  const numbers = parseNumbers(await ask(terminal, terminal.texts.askNumbers, signal), length);
  return numbers === undefined ? new ItemSet(length) : chosen(looked, numbers);
}

async function conflictPolicy(
  terminal: Terminal,
  { conflict }: TerminalRules,
  { inspection }: InspectedOffer,
  items: ItemSet,
  signal: AbortSignal,
): Promise<ConflictPolicy> {
  if (conflict !== "ask") return conflict;
  let count = 0;
  for (const index of inspection.conflicts) if (items.has(index)) count++;
  if (count === 0) return "rename";
  const { texts, language } = terminal;
  const keys = {
    rename: texts.keysRename,
    overwrite: texts.keysOverwrite,
    skip: texts.keysSkip,
  };
  return askKey(terminal, format(language, texts.askConflict, { count }), keys, signal);
}
