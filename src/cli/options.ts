/** Values of the command line, read one by one. */
import { LANGUAGE_SETTINGS } from "../../l10n/language";
import { format } from "../../l10n/message";
import { SecureShareError } from "../core/errors";
import { relayAddress } from "../core/wire/invitation";
import type { Speech } from "./texts";

export const VERIFY_POLICIES = ["compare", "type", "code-only"] as const;
export const CONFLICT_CHOICES = ["rename", "overwrite", "skip", "ask"] as const;
export { LANGUAGE_SETTINGS };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KEEP_MAX = 366 * DAY;
/** Unless `--keep-for` says otherwise. Milliseconds. */
export const KEEP_FOR = 72 * HOUR;

export function usage(reason: string): SecureShareError<"E_USAGE"> {
  return new SecureShareError("E_USAGE", { reason });
}

/** One more `--relay`. */
export function addRelay({
  language,
  texts,
}: Speech): (text: string, before?: readonly string[]) => string[] {
  return (text, before = []) => {
    const address = relayAddress(text);
    if (address === undefined) throw usage(format(language, texts.badRelay, { relay: text }));
    return [...before, address];
  };
}

/** Minutes, perhaps a fraction of one, to milliseconds: more than none, at most a day. */
export function lifetime({ texts }: Speech): (text: string) => number {
  return (text) => {
    const ms = /^\d{1,5}(?:\.\d{1,4})?$/.test(text) ? Math.round(Number(text) * MINUTE) : 0;
    if (ms <= 0 || ms > DAY) throw usage(texts.badMinutes);
    return ms;
  };
}

/** Hours, perhaps a fraction of one, to milliseconds: none, to a year. */
export function keepFor({ texts }: Speech): (text: string) => number {
  return (text) => {
    const ms = /^\d{1,4}(?:\.\d{1,6})?$/.test(text) ? Math.round(Number(text) * HOUR) : Number.NaN;
    if (!(ms <= KEEP_MAX)) throw usage(texts.badHours);
    return ms;
  };
}

/** 0 (any free one) to 65535. */
export function port({ texts }: Speech): (text: string) => number {
  return (text) => {
    const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number <= 65_535)) throw usage(texts.badPort);
    return number;
  };
}

export function append(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
