/** What a copy button copies, and how, with and without a secure context. */
import type { ViewMessage } from "../../src/bridge/messages";
import type { TransferView } from "../../src/bridge/state";
import { checksumLine } from "../../src/presenter/checksums";
import type { Texts } from "../ui/transfer/texts";

type CopyMessage = Extract<ViewMessage, { type: "copy" | "copySha256" }>;

export function isCopy(message: ViewMessage): message is CopyMessage {
  return message.type === "copy" || message.type === "copySha256";
}

export function logText({ log }: TransferView, texts: Texts): string {
  return log.map(({ at, step }) => `${new Date(at).toISOString()} ${texts.step(step)}\n`).join("");
}

/** `undefined` when there is nothing like it. */
export function copiedText(
  message: CopyMessage,
  transfer: TransferView,
  texts: Texts,
): string | undefined {
  const { phase } = transfer;
  const items = phase.phase === "done" || phase.phase === "failed" ? phase.items : [];
  if (message.type === "copySha256") return items[message.item]?.sha256;
  switch (message.what) {
    case "log":
      return logText(transfer, texts);
    case "text":
      return phase.phase === "done" ? phase.text : undefined;
    case "checksums":
      return items
        .filter(({ sha256 }) => sha256 !== undefined)
        .map(({ sha256 = "", finalPath, path }) => `${checksumLine(sha256, finalPath ?? path)}\n`)
        .join("");
    case "movedTo":
    case "forwarded":
      return undefined;
    default:
      return phase.phase === "waiting" ? phase[message.what] : undefined;
  }
}

/** Called while a click is handled, or browsers refuse. @returns whether it was written */
export async function writeClipboard(document: Document, text: string): Promise<boolean> {
  if (isSecureContext)
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  const pressed = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  // Deprecated, and all that there is in a context that is not secure.
  const copied = document.execCommand("copy");
  field.remove();
  // Selecting has taken the focus.
  if (pressed instanceof HTMLElement) pressed.focus();
  return copied;
}
