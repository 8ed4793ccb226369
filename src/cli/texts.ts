import { cli as de } from "../../l10n/de/cli";
import { cli as en } from "../../l10n/en/cli";
import type { Language } from "../../l10n/language";
import type { Translated } from "../../l10n/message";
import { cli as uk } from "../../l10n/uk/cli";

export type Texts = Translated<typeof en>;

const TEXTS: Readonly<Record<Language, Texts>> = { en, uk, de };

/** The command line's own texts. */
export function textsFor(language: Language): Texts {
  return TEXTS[language];
}

/** The language of a run, and its texts. */
export interface Speech {
  readonly language: Language;
  readonly texts: Texts;
}
