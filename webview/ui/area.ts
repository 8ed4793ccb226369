/** The texts of one area of the catalogue, in one language. */

import type { Language } from "../../l10n/language";
import { format, type Message, type Translated, type Values } from "../../l10n/message";

type Messages = Readonly<Record<string, Message>>;
/** Keys whose message needs no values, and the others. */
type Plain<A extends Messages> = {
  [K in keyof A]: keyof Values<A[K]> extends never ? K : never;
}[keyof A];
type Filled<A extends Messages> = Exclude<keyof A, Plain<A>>;

export interface AreaTexts<A extends Messages> {
  /** A text without placeholders. */
  say(key: Plain<A>): string;
  /** A text with its values; names from outside must be `isolated`. */
  fill<K extends Filled<A>>(key: K, values: Values<A[K]>): string;
}

export function areaTexts<A extends Messages>(
  language: Language,
  areas: Readonly<Record<Language, Translated<A>>>,
): AreaTexts<A> {
  const area = areas[language];
  return {
    say: (key) => format(language, area[key], {}),
    fill: (key, values) => format(language, area[key], values),
  };
}
