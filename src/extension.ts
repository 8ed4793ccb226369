/** The extension's entry: small, so that every window that opens pays next to nothing for it. */
import type { ExtensionContext } from "vscode";
import type { App } from "./host/app";
import { isAnythingLeft, openDoorway } from "./host/doorway";

/** What has to be closed before the extension host may end. VS Code gives no other place. */
let started: Promise<App> | undefined;

/**
 * Called once the window has started, so that what a reload interrupted goes on by itself,
 * with the view hidden too: VS Code names no other event for that. Where nothing was
 * interrupted, the names in two folders are read, and that is all until the first use.
 */
export function activate(context: ExtensionContext): void {
  const start = () => (started ??= load(context));
  context.subscriptions.push(...openDoorway(context.extension, start));
  void isAnythingLeft(context.globalStorageUri.fsPath).then((left) => (left ? start() : undefined));
}

export async function deactivate(): Promise<void> {
  await (await started)?.close();
}

async function load(context: ExtensionContext): Promise<App> {
  const { startApp } = await import("./host/app");
  return startApp(context);
}
