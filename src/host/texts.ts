/** The host's own texts and the shared ones, in one language. */
import { host as de } from "../../l10n/de/host";
import { host as en } from "../../l10n/en/host";
import { describeStep, explainFailure, type Language } from "../../l10n/index";
import { format, type Translated, type Values } from "../../l10n/message";
import { host as uk } from "../../l10n/uk/host";
import type { Contents, LogLine } from "../bridge/state";
import type { Failure } from "../core/errors";
import { visible } from "../core/files/names";
import { type Formats, formatsFor } from "../core/format";
import { plainText } from "./plainText";

type Host = typeof en;
const areas: Readonly<Record<Language, Translated<Host>>> = { en, uk, de };

export interface Texts {
  readonly language: Language;
  say<K extends keyof Host>(key: K, ...values: ValuesOf<K>): string;
  /** One line for what happened and one for what to do, harmless in a notification. */
  failure(failure: Failure): { message: string; remedy: string };
  /** One line of a log. A failure is its code alone: its details may hold names of files. */
  step(step: LogLine["step"]): string;
  /** `Sending a.txt, b and 3 more`, harmless in pick lists and notifications. */
  title(role: "sender" | "receiver", contents: Contents | undefined): string;
  /** `46 MB · Nov 14, 10:41:59 AM`: tells apart what has the same names. */
  details(contents: Contents | undefined, at: number | undefined): string;
  percent(fraction: number): string;
  bytes(count: number): string;
}

/** Nothing for a text without placeholders. */
type ValuesOf<K extends keyof Host> = keyof Values<Host[K]> extends never
  ? []
  : [values: Values<Host[K]>];

const TITLE_NAMES = 3;
const TITLE_NAME_LENGTH = 60;

export function textsIn(language: Language): Texts {
  const area = areas[language];
  // Making them takes longer than all else that activation does.
  let made: Formats | undefined;
  const formats = () => (made ??= formatsFor(language));
  const say: Texts["say"] = (key, ...[values]) => format(language, area[key], values ?? {});
  const failure: Texts["failure"] = (failure) => {
    const { message, remedy } = explainFailure(language, failure);
    return { message: plainText(message, 500), remedy: plainText(remedy, 500) };
  };
  return {
    language,
    say,
    failure,
    step: (step) => visible(stepText(language, step)),
    title: (role, contents) => {
      const sends = role === "sender";
      if (contents?.text === true) return say(sends ? "sendingText" : "receivingText");
      const names = namesOf(contents, say);
      if (names === undefined) return say(sends ? "sending" : "receiving");
      return say(sends ? "sendingNames" : "receivingNames", { names });
    },
    details: (contents, at) => {
      const size = contents === undefined ? [] : [formats().bytes(contents.bytes)];
      return [...size, ...(at === undefined ? [] : [moments(language).format(at)])].join(" · ");
    },
    bytes: (count) => formats().bytes(count),
    percent: (fraction) => formats().percent(fraction),
  };
}

/** With seconds: transfers of the same files follow each other quickly. */
function moments(language: Language): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language, {
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    second: "2-digit",
  });
}

function stepText(language: Language, step: LogLine["step"]): string {
  return step.step === "failed" ? step.failure.code : describeStep(language, step);
}

function namesOf(contents: Contents | undefined, say: Texts["say"]): string | undefined {
  if (contents === undefined || contents.names.length === 0) return undefined;
  const shown = contents.names.slice(0, TITLE_NAMES);
  const names = shown.map((name) => plainText(name, TITLE_NAME_LENGTH)).join(", ");
  const count = contents.names.length - shown.length;
  return count === 0 ? names : say("andMore", { names, count });
}
