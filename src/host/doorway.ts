/** What VS Code meets of the extension before any of it is needed. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  commands,
  type Disposable,
  type Extension,
  type UriHandler,
  type WebviewViewProvider,
  window,
} from "vscode";
import type { App } from "./app";

/** As in package.json. Whatever the rest has too would make a file of its own, and one more to read. */
const VIEW_ID = "secureshare.transfers";
/** Folders in which an earlier life of a window leaves what goes on. */
const LEFT_BEHIND = ["transfers", "cards"];

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

/** Registers commands, view and links, each of which starts the rest when it is first used. */
export function openDoorway(
  extension: Extension<unknown>,
  start: () => Promise<App>,
): Disposable[] {
  const { contributes } = extension.packageJSON as Manifest;
  const view: WebviewViewProvider = {
    resolveWebviewView: async (...args) => (await start()).view.resolveWebviewView(...args),
  };
  const links: UriHandler = { handleUri: async (uri) => (await start()).links.handleUri(uri) };
  return [
    ...contributes.commands.map(({ command }) =>
      commands.registerCommand(command, async (...args: unknown[]) =>
        (await start()).commands.run(command, args),
      ),
    ),
    window.registerWebviewViewProvider(VIEW_ID, view),
    window.registerUriHandler(links),
  ];
}

/** Whether this window, or another, has left something that may have to go on now. */
export async function isAnythingLeft(stateFolder: string): Promise<boolean> {
  const folders = LEFT_BEHIND.map((name) => join(stateFolder, name));
  const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  return names.flat().length > 0;
}
