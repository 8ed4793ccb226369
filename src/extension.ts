/** Builds the extension's objects and connects them. Nothing runs before it is asked for. */
import { type ExtensionContext, env, Uri, window } from "vscode";
import { toSecureShareError } from "./core/errors";
import { Commands } from "./host/commands";
import { Contexts } from "./host/contexts";
import { EmbeddedRelay } from "./host/embeddedRelay";
import { Forwarding } from "./host/forwarding";
import { History } from "./host/history";
import { InterruptedList } from "./host/interruptedList";
import { leaveCards, takeCards } from "./host/leftCards";
import { Links } from "./host/links";
import { LiveSettings } from "./host/liveSettings";
import { Notices } from "./host/notices";
import { Receiving } from "./host/receiving";
import { RelayRoutes } from "./host/relayRoute";
import { Resuming } from "./host/resuming";
import { SenderRelays } from "./host/senderRelays";
import { Sending } from "./host/sending";
import { StatusBar } from "./host/statusBar";
import { TransferList } from "./host/transferList";
import { TransferLog } from "./host/transferLog";
import { TransfersView, VIEW_ID } from "./host/view";
import { ViewActions } from "./host/viewActions";
import { viewContent } from "./host/viewContent";

/** What has to be closed before the extension host may end. VS Code gives no other place. */
let close: (() => Promise<void>) | undefined;

/**
 * Called once the window has started, so that what a reload interrupted goes on by itself,
 * with the view hidden too: VS Code names no other event for that. It loads no protocol, and
 * reads one folder's names.
 */
export function activate(context: ExtensionContext): void {
  const { subscriptions, globalState, extension, extensionUri } = context;
  const stateFolder = context.globalStorageUri.fsPath;
  // The protocol, its cryptography and the relay: loaded when the first transfer needs them.
  const loadEngine = lazily(async () => {
    const { createEngine } = await import("./host/engine");
    return createEngine({
      stateFolder,
      window: context.storageUri?.fsPath ?? "",
      secrets: context.secrets,
      memory: globalState,
      session: env.sessionId,
      pageFolder: Uri.joinPath(extensionUri, "dist", "page").fsPath,
    });
  });
  const { version } = extension.packageJSON as { version: string };
  const settings = new LiveSettings();
  const transfers = new TransferList();
  const log = new TransferLog(transfers, settings);
  const fault = (error: unknown) => log.fault(toSecureShareError(error).code);
  const shown = () => view.visible;
  const interrupted = new InterruptedList({
    stateFolder,
    loadEngine,
    settings,
    transfers,
    log,
    shown,
  });
  const history = new History({ stateFolder, transfers, log, shown, now: Date.now });
  const relay = new EmbeddedRelay(
    async (...where) => (await loadEngine()).startRelay(...where),
    () => {
      contexts.update();
      view.refresh();
    },
  );
  const content = viewContent(settings, transfers, interrupted, history, relay);
  const view = new TransfersView(extensionUri, content);
  const routes = new RelayRoutes(settings, globalState);
  const contexts = new Contexts(transfers, relay);
  const relays = new SenderRelays({ relay, routes, transfers, log });
  const extensionId = extension.id;
  const shared = { settings, transfers, view, log, loadEngine, extensionId, stateFolder };
  const sending = new Sending({ ...shared, routes, relays });
  const receiving = new Receiving(shared);
  const resuming = new Resuming({ ...shared, interrupted, relays, sending });
  const parts = { ...shared, interrupted, history, routes, relay, sending, receiving, resuming };

  subscriptions.push(
    settings,
    transfers,
    interrupted,
    history,
    view,
    log,
    contexts,
    new StatusBar(transfers, settings),
    new Forwarding(transfers, log),
    new Notices(transfers, settings, view),
    new ViewActions(parts),
    new Commands(parts),
    window.registerWebviewViewProvider(VIEW_ID, view),
    window.registerUriHandler(new Links(receiving, settings)),
  );
  const whose = { stateFolder, window: context.storageUri?.fsPath ?? "", version };
  close = async () => {
    try {
      await transfers.close();
      await leaveCards(whose, transfers.left, Date.now()).catch(fault);
      await history.close();
    } finally {
      await relay.stop();
    }
  };
  void resuming.resumeOwn().catch(fault);
  void takeCards(whose, Date.now()).then((cards) => {
    for (const card of cards)
      transfers.restore(card, () =>
        card.paths.length > 0 ? sending.sendPaths(card.paths) : receiving.ask(),
      );
  });
}

export async function deactivate(): Promise<void> {
  await close?.();
}

/** Makes it when it is first asked for, and once. */
function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
