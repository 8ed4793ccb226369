import { join } from "node:path";
import { commands, env, UIKind, Uri, window, workspace } from "vscode";
import type { Transfer } from "../presenter/transfer";
import { plainText } from "./plainText";
import type { Texts } from "./texts";

/**
 * Shows what was received: in the Explorer when it lies in the workspace, else in the
 * system's file manager, else (the files are on another computer) by its path.
 */
export async function revealReceived(transfer: Transfer, texts: Texts): Promise<void> {
  const { folder, firstPath } = transfer.state;
  if (folder === undefined) return;
  const uri = Uri.file(firstPath === undefined ? folder : join(folder, firstPath));
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
