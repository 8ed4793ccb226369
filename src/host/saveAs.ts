import { Uri, window, workspace } from "vscode";

/** Asks where to, with a name to begin with, and writes the text there. */
export async function saveAs(text: string, name: string, label: string): Promise<void> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const target = await window.showSaveDialog({
    saveLabel: label,
    ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, name) }),
  });
  if (target !== undefined) await workspace.fs.writeFile(target, new TextEncoder().encode(text));
}
