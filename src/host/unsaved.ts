import { type Uri, window, workspace } from "vscode";
import type { Texts } from "./texts";

/**
 * Asks about editors with changes that are not saved yet, at or below `uris`; true when what is
 * saved now may be sent.
 */
export async function areSaved(uris: readonly Uri[], texts: Texts): Promise<boolean> {
  const unsaved = workspace.textDocuments.filter(
    ({ isDirty, uri }) => isDirty && uris.some((above) => isAtOrBelow(uri, above)),
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

function isAtOrBelow(uri: Uri, above: Uri): boolean {
  if (uri.scheme !== above.scheme || uri.authority !== above.authority) return false;
  return uri.path === above.path || uri.path.startsWith(`${above.path.replace(/\/$/, "")}/`);
}
