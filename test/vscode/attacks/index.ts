/**
 * Runs inside the extension host of a window and does what a test outside says, so that one
 * window serves many attacks: starts the extension's own program, as it was built, a second time
 * beside the window's, with a state folder of its own, and stands in for its webview. Sockets,
 * files, settings and everything else are the extension host's.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  ConfigurationTarget,
  EventEmitter,
  type ExtensionContext,
  extensions,
  Uri,
  type WebviewView,
  workspace,
} from "vscode";
import { WebSocket } from "ws";
import type { ViewMessage } from "../../../src/bridge/messages";
import type { ViewState } from "../../../src/bridge/state";
import type { App, startApp } from "../../../src/host/app";
import {
  DRIVER_PORT,
  DRIVER_STATE,
  type FromHost,
  type ToHost,
} from "../../support/hostile/hostWords";
import { forget, measured } from "../../support/hostile/monitor.cjs";
import { type Keyring, memoryKeyring } from "../../support/memory/keyring";

const ID = "secureshare.secureshare";

/** The part of the build that VS Code loads with the first use. */
function builtProgram(folder: string): { startApp: typeof startApp } {
  const built = join(folder, "dist", "extension");
  const app = readdirSync(built).find((name) => /^app-.*\.js$/.test(name));
  if (app === undefined) throw new Error("the extension is not built");
  // VS Code's modules are reached by `require` alone.
  return require(join(built, app)) as { startApp: typeof startApp };
}

/** What VS Code gives an extension, with a memory that ends with the run. */
function contextOf(stateFolder: string, keyring: Keyring): ExtensionContext {
  const extension = extensions.getExtension<unknown>(ID);
  if (extension === undefined) throw new Error(`${ID} is not installed`);
  const { secrets, memory: globalState } = keyring;
  const { extensionUri } = extension;
  const globalStorageUri = Uri.file(stateFolder);
  const context = { subscriptions: [], secrets, globalState, extension, extensionUri };
  return {
    ...context,
    globalStorageUri,
    storageUri: globalStorageUri,
  } as unknown as ExtensionContext;
}

/** A webview that passes everything on. */
function openView(app: App, posted: (message: unknown) => void): EventEmitter<ViewMessage> {
  const messages = new EventEmitter<ViewMessage>();
  const never = new EventEmitter<void>().event;
  const webview = {
    options: {},
    html: "",
    cspSource: "https://view.test",
    asWebviewUri: (uri: Uri) => uri,
    onDidReceiveMessage: messages.event,
    postMessage: async (message: unknown) => (posted(message), true),
  };
  const view = { webview, visible: true, onDidDispose: never, onDidChangeVisibility: never };
  const token = { isCancellationRequested: false, onCancellationRequested: never };
  app.view.resolveWebviewView(view as unknown as WebviewView, { state: undefined }, token);
  messages.fire({ type: "ready" });
  return messages;
}

async function configure(settings: Readonly<Record<string, unknown>>): Promise<void> {
  const configuration = workspace.getConfiguration("secureshare");
  for (const [key, value] of Object.entries(settings))
    await configuration.update(key, value ?? undefined, ConfigurationTarget.Global);
}

/** The extension, from its start to its end. */
class Life {
  private constructor(
    readonly app: App,
    readonly view: EventEmitter<ViewMessage>,
    private readonly subscriptions: readonly { dispose(): unknown }[],
  ) {}

  static begin(keyring: Keyring, say: (word: FromHost) => void): Life {
    const context = contextOf(process.env[DRIVER_STATE] ?? "", keyring);
    const app = builtProgram(context.extensionUri.fsPath).startApp(context);
    const view = openView(app, (message) => {
      const posted = message as { type: string; state: ViewState };
      if (posted.type === "state") say({ is: "state", state: posted.state });
    });
    return new Life(app, view, context.subscriptions);
  }

  async end(): Promise<void> {
    await this.app.close();
    for (const each of this.subscriptions) each.dispose();
  }
}

/** Called by VS Code; settles when the test says so. */
export async function run(): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${process.env[DRIVER_PORT]}`);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const say = (word: FromHost) => socket.send(JSON.stringify(word));
  const keyring = memoryKeyring();
  let life = Life.begin(keyring, say);
  async function heed(word: ToHost): Promise<void> {
    switch (word.do) {
      case "configure":
        await configure(word.settings);
        return say({ is: "configured" });
      case "send":
        return life.app.commands.run("secureshare.send", [Uri.file(word.path)]);
      case "view":
        return life.view.fire(word.message);
      case "reload":
        await life.end();
        say({ is: "reloaded" });
        life = Life.begin(keyring, say);
        return;
      case "measure":
        say({ is: "measured", ...measured() });
        return forget();
      case "end":
        socket.close();
    }
  }
  socket.on("message", (data: Buffer) => {
    const broken = (error: unknown) => say({ is: "broken", why: String(error) });
    heed(JSON.parse(data.toString()) as ToHost).catch(broken);
  });
  await new Promise((resolve) => socket.once("close", resolve));
  await life.end();
}
