/** The page where nothing can be done: why, and what could help. */
import { html, render } from "lit";
import type { Language } from "../../l10n/language";
import { note } from "../ui/transfer/parts";

/** Draws `sentence`, in `language`, in place of the page. */
export function refuse(root: HTMLElement, language: Language, sentence: string): void {
  root.ownerDocument.documentElement.lang = language;
  const alert = html`<div role="alert">${note("error", sentence)}</div>`;
  render(html`<main><h1>SecureShare</h1>${alert}</main>`, root);
}
