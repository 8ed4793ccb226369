import { type QuickPickItem, type Uri, window } from "vscode";
import type { Texts } from "./texts";
import { isReadable } from "./uris";

type Kind = QuickPickItem & { files: boolean; active?: Uri };

/** Files and folders need two dialogs: some systems' dialogs choose only one of the kinds. */
export async function askWhatToSend(texts: Texts): Promise<readonly Uri[]> {
  const active = window.activeTextEditor?.document.uri;
  const kinds: Kind[] = [
    { label: texts.say("sendFiles"), files: true },
    { label: texts.say("sendFolders"), files: false },
  ];
  if (active !== undefined && (active.scheme === "untitled" || isReadable(active)))
    kinds.push({ label: texts.say("sendActiveFile"), files: true, active });
  const kind = await window.showQuickPick(kinds, { title: texts.say("sendWhat") });
  if (kind === undefined) return [];
  if (kind.active !== undefined) return [kind.active];
  const chosen = await window.showOpenDialog({
    canSelectFiles: kind.files,
    canSelectFolders: !kind.files,
    canSelectMany: true,
    openLabel: texts.say("sendOpenLabel"),
  });
  return chosen ?? [];
}
