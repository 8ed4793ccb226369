/** What the human reporter says of transfers as such. */
import type { Language } from "../../l10n";
import { format } from "../../l10n/message";
import { visible } from "../core/files/names";
import type { Formats } from "../core/format";
import type { KnownTransfer } from "./report";
import type { Texts } from "./texts";

/** As much of an id as people need. */
const SHORT = 8;

export function shortId(id: string): string {
  return id.slice(0, SHORT);
}

export function pauseText({ us, peer }: { us: boolean; peer: boolean }, texts: Texts): string {
  if (us) return texts.pausedHere;
  return peer ? texts.pausedThere : texts.goingOn;
}

/** One line of `resume --list`. */
export function transferLine(
  { id, role, touchedAt, sizes, folder, running }: KnownTransfer,
  { language, texts, formats }: { language: Language; texts: Texts; formats: Formats },
): string {
  const time = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short" });
  const bytes = formats.bytes(sizes?.bytes ?? 0);
  const parts = [
    shortId(id),
    role === "sender" ? texts.roleSender : texts.roleReceiver,
    time.format(touchedAt),
    sizes && format(language, texts.listSizes, { count: sizes.items, bytes }),
    folder && visible(folder),
    running ? texts.listRunning : undefined,
  ];
  return parts.filter((part) => part !== undefined && part !== "").join("  ");
}
