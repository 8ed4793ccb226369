/** All texts of the view in one language. */
import { view as de } from "../../../l10n/de/view";
import { view as en } from "../../../l10n/en/view";
import { describeStep, explainFailure, explainReason } from "../../../l10n/index";
import type { Language } from "../../../l10n/language";
import { format, type Translated, type Values } from "../../../l10n/message";
import { view as uk } from "../../../l10n/uk/view";
import type { LogLine } from "../../../src/bridge/state";
import type { Failure } from "../../../src/core/errors";
import { visible } from "../../../src/core/files/names";
import { type Formats, formatsFor } from "../../../src/core/format";

type View = typeof en;
const areas: Readonly<Record<Language, Translated<View>>> = { en, uk, de };

/** Keys whose message needs no values, and the others. */
type Plain = { [K in keyof View]: keyof Values<View[K]> extends never ? K : never }[keyof View];
type Filled = Exclude<keyof View, Plain>;

export interface Texts {
  readonly language: Language;
  readonly formats: Formats;
  /** A text without placeholders. */
  say(key: Plain): string;
  /** A text with its values; names from outside must be `isolated`. */
  fill<K extends Filled>(key: K, values: Values<View[K]>): string;
  /** What happened, and what to do. */
  failure(failure: Failure): { message: string; remedy: string };
  reason(key: string): string;
  step(step: LogLine["step"]): string;
  /** Time of day with seconds. */
  time(at: number): string;
  /** Date and time of day. */
  moment(at: number): string;
}

export function textsFor(language: Language): Texts {
  const area = areas[language];
  const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const times = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
  return {
    language,
    formats: formatsFor(language),
    say: (key) => format(language, area[key], {}),
    fill: (key, values) => format(language, area[key], values),
    failure: (failure) => explainFailure(language, failure),
    reason: (key) => explainReason(language, visible(key)),
    step: (step) =>
      step.step === "failed"
        ? explainFailure(language, step.failure).message
        : describeStep(language, step),
    time: (at) => times.format(at),
    moment: (at) => moments.format(at),
  };
}
