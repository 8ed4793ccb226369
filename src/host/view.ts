import { randomBytes } from "node:crypto";
import {
  commands,
  EventEmitter,
  Uri,
  type ViewBadge,
  type WebviewView,
  type WebviewViewProvider,
} from "vscode";
import { type HostMessage, parseViewMessage, type ViewMessage } from "../bridge/messages";
import { panelPage } from "../bridge/page";
import type { ViewState } from "../bridge/state";
import { Coalesced } from "./coalesce";
import { Disposable } from "./disposable";

const VIEW_ID = "secureshare.transfers";
/** The state is posted at most ten times a second. */
const POST_INTERVAL_MS = 100;

export interface ViewContent {
  state(): ViewState;
  /** On the container's icon: how many answers are needed. Only a zero takes it off again. */
  badge(): ViewBadge;
}

/**
 * The webview in its container. It may be closed, moved and made anew at any time: it shows
 * what the host has, and asks for it when its script is ready.
 */
export class TransfersView extends Disposable implements WebviewViewProvider {
  #view: WebviewView | undefined;
  readonly #refresh = this.register(new Coalesced(() => this.#show(), POST_INTERVAL_MS));
  readonly #messages = this.register(new EventEmitter<ViewMessage>());
  readonly onDidReceiveMessage = this.#messages.event;

  constructor(
    private readonly extensionUri: Uri,
    private readonly content: ViewContent,
  ) {
    super();
  }

  get visible(): boolean {
    return this.#view?.visible ?? false;
  }

  resolveWebviewView(view: WebviewView): void {
    const panel = Uri.joinPath(this.extensionUri, "dist", "panel");
    const { webview } = view;
    webview.options = {
      enableScripts: true,
      localResourceRoots: [panel, Uri.joinPath(this.extensionUri, "media")],
    };
    webview.html = panelPage({
      title: "SecureShare",
      language: this.content.state().language,
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString("base64url"),
      script: webview.asWebviewUri(Uri.joinPath(panel, "main.js")).toString(),
      style: webview.asWebviewUri(Uri.joinPath(panel, "panel.css")).toString(),
    });
    webview.onDidReceiveMessage((data: unknown) => this.#receive(data));
    view.onDidChangeVisibility(() => this.refresh());
    view.onDidDispose(() => {
      if (this.#view === view) this.#view = undefined;
    });
    this.#view = view;
  }

  /** Brings the view to the front and gives it the keyboard. */
  async show(): Promise<void> {
    await commands.executeCommand(`${VIEW_ID}.focus`);
  }

  /** What it shows has changed. */
  refresh(): void {
    this.#refresh.request();
  }

  /** Posts at once; a view that is hidden asks again when it is shown. */
  async post(message: HostMessage): Promise<void> {
    if (this.visible) await this.#view?.webview.postMessage(message);
  }

  #show(): void {
    if (this.#view !== undefined) this.#view.badge = this.content.badge();
    void this.post({ type: "state", state: this.content.state() });
  }

  /** Only well-formed messages get through; the rest is dropped. */
  #receive(data: unknown): void {
    const message = parseViewMessage(data);
    if (message?.type === "ready") this.#show();
    if (message !== undefined) this.#messages.fire(message);
  }
}
