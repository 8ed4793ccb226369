import { env, Uri, window } from "vscode";
import { TEXT_MAX } from "../core/wire/limits";
import type { RelayRoutes } from "./relayRoute";
import { type Content, SendCourse, type SendCourseParts } from "./sendCourse";
import type { TransferList } from "./transferList";
import { areSaved } from "./unsaved";
import { droppedFiles, isReadable } from "./uris";
import type { TransfersView } from "./view";

export interface SendingParts extends SendCourseParts {
  readonly transfers: TransferList;
  readonly routes: RelayRoutes;
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
      new SendCourse(this.parts, content, route, (content) => this.#send(content)),
    );
  }
}
