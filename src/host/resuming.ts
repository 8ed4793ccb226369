import { setTimeout as sleep } from "node:timers/promises";
import { env, window } from "vscode";
import type { Contents } from "../bridge/state";
import { toSecureShareError } from "../core/errors";
import type { ReceiverDocument, SenderDocument } from "../core/files/journal";
import type { Summary } from "../core/session/events";
import type { Transfer } from "../presenter/transfer";
import type { Engine, LoadEngine } from "./engine";
import { defaultFolder } from "./folders";
import type { InterruptedList } from "./interruptedList";
import type { KeptTransfer } from "./keptTransfer";
import type { LiveSettings } from "./liveSettings";
import type { RelayRoute } from "./relayRoute";
import type { SenderRelays } from "./senderRelays";
import type { Sending } from "./sending";
import type { TransferList } from "./transferList";
import type { TransferLog } from "./transferLog";
import type { TransfersView } from "./view";

export interface ResumingParts {
  readonly settings: LiveSettings;
  readonly transfers: Pick<TransferList, "all" | "closing" | "start">;
  readonly interrupted: Pick<InterruptedList, "all" | "disposed" | "read" | "refresh">;
  readonly relays: Pick<SenderRelays, "through">;
  readonly sending: Pick<Sending, "sendPaths">;
  readonly loadEngine: LoadEngine;
  readonly extensionId: string;
  readonly stateFolder: string;
  readonly view: Pick<TransfersView, "show">;
  readonly log: Pick<TransferLog, "fault">;
}

/** How often to look whether a transfer has been let go of. */
const HELD_MS = 250;
const NOTHING: Contents = { names: [], files: 0, bytes: 0, leftOut: [], leftOutCount: 0 };

type Taken = "taken" | "running" | "missing";

/** Transfers of earlier windows, from the journal to a running transfer. */
export class Resuming {
  readonly #taking = new Map<string, Promise<Taken>>();

  constructor(private readonly parts: ResumingParts) {}

  /** Goes on by itself with what this very window had before it was reloaded. */
  async resumeOwn(): Promise<void> {
    const { interrupted } = this.parts;
    for (;;) {
      // The extension host of the former life may still be at its last writes.
      let held = false;
      for (const { id, reloaded, running } of await interrupted.read()) {
        if (!reloaded || running === "here") continue;
        if (running === "elsewhere" || (await this.#takeOwn(id)) === "running") held = true;
      }
      if (!held || interrupted.disposed) return;
      await sleep(HELD_MS, undefined, { ref: false });
    }
  }

  /** Goes on at the user's word. */
  async resume(id: string): Promise<void> {
    const { interrupted, settings, transfers, view } = this.parts;
    const taken = await this.#take(id);
    const here = transfers.all.some(({ journal }) => journal === id);
    if (taken === "taken" || here) return view.show();
    const { texts } = settings;
    interrupted.refresh();
    void window.showInformationMessage(
      texts.say(taken === "running" ? "runsElsewhere" : "noLongerThere"),
    );
  }

  /** Asks which. */
  async ask(): Promise<void> {
    const { interrupted, settings } = this.parts;
    const { texts } = settings;
    await interrupted.read();
    const items = interrupted.all.map(({ id, role, contents, at, elsewhere }) => ({
      label: texts.title(role, contents),
      description: elsewhere ? texts.say("elsewhere") : texts.details(contents, at),
      id,
    }));
    if (items.length === 0) return void window.showInformationMessage(texts.say("nothingToResume"));
    const picked = await window.showQuickPick(items, { title: texts.say("resumeWhich") });
    if (picked !== undefined) await this.resume(picked.id);
  }

  /** Removes one, with what has arrived of unfinished files, when the user agrees. */
  async forget(id: string): Promise<void> {
    const { interrupted, loadEngine, settings } = this.parts;
    const { texts } = settings;
    const forget = texts.say("forget");
    const modal = { modal: true, detail: texts.say("forgetDetail") };
    const question = texts.say("forgetQuestion");
    if ((await window.showWarningMessage(question, modal, forget)) !== forget) return;
    const { journals } = await loadEngine();
    if (!(await journals.forget(id)))
      void window.showInformationMessage(texts.say("runsElsewhere"));
    await interrupted.read();
  }

  /** One that cannot be read does not keep the others from going on. */
  async #takeOwn(id: string): Promise<Taken> {
    try {
      return await this.#take(id);
    } catch (error) {
      this.parts.log.fault(toSecureShareError(error).code);
      return "missing";
    }
  }

  /** Twice at once is once: who asks again must not hear that somebody else is at it. */
  #take(id: string): Promise<Taken> {
    const taking = this.#taking.get(id) ?? this.#takeUp(id).finally(() => this.#taking.delete(id));
    this.#taking.set(id, taking);
    return taking;
  }

