import { visible } from "../core/files/names";

/** Between the two, `$(icon)` is no icon and `](` no link; it has no width. */
const BREAK = "\u200b";

/**
 * Text from outside (a name, an address, a system's message) for notifications, pick lists,
 * the status bar and tooltips, which read `$(icon)` and, in notifications, `[text](link)`.
 * Control and direction characters become visible; at most `limit` characters stay.
 */
export function plainText(text: string, limit = 200): string {
  const shown = visible(text);
  const short = shown.length > limit ? `${shown.slice(0, limit)}…` : shown;
  return short.replace(/\$\(/g, `$${BREAK}(`).replace(/\]\(/g, `]${BREAK}(`);
}
