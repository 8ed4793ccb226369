import { headingId } from "./transfer/card";

/** Draws. When a button goes with its phase, the keyboard stays at the same transfer. */
export function keepingFocus(document: Document, draw: () => void): void {
  const had = document.activeElement;
  const card = had?.closest<HTMLElement>("[data-id]");
  draw();
  if (card === undefined || card === null || had?.isConnected === true) return;
  document.getElementById(headingId(card.dataset["id"] ?? ""))?.focus();
}
