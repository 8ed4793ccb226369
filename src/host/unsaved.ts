import { sep } from "node:path";
import { window, workspace } from "vscode";
import type { Texts } from "./texts";

/**
 * Asks about editors with changes that are not on disk yet, at or below `paths`; true when
 * what is on disk now may be sent.
 */
export async function savedOnDisk(paths: readonly string[], texts: Texts): Promise<boolean> {
  const unsaved = workspace.textDocuments.filter(
    (document) =>
      document.isDirty && document.uri.scheme === "file" && lies(document.uri.fsPath, paths),
  );
  if (unsaved.length === 0) return true;
  const save = texts.say("saveAndSend");
  const asIs = texts.say("sendAsSaved");
  const question = texts.say("unsaved", { count: unsaved.length });
  const answer = await window.showWarningMessage(question, { modal: true }, save, asIs);
  if (answer !== save) return answer === asIs;
  const saved = await Promise.all(unsaved.map((document) => document.save()));
  if (saved.every(Boolean)) return true;
  void window.showErrorMessage(texts.say("notSaved"));
  return false;
}

function lies(file: string, paths: readonly string[]): boolean {
  return paths.some((path) => file === path || file.startsWith(path + sep));
}
