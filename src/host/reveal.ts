import { join } from "node:path";
import { commands, env, UIKind, Uri, window, workspace } from "vscode";
import { plainText } from "./plainText";
import type { Texts } from "./texts";

/** What a receiver's transfer knows of its files. */
export interface Received {
  readonly folder: string | null | undefined;
  /** The first of them, below the folder. */
  readonly firstPath: string | null | undefined;
}

/**
 * Shows what was received: in the Explorer when it lies in the workspace, else in the
 * system's file manager, else (the files are on another computer) by its path.
 */
export async function revealReceived({ folder, firstPath }: Received, texts: Texts): Promise<void> {
  if (folder === undefined || folder === null) return;
  const uri = Uri.file(join(folder, firstPath ?? ""));
  if (!(await isThere(uri))) return reportMissing(uri, texts);
  if (workspace.getWorkspaceFolder(uri) !== undefined) {
    await commands.executeCommand("revealInExplorer", uri);
  } else if (env.uiKind === UIKind.Desktop && env.remoteName === undefined) {
    await commands.executeCommand("revealFileInOS", uri);
  } else {
    const copy = texts.say("copyPath");
    const text = texts.say("savedAt", { path: plainText(uri.fsPath) });
    if ((await window.showInformationMessage(text, copy)) === copy)
      await env.clipboard.writeText(uri.fsPath);
  }
}

async function isThere(uri: Uri): Promise<boolean> {
  return workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}

function reportMissing({ fsPath }: Uri, texts: Texts): void {
  const failure = { code: "E_SOURCE_VANISHED", details: { path: fsPath } } as const;
  void window.showWarningMessage(texts.failure(failure).message);
}
