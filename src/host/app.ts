/**
 * Builds the extension's objects and connects them, when the first of them is needed. It loads
 * no protocol yet.
 */
import {
  type ExtensionContext,
  env,
  UIKind,
  Uri,
  type UriHandler,
  type WebviewViewProvider,
} from "vscode";
import { toSecureShareError } from "../core/errors";
import { Commands } from "./commands";
import { Contexts } from "./contexts";
import { EmbeddedRelay } from "./embeddedRelay";
import { Forwarding } from "./forwarding";
import { History } from "./history";
import { InterruptedList } from "./interruptedList";
import { leaveCards, takeCards } from "./leftCards";
import { Links } from "./links";
import { LiveSettings } from "./liveSettings";
import { Notices } from "./notices";
import { Receiving } from "./receiving";
import { RelayRoutes } from "./relayRoute";
import { Resuming } from "./resuming";
import { SenderRelays } from "./senderRelays";
import { Sending } from "./sending";
import { StatusBar } from "./statusBar";
import { TransferList } from "./transferList";
import { TransferLog } from "./transferLog";
import { TransfersView } from "./view";
import { ViewActions } from "./viewActions";
import { viewContent } from "./viewContent";
import { windowIdentity } from "./windowIdentity";

/** The extension as VS Code meets it. */
export interface App {
  readonly commands: Pick<Commands, "run">;
  readonly view: WebviewViewProvider;
  readonly links: UriHandler;
  /** Leaves what can go on later to the window's next life, and ends the rest. */
  close(): Promise<void>;
}

export function startApp(context: ExtensionContext): App {
  const { subscriptions, globalState, extension, extensionUri } = context;
  const stateFolder = context.globalStorageUri.fsPath;
  const window = windowIdentity(context, env.uiKind === UIKind.Web);
  // The protocol, its cryptography and the relay: loaded when the first transfer needs them.
  const loadEngine = lazily(async () => {
    const { createEngine } = await import("./engine");
    return createEngine({
      stateFolder,
      window,
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
  const forwarding = new Forwarding(transfers, log);
  const relays = new SenderRelays({ relay, routes, transfers, log, forwarding });
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
    forwarding,
    new Notices(transfers, settings, view),
    new ViewActions(parts),
  );
  const whose = { stateFolder, window, version };
  const close = async () => {
    try {
      await Promise.all([transfers.close(), restored]);
      await leaveCards(whose, transfers.left, Date.now()).catch(fault);
      await history.close();
    } finally {
      await relay.stop();
    }
  };
  void resuming.resumeOwn().catch(fault);
  // What is taken off the disk is left there anew by a window that goes in this moment.
  const restored = takeCards(whose, Date.now())
    .then((cards) => {
      for (const card of cards)
        transfers.restore(card, () =>
          card.paths.length > 0 ? sending.sendPaths(card.paths) : receiving.ask(),
        );
    })
    .catch(fault);
  return { commands: new Commands(parts), view, links: new Links(receiving, settings), close };
}

/** Makes it when it is first asked for, and once. */
function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