  async #takeUp(id: string): Promise<Taken> {
    const engine = await this.parts.loadEngine();
    const kept = await engine.journals.take(id);
    if (kept === "running" || kept === "missing") return kept;
    const { document } = kept.transfer;
    if (document === undefined || this.parts.transfers.closing) {
      await kept.end();
      return "missing";
    }
    this.#start(engine, kept, document);
    return "taken";
  }

  #start(engine: Engine, kept: KeptTransfer, document: SenderDocument | ReceiverDocument): void {
    const { transfers, extensionId, sending } = this.parts;
    const { role, verify } = document;
    const reach = kept.note.relay?.reach ?? "configured";
    const { uriScheme } = env;
    transfers.start(
      { id: kept.id, role, verify, reach, uriScheme, extensionId },
      {
        run: (transfer, signal) => this.#run(engine, transfer, kept, document, signal),
        // Only a sender's can be begun anew; whatever can go on, goes on instead.
        again: () => sending.sendPaths(kept.note.paths),
        paths: kept.note.paths,
      },
    );
  }

  async #run(
    engine: Engine,
    transfer: Transfer,
    kept: KeptTransfer,
    document: SenderDocument | ReceiverDocument,
    signal: AbortSignal,
  ): Promise<Summary> {
    try {
      transfer.keptBy(kept);
      kept.resume();
      transfer.takeUp({
        contents: { ...NOTHING, ...kept.note.contents },
        folder: document.role === "receiver" ? (document.folder ?? undefined) : undefined,
        paused: kept.note.paused,
      });
      return document.role === "sender"
        ? await this.#send(engine, transfer, kept, document, signal)
        : await this.#receive(engine, transfer, kept, document, signal);
    } finally {
      await kept.end();
    }
  }

  async #send(
    engine: Engine,
    transfer: Transfer,
    kept: KeptTransfer,
    { relays, verify, automated, padding }: SenderDocument,
    signal: AbortSignal,
  ): Promise<Summary> {
    const { keepForMs, codeLifetimeMs } = this.parts.settings.current;
    const { controls } = transfer;
    const options = { verify, automated, padding, keepForMs, codeLifetimeMs, controls };
    const route: RelayRoute =
      kept.note.relay === null
        ? { kind: "configured", relays }
        : { kind: "embedded", ...kept.note.relay };
    const outgoing = await engine.restore(kept);
    try {
      return await this.parts.relays.through({ transfer, kept, route, signal }, (own, signal) =>
        engine.send(outgoing, kept, { ...options, ...own }, transfer.senderUi(), signal),
      );
    } finally {
      await outgoing.close();
    }
  }

  #receive(
    engine: Engine,
    transfer: Transfer,
    kept: KeptTransfer,
    { relays, verify, automated }: ReceiverDocument,
    signal: AbortSignal,
  ): Promise<Summary> {
    const { keepForMs, onConflict, receiveFolder } = this.parts.settings.current;
    const { controls } = transfer;
    const folder = defaultFolder(receiveFolder);
    const defaults = { folder, scratch: this.parts.stateFolder, conflict: onConflict };
    return engine.receive(
      kept,
      { relays, verify, automated, keepForMs, controls },
      transfer.receiverUi(defaults),
      signal,
    );
  }
}
