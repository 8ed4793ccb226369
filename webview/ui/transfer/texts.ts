/** All texts of the view in one language. */
import { view as de } from "../../../l10n/de/view";
import { view as en } from "../../../l10n/en/view";
import { describeStep, explainFailure, explainReason } from "../../../l10n/index";

import type { Language } from "../../../l10n/language";
import type { Translated } from "../../../l10n/message";

import { view as uk } from "../../../l10n/uk/view";
import type { LogLine } from "../../../src/bridge/state";
import type { Failure } from "../../../src/core/errors";
import { visible } from "../../../src/core/files/names";
import { type Formats, formatsFor } from "../../../src/core/format";
import { type AreaTexts, areaTexts } from "../area";

type View = typeof en;
const areas: Readonly<Record<Language, Translated<View>>> = { en, uk, de };

export interface Texts extends AreaTexts<View> {
  readonly language: Language;
  readonly formats: Formats;
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
  const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const times = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
  return {
    language,
    formats: formatsFor(language),
    ...areaTexts<View>(language, areas),
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
