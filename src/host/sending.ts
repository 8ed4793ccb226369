import { env, Uri, window, workspace } from "vscode";
import { toSecureShareError } from "../core/errors";
import { TEXT_MAX } from "../core/wire/limits";
import type { Transfer } from "../presenter/transfer";
import type { Engine, LoadEngine, Outgoing } from "./engine";
import type { KeptTransfer } from "./keptTransfer";
import type { LiveSettings } from "./liveSettings";
import type { RelayRoute, RelayRoutes } from "./relayRoute";
import type { SenderRelays } from "./senderRelays";
import type { TransferList } from "./transferList";
import type { TransferLog } from "./transferLog";
import { areSaved } from "./unsaved";
import { droppedFiles, isReadable } from "./uris";
import type { TransfersView } from "./view";

/** What is sent: files and folders of the disk by their absolute paths, of others, or a text. */
type Content =
  | { kind: "files"; paths: readonly string[]; gitignore?: boolean }
  | { kind: "virtual"; uris: readonly Uri[] }
  | { kind: "text"; text: string };

export interface SendingParts {
  readonly settings: LiveSettings;
  readonly transfers: TransferList;
  readonly routes: RelayRoutes;
  readonly relays: SenderRelays;
  readonly log: TransferLog;
  readonly loadEngine: LoadEngine;
  readonly extensionId: string;
  readonly view: Pick<TransfersView, "show">;
}

/** The sender's side, from what the user chose to a running transfer. */
export class Sending {
  constructor(private readonly parts: SendingParts) {}

  /**
   * Sends files and folders: from the disk, or from wherever VS Code can read them. What it
   * cannot read is told, not sent.
   */
  async sendFiles(uris: readonly Uri[]): Promise<void> {
    const { texts } = this.parts.settings;
    const readable = uris.filter(isReadable);
    if (readable.length < uris.length) void window.showWarningMessage(texts.say("notReadable"));
    if (readable.length === 0) return;
    if (readable.every(({ scheme }) => scheme === "file"))
      return this.sendPaths([...new Set(readable.map((uri) => uri.fsPath))]);
    if (await areSaved(readable, texts)) await this.#send({ kind: "virtual", uris: readable });
  }

  /** Sends what was dropped on the view, and tells what of it is out of reach. */
  async sendDropped(dropped: readonly string[]): Promise<void> {
    const uris = droppedFiles(dropped, env.remoteName !== undefined);
    const { texts } = this.parts.settings;
    if (uris.length < dropped.length) void window.showWarningMessage(texts.say("notReadable"));
    if (uris.length > 0) await this.sendFiles(uris);
  }

  /** Sends what lies at these absolute paths. */
  async sendPaths(paths: readonly string[]): Promise<void> {
    const { texts } = this.parts.settings;
    const uris = paths.map((path) => Uri.file(path));
    if (await areSaved(uris, texts)) await this.#send({ kind: "files", paths });
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
        paths: content.kind === "files" ? content.paths : [],
        ...(content.kind === "files" && {
          heeding: (gitignore: boolean) => this.#send({ ...content, gitignore }),
        }),
      },
    );
  }

  async #run(transfer: Transfer, content: Content, route: RelayRoute, signal: AbortSignal) {
    const engine = await this.parts.loadEngine();
    const outgoing = await this.#prepare(engine, content, signal);
    const kept = content.kind === "files" ? await this.#keep(outgoing, content.paths) : undefined;
    try {
      if (kept !== undefined) transfer.keptBy(kept);
      transfer.describe(outgoing.contents);
      const { verification, codeLifetimeMs, padding, keepForMs } = this.parts.settings.current;
      const options = {
        verify: verification,
        automated: false,
        keepForMs,
        codeLifetimeMs,
        padding,
      };
      const { controls } = transfer;
      return await this.parts.relays.through({ transfer, kept, route, signal }, (relays, signal) =>
        engine.send(
          outgoing,
          kept,
          { ...options, ...relays, controls },
          transfer.senderUi(),
          signal,
        ),
      );
    } finally {
      await kept?.end();
      await outgoing.close();
    }
  }

  #prepare(engine: Engine, content: Content, signal: AbortSignal): Promise<Outgoing> {
    const { exclude, respectGitignore } = this.parts.settings.current;
    switch (content.kind) {
      case "text":
        return engine.prepareText(content.text);
      case "virtual":
        return engine.prepareVirtual(workspace.fs, content.uris, exclude, signal);
      case "files":
        return engine.prepareFiles(
          content.paths,
          { exclude, respectGitignore: content.gitignore ?? respectGitignore },
          signal,
        );
    }
  }

  /** A disk that cannot remember the transfer does not keep it from being sent. */
  async #keep(outgoing: Outgoing, paths: readonly string[]): Promise<KeptTransfer | undefined> {
    if (this.parts.settings.current.keepForMs === 0) return undefined;
    const { journals } = await this.parts.loadEngine();
    let kept: KeptTransfer | undefined;
    try {
      kept = await journals.begin({ paths: [...paths] });
      await outgoing.save(kept);
      return kept;
    } catch (error) {
      this.parts.log.fault(toSecureShareError(error).code);
      await kept?.end();
      return undefined;
    }
  }
}
