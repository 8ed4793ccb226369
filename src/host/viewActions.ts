import { commands, env, window } from "vscode";
import type { ViewMessage } from "../bridge/messages";
import type { Failure } from "../core/errors";
import type { Transfer } from "../presenter/transfer";
import { askForAddress } from "./addressInput";
import { Disposable } from "./disposable";
import type { EmbeddedRelay } from "./embeddedRelay";
import { reportFault } from "./faults";
import { askForFolder } from "./folders";
import type { History } from "./history";
import type { InterruptedList } from "./interruptedList";
import { readTyped } from "./invitationInput";
import type { LiveSettings } from "./liveSettings";
import type { Receiving } from "./receiving";
import type { RelayRoutes } from "./relayRoute";
import type { Resuming } from "./resuming";
import { revealReceived } from "./reveal";
import { saveAs } from "./saveAs";
import type { Sending } from "./sending";
import type { TransferList } from "./transferList";
import type { TransferLog } from "./transferLog";
import type { TransfersView } from "./view";
import { ownRelays } from "./viewContent";

export interface ViewActionParts {
  readonly settings: LiveSettings;
  readonly transfers: TransferList;
  readonly routes: RelayRoutes;
  readonly relay: Pick<EmbeddedRelay, "listening">;
  readonly sending: Sending;
  readonly receiving: Receiving;
  readonly resuming: Resuming;
  readonly interrupted: InterruptedList;
  readonly history: History;
  readonly view: TransfersView;
  readonly log: TransferLog;
}

type About<T extends ViewMessage["type"]> = Extract<ViewMessage, { type: T }>;
/** Messages that name a transfer. */
type TransferMessage = Extract<ViewMessage, { id: string }>;

/** Keeps the view current and does what it asks. Messages about a transfer that is not there are dropped. */
export class ViewActions extends Disposable {
  readonly #receiving = new Map<string, Promise<Failure | undefined>>();

  constructor(private readonly parts: ViewActionParts) {
    super();
    const { view, transfers, settings, interrupted, history, log } = parts;
    this.register(interrupted.onDidChange(() => view.refresh()));
    this.register(history.onDidChange(() => view.refresh()));
    this.register(transfers.onDidChange(() => view.refresh()));
    this.register(settings.onDidChange(() => view.refresh()));
    this.register(
      view.onDidReceiveMessage((message) => {
        this.#handle(message).catch((error: unknown) => reportFault(error, log, settings.texts));
      }),
    );
  }

