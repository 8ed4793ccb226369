import { env, type Uri, window, workspace } from "vscode";
import type { Transfer } from "../presenter/transfer";
import { askWhatToSend } from "./askWhatToSend";
import { askForLanguage } from "./chooseLanguage";
import { reportFault } from "./faults";
import type { Receiving } from "./receiving";
import { type RelayCommandParts, RelayCommands } from "./relayCommands";
import type { Resuming } from "./resuming";
import type { Sending } from "./sending";
import type { Texts } from "./texts";
import type { TransferList } from "./transferList";
import type { TransferLog } from "./transferLog";
import { commandFiles } from "./uris";
import type { TransfersView } from "./view";

export interface CommandParts extends RelayCommandParts {
  readonly transfers: TransferList;
  readonly sending: Sending;
  readonly receiving: Receiving;
  readonly resuming: Resuming;
  readonly log: TransferLog;
  readonly view: Pick<TransfersView, "show">;
}

type Run = (...args: unknown[]) => unknown;

/** The contributed commands. Each works with no arguments, from the palette. */
export class Commands {
  readonly #runs: Readonly<Record<string, Run>>;

  constructor(private readonly parts: CommandParts) {
    const { receiving, resuming, settings, log, view } = parts;
    const relay = new RelayCommands(parts);
    this.#runs = {
      "secureshare.send": (first, all) => this.#send(commandFiles(first, all)),
      "secureshare.sendText": () => this.#sendText(),
      "secureshare.sendClipboard": () => this.#sendClipboard(),
      "secureshare.receive": () => receiving.ask(),
      "secureshare.show": () => view.show(),
      "secureshare.pause": () => this.#setPaused(true),
      "secureshare.resume": () => this.#setPaused(false),
      "secureshare.resumeInterrupted": () => resuming.ask(),
      "secureshare.cancel": () => this.#cancel(),
      "secureshare.copyLink": () => this.#copyLink(),
      "secureshare.startRelay": () => relay.start(),
      "secureshare.stopRelay": () => relay.stop(),
      "secureshare.showLog": () => log.show(),
      "secureshare.changeLanguage": () => askForLanguage(settings),
    };
  }

  /** Runs one by its name in package.json. Never rejects: what goes wrong is told. */
  async run(command: string, args: readonly unknown[]): Promise<void> {
    try {
      await this.#runs[command]?.(...args);
    } catch (error) {
      reportFault(error, this.parts.log, this.parts.settings.texts);
    }
  }

  async #send(files: readonly Uri[]): Promise<void> {
    const chosen = files.length > 0 ? files : await askWhatToSend(this.parts.settings.texts);
    const [only] = chosen;
    if (chosen.length === 1 && only?.scheme === "untitled") {
      const document = await workspace.openTextDocument(only);
      await this.parts.sending.sendText(document.getText());
    } else if (chosen.length > 0) await this.parts.sending.sendFiles(chosen);
  }

  async #sendText(): Promise<void> {
    const editor = window.activeTextEditor;
    const text = editor?.document.getText(editor.selection) ?? "";
    if (text !== "") return this.parts.sending.sendText(text);
    void window.showInformationMessage(this.parts.settings.texts.say("noSelection"));
  }

  async #sendClipboard(): Promise<void> {
    const text = await env.clipboard.readText();
    if (text !== "") return this.parts.sending.sendText(text);
    void window.showInformationMessage(this.parts.settings.texts.say("clipboardEmpty"));
  }

  async #cancel(): Promise<void> {
    const { transfers, settings } = this.parts;
    const { texts } = settings;
    const question = texts.say("cancelWhich");
    const transfer = await pick(transfers.active, question, texts, "nothingToCancel");
    transfer?.cancel();
  }

  async #setPaused(paused: boolean): Promise<void> {
    const { transfers, settings } = this.parts;
    const { texts } = settings;
    const fitting = transfers.active.filter((transfer) =>
      paused ? transfer.pausable : transfer.controls.paused,
    );
    const title = texts.say(paused ? "pauseWhich" : "resumeWhich");
    const none = paused ? "nothingToPause" : "nothingPaused";
    (await pick(fitting, title, texts, none))?.setPaused(paused);
  }

  async #copyLink(): Promise<void> {
    const { transfers, settings } = this.parts;
    const { texts } = settings;
    const waiting = transfers.active.filter(({ view }) => view.phase.phase === "waiting");
    const transfer = await pick(waiting, texts.say("copyWhich"), texts, "nothingToCopy");
    const phase = transfer?.view.phase;
    if (phase?.phase !== "waiting") return;
    await env.clipboard.writeText(phase.link);
    void window.showInformationMessage(texts.say("linkCopied"));
  }
}

/** The only one at once; asks where there are several; says so where there is none. */
async function pick(
  transfers: readonly Transfer[],
  title: string,
  texts: Texts,
  none: "nothingToCancel" | "nothingToCopy" | "nothingToPause" | "nothingPaused",
): Promise<Transfer | undefined> {
  if (transfers.length === 0) void window.showInformationMessage(texts.say(none));
  if (transfers.length < 2) return transfers[0];
  const items = transfers.map((transfer) => ({
    label: texts.title(transfer.view.role, transfer.view.contents),
    description: texts.details(transfer.view.contents, transfer.view.log[0]?.at),
    transfer,
  }));
  return (await window.showQuickPick(items, { title }))?.transfer;
}
