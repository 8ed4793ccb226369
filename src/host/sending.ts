import { env, Uri, window } from "vscode";
import type { SendOptions } from "../core/session/transfer";
import { TEXT_MAX } from "../core/wire/limits";
import { relayUrl } from "../node/networkAddresses";
import type { EmbeddedRelay } from "./embeddedRelay";
import type { LoadEngine } from "./engine";
import type { LiveSettings } from "./liveSettings";
import type { RelayRoute, RelayRoutes } from "./relayRoute";
import type { Transfer } from "./transfer";
import type { TransferList } from "./transferList";
import { savedOnDisk } from "./unsaved";
import type { TransfersView } from "./view";

/** What is sent: files and folders by their absolute paths, or a text. */
type Content = { kind: "files"; paths: readonly string[] } | { kind: "text"; text: string };

export interface SendingParts {
  readonly settings: LiveSettings;
  readonly transfers: TransferList;
  readonly routes: RelayRoutes;
  readonly relay: EmbeddedRelay;
  readonly loadEngine: LoadEngine;
  readonly extensionId: string;
  readonly view: Pick<TransfersView, "show">;
}

/** The sender's side, from what the user chose to a running transfer. */
export class Sending {
  constructor(private readonly parts: SendingParts) {}

  /** Sends files and folders. Those that are not on this computer's disk are told, not sent. */
  async sendFiles(uris: readonly Uri[]): Promise<void> {
    const { texts } = this.parts.settings;
    const local = uris.filter((uri) => uri.scheme === "file");
    if (local.length < uris.length) void window.showWarningMessage(texts.say("notOnDisk"));
    if (local.length === 0) return;
    const paths = [...new Set(local.map((uri) => uri.fsPath))];
    if (await savedOnDisk(paths, texts)) await this.#send({ kind: "files", paths });
  }

  /** Sends a text as a message, which the receiver sees and no disk does. */
  async sendText(text: string): Promise<void> {
    const { texts } = this.parts.settings;
    if (Buffer.byteLength(text) <= TEXT_MAX) return this.#send({ kind: "text", text });
    const bytes = texts.bytes(TEXT_MAX);
    void window.showWarningMessage(texts.say("textTooLong", { bytes }));
  }

  async #send(content: Content): Promise<void> {
    const route = await this.parts.routes.choose();
    if (route === undefined) return;
    const { verification } = this.parts.settings.current;
    // The view first: what fails at once is then seen there and needs no notification.
    await Promise.all([this.parts.view.show(), this.parts.loadEngine()]);
    this.parts.transfers.start(
      {
        role: "sender",
        verify: verification,
        reach: route.kind === "configured" ? "configured" : route.reach,
        uriScheme: env.uriScheme,
        extensionId: this.parts.extensionId,
      },
      {
        run: (transfer, signal) => this.#run(transfer, content, route, signal),
        again: () => this.#send(content),
      },
    );
  }

  async #run(transfer: Transfer, content: Content, route: RelayRoute, signal: AbortSignal) {
    const engine = await this.parts.loadEngine();
    const { exclude, respectGitignore } = this.parts.settings.current;
    const outgoing = await (content.kind === "text"
      ? engine.prepareText(content.text)
      : engine.prepareFiles(content.paths, { exclude, respectGitignore }, signal));
    try {
      transfer.describe(outgoing.contents);
      return await this.#through(route, signal, (relays, signal) =>
        engine.send(outgoing.source, this.#options(relays), transfer.senderUi(), signal),
      );
    } finally {
      await outgoing.close();
    }
  }

  #options(relays: Pick<SendOptions, "relays" | "claim">): SendOptions {
    const { verification, codeLifetimeMs, padding } = this.parts.settings.current;
    return {
      ...relays,
      verify: verification,
      automated: false,
      keepForMs: 0,
      codeLifetimeMs,
      padding,
    };
  }

  /** Holds the window's relay while `send` runs, where the route leads through it. */
  async #through<T>(
    route: RelayRoute,
    signal: AbortSignal,
    send: (relays: Pick<SendOptions, "relays" | "claim">, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (route.kind === "configured") return send({ relays: route.relays }, signal);
    const { port, claim, stopped, release } = await this.parts.relay.lease(route.bind, route.port);
    try {
      const relays = [relayUrl(route.announced, port)];
      return await send({ relays, claim }, AbortSignal.any([signal, stopped]));
    } finally {
      await release();
    }
  }
}
