import { homedir } from "node:os";
import { type QuickPickItem, Uri, window, workspace } from "vscode";
import { plainText } from "./plainText";
import type { Texts } from "./texts";

/**
 * Where a received offer goes unless the user says otherwise: the folder of the settings,
 * else the one folder of the workspace. With several folders, none, or one that is not on
 * this computer's disk there is no default, and the user is asked.
 */
export function defaultFolder(configured: string | undefined): string | undefined {
  if (configured !== undefined) return configured;
  const folders = workspace.workspaceFolders ?? [];
  const only = folders.length === 1 ? folders[0] : undefined;
  return only?.uri.scheme === "file" ? only.uri.fsPath : undefined;
}

/** Asks for the folder: one of the workspace's, when it has several, or any other. */
export async function askForFolder(
  texts: Texts,
  start: string | undefined,
): Promise<string | undefined> {
  const known = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  if (known.length < 2) return browse(texts, start);
  const items: (QuickPickItem & { folder?: string })[] = known.map(({ name, uri }) => ({
    label: plainText(name),
    description: plainText(uri.fsPath),
    folder: uri.fsPath,
  }));
  const picked = await window.showQuickPick([...items, { label: texts.say("folderOther") }], {
    title: texts.say("folderTitle"),
    ignoreFocusOut: true,
  });
  if (picked === undefined) return undefined;
  return picked.folder ?? browse(texts, start);
}

async function browse(texts: Texts, start: string | undefined): Promise<string | undefined> {
  const chosen = await window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    title: texts.say("folderTitle"),
    openLabel: texts.say("folderOpenLabel"),
    // In a virtual workspace too: it opens the disk of this extension host.
    defaultUri: Uri.file(start ?? homedir()),
  });
  const uri = chosen?.[0];
  if (uri === undefined || uri.scheme === "file") return uri?.fsPath;
  void window.showWarningMessage(texts.say("folderNotOnDisk"));
  return undefined;
}
