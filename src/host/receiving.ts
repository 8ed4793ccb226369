import { env, window } from "vscode";
import { type ErrorCode, type Failure, SecureShareError, toSecureShareError } from "../core/errors";
import type { Summary } from "../core/session/events";
import type { Invitation } from "../core/wire/invitation";
import type { Transfer } from "../presenter/transfer";
import { askForAddress } from "./addressInput";
import type { LoadEngine } from "./engine";
import { defaultFolder } from "./folders";
import { askForLine } from "./inputBox";
import { isLink, readTyped, written } from "./invitationInput";
import type { KeptTransfer } from "./keptTransfer";
import type { LiveSettings } from "./liveSettings";
import { plainText } from "./plainText";
import { configuredRelays } from "./settings";
import type { Texts } from "./texts";
import type { TransferList } from "./transferList";
import type { TransferLog } from "./transferLog";
import type { TransfersView } from "./view";

export interface ReceivingParts {
  readonly settings: LiveSettings;
  readonly transfers: TransferList;
  readonly log: TransferLog;
  readonly loadEngine: LoadEngine;
  readonly extensionId: string;
  /** Where attempts at codes are counted; also the folder of a text, which is not written. */
  readonly stateFolder: string;
  readonly view: Pick<TransfersView, "show">;
}

/** Another relay may know the room. */
const ELSEWHERE: ReadonlySet<ErrorCode> = new Set([
  "E_CODE_UNKNOWN",
  "E_RELAY_UNREACHABLE",
  "E_PROXY",
]);

/** The receiver's side, from an invitation to a running transfer. */
export class Receiving {
  constructor(private readonly parts: ReceivingParts) {}

  /** Asks for the code; an earlier try or a link has filled the box in. */
  async ask(prefilled = "", isLinked = false): Promise<void> {
    const { texts } = this.parts.settings;
    const slip = (text: string) => {
      const typed = readTyped(text);
      return typed.kind === "wrong" ? texts.failure(typed.failure).message : undefined;
    };
    const text = await askForLine({
      title: texts.say("receiveTitle"),
      prompt: texts.say("receivePrompt"),
      placeholder: texts.say("receivePlaceholder"),
      value: prefilled,
      typing: slip,
      entered: (text) => (readTyped(text).kind === "incomplete" ? mistyped(texts) : slip(text)),
    });
    if (text !== undefined) await this.receive(text, isLinked);
  }

  /**
   * Receives by what was typed or pasted; `isLinked` when a link had filled it in.
   * @returns what is wrong with it; then nothing was started
   */
  async receive(text: string, isLinked = false): Promise<Failure | undefined> {
    const typed = readTyped(text);
    if (typed.kind === "incomplete") return { code: "E_CODE_MISTYPED", details: {} };
    if (typed.kind === "wrong") return typed.failure;
    const { invitation } = typed;
    if ((isLinked || isLink(text)) && !(await this.#agrees(invitation))) return undefined;
    const relays = await this.#relays(invitation);
    if (relays !== undefined) await this.#start(invitation, relays);
    return undefined;
  }

  async #start(invitation: Invitation, relays: readonly string[]): Promise<void> {
    await Promise.all([this.parts.view.show(), this.parts.loadEngine()]);
    this.parts.transfers.start(
      {
        role: "receiver",
        verify: this.parts.settings.current.verification,
        reach: "configured",
        uriScheme: env.uriScheme,
        extensionId: this.parts.extensionId,
      },
      {
        run: (transfer, signal) => this.#run(transfer, invitation, relays, signal),
        again: () => this.ask(written(invitation)),
        paths: [],
      },
    );
  }

  async #run(
    transfer: Transfer,
    invitation: Invitation,
    relays: readonly string[],
    signal: AbortSignal,
  ): Promise<Summary> {
    const attempt = (relays: readonly string[]) =>
      this.#attempt(transfer, invitation, relays, signal);
    try {
      return await attempt(relays);
    } catch (error) {
      const elsewhere = error instanceof SecureShareError && ELSEWHERE.has(error.code);
      if (!elsewhere || invitation.relay !== undefined) throw error;
      const address = await askForAddress(this.parts.settings.texts, signal);
      if (address === undefined) throw error;
      return await attempt([address]);
    }
  }

  async #attempt(
    transfer: Transfer,
    { code }: Invitation,
    relays: readonly string[],
    signal: AbortSignal,
  ): Promise<Summary> {
    const { stateFolder, settings } = this.parts;
    const { verification, onConflict, receiveFolder, keepForMs } = settings.current;
    const folder = defaultFolder(receiveFolder);
    const defaults = { folder, scratch: stateFolder, conflict: onConflict };
    const engine = await this.parts.loadEngine();
    const kept = await this.#keep();
    try {
      if (kept !== undefined) transfer.keptBy(kept);
      const { controls } = transfer;
      // After a drop, the user's own relays serve as well as the one that came with the code.
      for (const relay of configuredRelays(settings.current)) controls.addRelay(relay);
      return await engine.receive(
        kept,
        { code, relays, verify: verification, automated: false, keepForMs, controls },
        transfer.receiverUi(defaults),
        signal,
      );
    } finally {
      await kept?.end();
    }
  }

  /** A disk that cannot remember the transfer may still take its files. */
  async #keep(): Promise<KeptTransfer | undefined> {
    if (this.parts.settings.current.keepForMs === 0) return undefined;
    try {
      const { journals } = await this.parts.loadEngine();
      return await journals.begin({});
    } catch (error) {
      this.parts.log.fault(toSecureShareError(error).code);
      return undefined;
    }
  }

  /** The invitation's relay, else the configured ones, else the address the user is asked for. */
  async #relays({ relay }: Invitation): Promise<readonly string[] | undefined> {
    if (relay !== undefined) return [relay];
    const configured = configuredRelays(this.parts.settings.current);
    if (configured.length > 0) return configured;
    const address = await askForAddress(this.parts.settings.texts);
    return address === undefined ? undefined : [address];
  }

  /** A relay that a link brought along is used only when the user agrees, and never kept. */
  async #agrees({ relay }: Invitation): Promise<boolean> {
    if (relay === undefined || configuredRelays(this.parts.settings.current).includes(relay))
      return true;
    const { texts } = this.parts.settings;
    const connect = texts.say("connect");
    const question = texts.say("linkRelayQuestion", { relay: plainText(relay) });
    const detail = texts.say("linkRelayDetail");
    const modal = { modal: true, detail };
    return (await window.showInformationMessage(question, modal, connect)) === connect;
  }
}

function mistyped(texts: Texts): string {
  return texts.failure({ code: "E_CODE_MISTYPED", details: {} }).message;
}
