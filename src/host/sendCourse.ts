import { type Uri, workspace } from "vscode";
import { toSecureShareError } from "../core/errors";
import type { Summary } from "../core/session/events";
import type { Transfer } from "../presenter/transfer";
import type { Engine, LoadEngine, Outgoing } from "./engine";
import type { KeptTransfer } from "./keptTransfer";
import type { LiveSettings } from "./liveSettings";
import type { RelayRoute } from "./relayRoute";
import type { SenderRelays } from "./senderRelays";
import type { Course } from "./transferList";
import type { TransferLog } from "./transferLog";

/** What is sent: files and folders of the disk by their absolute paths, of others, or a text. */
export type Content =
  | { kind: "files"; paths: readonly string[]; gitignore?: boolean }
  | { kind: "virtual"; uris: readonly Uri[] }
  | { kind: "text"; text: string };

export interface SendCourseParts {
  readonly settings: LiveSettings;
  readonly relays: SenderRelays;
  readonly log: TransferLog;
  readonly loadEngine: LoadEngine;
}

interface Running {
  readonly engine: Engine;
  readonly transfer: Transfer;
  readonly signal: AbortSignal;
  readonly kept: KeptTransfer | undefined;
  /** What goes to the receiver once that has come. */
  outgoing: Outgoing;
}

/** One transfer of a sender, from what its user chose to its end. */
export class SendCourse implements Course {
  #running: Running | undefined;
  /** Settles when the last of its user's wishes for other rules has been heeded. */
  #heeded: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: SendCourseParts,
    private content: Content,
    private readonly route: RelayRoute,
    private readonly anew: (content: Content) => Promise<void>,
  ) {}

  get paths(): readonly string[] {
    return this.content.kind === "files" ? this.content.paths : [];
  }

  again(): Promise<void> {
    return this.anew(this.content);
  }

  async run(transfer: Transfer, signal: AbortSignal): Promise<Summary> {
    const engine = await this.parts.loadEngine();
    const outgoing = await this.#prepare(engine, this.content, signal);
    const kept = this.content.kind === "files" ? await this.#keep(outgoing) : undefined;
    const running: Running = { engine, transfer, signal, kept, outgoing };
    this.#running = running;
    try {
      if (kept !== undefined) transfer.keptBy(kept);
      transfer.describe(outgoing.contents);
      return await this.#send(running);
    } finally {
      await kept?.end();
      await running.outgoing.close();
    }
  }

  /** One after the other; changes nothing once the receiver has come. */
  heeding(gitignore: boolean): Promise<void> {
    const heeded = this.#heeded.then(() => this.#heed(gitignore));
    this.#heeded = heeded.catch(() => {});
    return heeded;
  }

  async #heed(gitignore: boolean): Promise<void> {
    const running = this.#running;
    if (running === undefined || this.content.kind !== "files") return;
    const { engine, transfer, signal } = running;
    const content: Content = { ...this.content, gitignore };
    const waits = () => transfer.view.phase.phase === "waiting";
    try {
      const outgoing = await this.#prepare(engine, content, signal);
      if (!waits()) return await outgoing.close();
      this.content = content;
      await this.#replace(running, outgoing);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      // Where it has failed, the view takes its tick back.
      if (waits()) transfer.describe(running.outgoing.contents);
    }
  }

  async #replace(running: Running, outgoing: Outgoing): Promise<void> {
    const { kept, outgoing: former } = running;
    running.outgoing = outgoing;
    await kept?.rewrite(() => outgoing.save(kept));
    await former.close();
  }

  #send(running: Running): Promise<Summary> {
    const { engine, transfer, kept, signal } = running;
    const { verification, codeLifetimeMs, padding, keepForMs } = this.parts.settings.current;
    const { controls } = transfer;
    const options = {
      verify: verification,
      automated: false,
      keepForMs,
      codeLifetimeMs,
      padding,
      controls,
    };
    const current = {
      get source() {
        return running.outgoing.source;
      },
    };
    const passage = { transfer, kept, route: this.route, signal };
    return this.parts.relays.through(passage, (relays, signal) =>
      engine.send(current, kept, { ...options, ...relays }, transfer.senderUi(), signal),
    );
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
  async #keep(outgoing: Outgoing): Promise<KeptTransfer | undefined> {
    if (this.parts.settings.current.keepForMs === 0) return undefined;
    const { journals } = await this.parts.loadEngine();
    let kept: KeptTransfer | undefined;
    try {
      kept = await journals.begin({ paths: [...this.paths] });
      await outgoing.save(kept);
      return kept;
    } catch (error) {
      this.parts.log.fault(toSecureShareError(error).code);
      await kept?.end();
      return undefined;
    }
  }
}
