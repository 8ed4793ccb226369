/**
 * The catalogues that all programs share, and how a failure or a step becomes a sentence.
 * Each program's own texts stand in an area of its own (`cli`, `view`, `host`).
 */
import type { ErrorCode, Failure } from "../src/core/errors";
import { visible } from "../src/core/files/names";
import { formatsFor } from "../src/core/format";
import type { Step } from "../src/core/session/events";
import { causes as deCauses } from "./de/causes";
import { errorTexts as deErrorTexts, remedies as deRemedies, sides as deSides } from "./de/errors";
import { reasons as deReasons } from "./de/reasons";
import { steps as deSteps } from "./de/steps";
import { causes as enCauses } from "./en/causes";
import { errorTexts as enErrorTexts, remedies as enRemedies, sides as enSides } from "./en/errors";
import { reasons as enReasons } from "./en/reasons";
import { steps as enSteps } from "./en/steps";
import type { Language } from "./language";
import { format, type Message, type Translated } from "./message";
import { causes as ukCauses } from "./uk/causes";
import { errorTexts as ukErrorTexts, remedies as ukRemedies, sides as ukSides } from "./uk/errors";
import { reasons as ukReasons } from "./uk/reasons";
import { steps as ukSteps } from "./uk/steps";

export * from "./language";

export interface Catalogue {
  readonly errorTexts: Readonly<Record<ErrorCode, Message>>;
  readonly remedies: Readonly<Record<ErrorCode, Message>>;
  readonly sides: Translated<typeof enSides>;
  readonly steps: Translated<typeof enSteps>;
  readonly reasons: Translated<typeof enReasons>;
  readonly causes: Translated<typeof enCauses>;
}

const catalogues: Readonly<Record<Language, Catalogue>> = {
  en: {
    errorTexts: enErrorTexts,
    remedies: enRemedies,
    sides: enSides,
    steps: enSteps,
    reasons: enReasons,
    causes: enCauses,
  },
  uk: {
    errorTexts: ukErrorTexts,
    remedies: ukRemedies,
    sides: ukSides,
    steps: ukSteps,
    reasons: ukReasons,
    causes: ukCauses,
  },
  de: {
    errorTexts: deErrorTexts,
    remedies: deRemedies,
    sides: deSides,
    steps: deSteps,
    reasons: deReasons,
    causes: deCauses,
  },
};

/** The shared texts of a language. */
export function catalogue(language: Language): Catalogue {
  return catalogues[language];
}

/** The sentence for a refusal or left-out reason; an unknown one stands for itself. */
export function explainReason(language: Language, reason: string): string {
  const { reasons } = catalogue(language);
  if (!Object.hasOwn(reasons, reason)) return reason;
  return format(language, reasons[reason as keyof typeof reasons], {});
}

/** Why something came to nothing; a system's own code stands for itself, made visible. */
function explainCause(language: Language, reason: string): string {
  const { causes } = catalogue(language);
  const [, key = reason, closeCode = ""] = /^(relay-closed)-(\d+)$/.exec(reason) ?? [];
  if (!Object.hasOwn(causes, key)) return visible(reason);
  return format(language, causes[key as keyof typeof causes], { closeCode });
}

/** What happened, and what to do: one sentence each, with names made visible. */
export function explainFailure(
  language: Language,
  failure: Failure,
): { message: string; remedy: string } {
  const { errorTexts, remedies } = catalogue(language);
  const values = failureValues(language, failure);
  return {
    message: format(language, errorTexts[failure.code], values),
    remedy: format(language, remedies[failure.code], values),
  };
}

function failureValues(
  language: Language,
  failure: Failure,
): Readonly<Record<string, string | number>> {
  switch (failure.code) {
    case "E_VERIFY_REJECTED":
    case "E_DECLINED":
    case "E_CANCELLED":
      return { by: catalogue(language).sides[failure.details.by] };
    case "E_NO_SPACE":
      return {
        needed: formatsFor(language).bytes(failure.details.needed),
        free: formatsFor(language).bytes(failure.details.free),
      };
    case "E_FILE_TOO_LARGE":
      return {
        path: visible(failure.details.path),
        limit: formatsFor(language).bytes(failure.details.limit),
      };
    case "E_RELAY_REFUSED":
      return shown({
        relay: failure.details.relay,
        closeCode: String(failure.details.closeCode),
      });
    case "E_NAME_REFUSED":
      return {
        path: visible(failure.details.path),
        reason: explainReason(language, failure.details.reason),
      };
    case "E_USAGE":
    case "E_INTERRUPTED":
    case "E_DISK":
      return {
        ...shown(failure.details),
        reason: explainCause(language, failure.details.reason),
      };
    default:
      return shown(failure.details);
  }
}

/** Details may hold names and words of the other side. */
function shown(
  values: Readonly<Record<string, string | number>>,
): Readonly<Record<string, string | number>> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === "string" ? visible(value) : value,
    ]),
  );
}

/** One line of the log. */
export function describeStep(language: Language, step: Step): string {
  return format(language, catalogue(language).steps[step.step], stepValues(language, step));
}

function stepValues(language: Language, step: Step): Readonly<Record<string, string | number>> {
  switch (step.step) {
    case "wrong-code":
      return { count: step.guessesLeft };
    case "handshake-failed":
      return { reason: explainCause(language, step.reason) };
    case "offer-sent":
    case "offer-received":
    case "accepted":
      return { count: step.items, bytes: formatsFor(language).bytes(step.bytes) };
    default: {
      const { step: _, ...values } = step;
      return shown(values);
    }
  }
}
