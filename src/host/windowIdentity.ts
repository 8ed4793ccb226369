import { randomBytes } from "node:crypto";
import type { Memento } from "vscode";

const KEY = "window";

interface Context {
  /** Of the workspace. */
  readonly storageUri: { readonly fsPath: string } | undefined;
  readonly workspaceState: Pick<Memento, "get" | "update">;
}

/**
 * By what a window knows, when it is reloaded, what it had left itself: the storage folder of its
 * workspace. For a window without one, VS Code on a desktop keeps a state that survives a reload
 * and that no other window has: a random name is put there. In a browser all such windows have one
 * state together, and nothing tells them apart: each life has a name of its own there, and takes
 * up nothing by itself.
 *
 * @param inBrowser the window is a page of a browser's
 */
export function windowIdentity(
  { storageUri, workspaceState }: Context,
  inBrowser: boolean,
): string {
  if (storageUri !== undefined) return storageUri.fsPath;
  const known: unknown = inBrowser ? undefined : workspaceState.get(KEY);
  if (typeof known === "string") return known;
  const name = randomBytes(16).toString("hex");
  // Where it is not remembered, the next life has another name.
  if (!inBrowser) workspaceState.update(KEY, name).then(undefined, () => undefined);
  return name;
}
