/** The languages that the catalogues are kept in, and how one of them is chosen. */

export const LANGUAGES = ["en", "uk", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language calls itself by its own name. */
export const OWN_NAMES: Readonly<Record<Language, string>> = {
  en: "English",
  uk: "Українська",
  de: "Deutsch",
};

export const LANGUAGE_SETTINGS = ["auto", ...LANGUAGES] as const;
export type LanguageSetting = (typeof LANGUAGE_SETTINGS)[number];

/**
 * The language to show: the user's setting, or for `auto` the one that the environment's
 * locale names (`uk_UA.UTF-8`, `de-AT`, `de`), else English.
 */
export function chooseLanguage(
  setting: LanguageSetting,
  environmentLocale: string | undefined,
): Language {
  if (setting !== "auto") return setting;
  const primary = /^[a-z]+/i.exec(environmentLocale ?? "")?.[0].toLowerCase();
  return LANGUAGES.find((language) => language === primary) ?? "en";
}

/** Reads a setting that came from outside; `undefined` when it is none. */
export function languageSetting(text: string): LanguageSetting | undefined {
  return LANGUAGE_SETTINGS.find((setting) => setting === text);
}