  async #handle(message: ViewMessage): Promise<void> {
    if ("id" in message) {
      const transfer = this.parts.transfers.get(message.id);
      return transfer === undefined ? undefined : this.#aboutTransfer(transfer, message);
    }
    const { settings, sending, routes, resuming, interrupted, history } = this.parts;
    switch (message.type) {
      case "send":
        return void (await commands.executeCommand("secureshare.send"));
      case "drop":
        return sending.sendDropped(message.uris);
      case "check":
        return this.#check(message);
      case "receive":
        return this.#receive(message);
      case "language":
        return settings.setLanguage(message.language);
      case "setRelay":
        return void (await routes.ask());
      case "stopRelay":
        return void (await commands.executeCommand("secureshare.stopRelay"));
      case "copyRelay":
        return this.#copyRelay(message);
      case "resume":
        return resuming.resume(message.journal);
      case "forget":
        return resuming.forget(message.journal);
      case "finished":
        return this.#aboutFinished(message);
      case "forgetAll":
        return this.#forgetAll();
      case "ready":
        interrupted.refresh();
        return history.refresh();
    }
  }

  async #copyRelay({ relay: index }: About<"copyRelay">): Promise<void> {
    const relay = ownRelays(this.parts.relay)[index];
    if (relay !== undefined) await env.clipboard.writeText(relay.address);
  }

  async #check({ invitation }: About<"check">): Promise<void> {
    const typed = readTyped(invitation);
    const failure = typed.kind === "wrong" ? typed.failure : undefined;
    await this.parts.view.post({ type: "checked", of: "check", invitation, failure });
  }

  /** Pressed twice before anything is seen of it, it is received once. */
  async #receive({ invitation }: About<"receive">): Promise<void> {
    const receiving =
      this.#receiving.get(invitation) ??
      this.parts.receiving.receive(invitation).finally(() => this.#receiving.delete(invitation));
    this.#receiving.set(invitation, receiving);
    const failure = await receiving;
    await this.parts.view.post({ type: "checked", of: "receive", invitation, failure });
  }

  async #aboutTransfer(transfer: Transfer, message: TransferMessage): Promise<void> {
    const { transfers, settings } = this.parts;
    switch (message.type) {
      case "copy":
        return this.#copy(transfer, message.what);
      case "copySha256":
        return copySha256(transfer, message.item);
      case "saveLog":
        return saveAs(this.#log(transfer), "secureshare.log", settings.texts.say("saveLog"));
      case "saveText":
        return saveAs(transfer.state.text ?? "", "message.txt", settings.texts.say("saveText"));
      case "chooseFolder":
        return this.#chooseFolder(transfer);
      case "retry":
        return this.#retry(transfer);
      case "nameAddress":
        return this.#nameAddress(transfer);
      case "reveal":
        return revealReceived(transfer.state, settings.texts);
      case "dismiss":
        return transfers.dismiss(transfer.id);
      case "gitignore":
        return transfers.heed(transfer.id, message.heeded);
      default:
        return transfer.handle(message);
    }
  }

  /** What is remembered goes on; everything else begins anew. */
  async #retry(transfer: Transfer): Promise<void> {
    const { transfers, resuming } = this.parts;
    const { phase } = transfer.view;
    const resumable = phase.phase === "failed" && phase.resumable === true;
    if (!resumable || transfer.journal === undefined) return transfers.retry(transfer.id);
    transfers.dismiss(transfer.id);
    await resuming.resume(transfer.journal);
  }

  async #nameAddress(transfer: Transfer): Promise<void> {
    const relay = await askForAddress(this.parts.settings.texts);
    if (relay !== undefined) transfer.controls.addRelay(relay);
  }

  async #copy(transfer: Transfer, what: About<"copy">["what"]): Promise<void> {
    const text = this.#text(transfer, what);
    if (text !== undefined) await env.clipboard.writeText(text);
  }

  #text(transfer: Transfer, what: About<"copy">["what"]): string | undefined {
    const { phase } = transfer.view;
    if (what === "log") return this.#log(transfer);
    if (what === "checksums") return transfer.checksums;
    if (what === "text") return transfer.state.text;
    if (what === "movedTo") return transfer.view.movedTo;
    if (what === "forwarded" && phase.phase !== "waiting") return transfer.view.reachedAt?.address;
    if (phase.phase !== "waiting") return undefined;
    if (what !== "forwarded") return phase[what];
    return phase.forwarded?.reach === "login" ? undefined : phase.forwarded?.spoken;
  }

  #log(transfer: Transfer): string {
    const { texts } = this.parts.settings;
    const lines = transfer.view.log.map(
      ({ at, step }) => `${new Date(at).toISOString()} ${texts.step(step)}\n`,
    );
    return lines.join("");
  }

  async #aboutFinished({ record: id, what }: About<"finished">): Promise<void> {
    const { history, settings } = this.parts;
    const record = history.get(id);
    if (record === undefined) return;
    if (what === "reveal") return revealReceived(record, settings.texts);
    if (what === "forget") return history.forget(id);
    if (record.checksums !== null) await env.clipboard.writeText(record.checksums);
  }

  async #forgetAll(): Promise<void> {
    const { history, settings } = this.parts;
    const { texts } = settings;
    const forget = texts.say("forget");
    const modal = { modal: true, detail: texts.say("forgetAllDetail") };
    const question = texts.say("forgetAllQuestion");
    if ((await window.showWarningMessage(question, modal, forget)) === forget)
      await history.forgetAll();
  }

  async #chooseFolder(transfer: Transfer): Promise<void> {
    const { phase } = transfer.view;
    if (phase.phase !== "offer") return;
    const folder = await askForFolder(this.parts.settings.texts, phase.folder);
    if (folder !== undefined) await transfer.chooseFolder(folder);
  }
}

async function copySha256(transfer: Transfer, item: number): Promise<void> {
  const sha256 = transfer.state.items[item]?.sha256;
  if (sha256 !== undefined) await env.clipboard.writeText(sha256);
}
