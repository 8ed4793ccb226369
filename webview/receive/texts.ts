/** The page's own texts; those of a transfer are shared with the editor's view. */
import { page as de } from "../../l10n/de/page";
import { page as en } from "../../l10n/en/page";
import type { Language } from "../../l10n/language";
import { page as uk } from "../../l10n/uk/page";
import { type AreaTexts, areaTexts } from "../ui/area";

export type PageTexts = AreaTexts<typeof en>;

export function pageTexts(language: Language): PageTexts {
  return areaTexts<typeof en>(language, { en, uk, de });
}
