import { type QuickPickItem, window } from "vscode";
import { LANGUAGE_SETTINGS, type LanguageSetting } from "../../l10n/language";
import type { LiveSettings } from "./liveSettings";

/** Each in its own language, so that everyone finds theirs. */
const NAMES: Readonly<Record<Exclude<LanguageSetting, "auto">, string>> = {
  en: "English",
  uk: "Українська",
  de: "Deutsch",
};

/** Asks for the language of the view, the notifications and the log, and sets it. */
export async function askForLanguage(settings: LiveSettings): Promise<void> {
  const { texts, current } = settings;
  const items = LANGUAGE_SETTINGS.map(
    (language): QuickPickItem & { language: LanguageSetting } => ({
      language,
      label: language === "auto" ? texts.say("languageAuto") : NAMES[language],
      description: language === current.language ? texts.say("languageNow") : "",
    }),
  );
  const picked = await window.showQuickPick(items, { title: texts.say("languageWhich") });
  if (picked !== undefined) await settings.setLanguage(picked.language);
}
