/** Builds the extension's objects and connects them. Nothing runs before it is asked for. */
import { type ExtensionContext, window } from "vscode";
import { Commands } from "./host/commands";
import { Contexts } from "./host/contexts";
import { EmbeddedRelay } from "./host/embeddedRelay";
import { Links } from "./host/links";
import { LiveSettings } from "./host/liveSettings";
import { Notices } from "./host/notices";
import { Receiving } from "./host/receiving";
import { RelayRoutes } from "./host/relayRoute";
import { Sending } from "./host/sending";
import { StatusBar } from "./host/statusBar";
import { TransferList } from "./host/transferList";
import { TransferLog } from "./host/transferLog";
import { TransfersView, VIEW_ID } from "./host/view";
import { ViewActions } from "./host/viewActions";
import { viewContent } from "./host/viewContent";

/** What has to be closed before the extension host may end. VS Code gives no other place. */
let close: (() => Promise<void>) | undefined;

export function activate({
  subscriptions,
  globalState,
  globalStorageUri,
  extension,
  extensionUri,
}: ExtensionContext): void {
  // The protocol, its cryptography and the relay: loaded when the first transfer needs them.
  const loadEngine = lazily(async () => {
    const { createEngine } = await import("./host/engine");
    return createEngine(globalStorageUri.fsPath);
  });
  const settings = new LiveSettings();
  const transfers = new TransferList();
  const view = new TransfersView(extensionUri, viewContent(settings, transfers));
  const log = new TransferLog(transfers, settings);
  const routes = new RelayRoutes(settings, globalState);
  const relay = new EmbeddedRelay(
    async (...where) => (await loadEngine()).startRelay(...where),
    () => contexts.update(),
  );
  const contexts = new Contexts(transfers, relay);
  const shared = { settings, transfers, view, loadEngine, extensionId: extension.id };
  const sending = new Sending({ ...shared, routes, relay });
  const receiving = new Receiving({ ...shared, stateFolder: globalStorageUri.fsPath });
  const parts = { settings, transfers, view, log, routes, relay, sending, receiving };

  subscriptions.push(
    settings,
    transfers,
    view,
    log,
    contexts,
    new StatusBar(transfers, settings),
    new Notices(transfers, settings, view),
    new ViewActions(parts),
    new Commands(parts),
    window.registerWebviewViewProvider(VIEW_ID, view),
    window.registerUriHandler(new Links(receiving, settings)),
  );
  close = async () => {
    await transfers.close();
    await relay.stop();
  };
}

export async function deactivate(): Promise<void> {
  await close?.();
}

/** Makes it when it is first asked for, and once. */
function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
