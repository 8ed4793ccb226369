/** Messages with named placeholders (`{count}`) and plural forms by CLDR category. */

type Plural = {
  readonly one: string;
  readonly few?: string;
  readonly many?: string;
  readonly other: string;
};

/** A plural message takes its form from the value `count`. */
export type Message = string | Plural;

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** The values that a message needs, read from its English text. */
export type Values<M> = M extends string
  ? Readonly<Record<Placeholders<M>, string | number>>
  : M extends Plural
    ? Readonly<Record<"count" | Placeholders<M["other"]>, string | number>>
    : never;

/** An area of the catalogue in another language: the same keys, plural where English is. */
export type Translated<Area> = {
  readonly [K in keyof Area]: Area[K] extends string ? string : Plural;
};

/** Fills a message in. Unknown placeholders stay as they are, so that a test can see them. */
export function format(
  language: string,
  message: Message,
  values: Readonly<Record<string, string | number>>,
): string {
  const text = typeof message === "string" ? message : pluralForm(language, message, values);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? new Intl.NumberFormat(language).format(value) : value;
  });
}

function pluralForm(
  language: string,
  message: Plural,
  values: Readonly<Record<string, string | number>>,
): string {
  const category = new Intl.PluralRules(language).select(Number(values["count"] ?? 0));
  const forms: Readonly<Record<string, string | undefined>> = message;
  return forms[category] ?? message.other;
}
