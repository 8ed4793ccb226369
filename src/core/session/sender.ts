/**
 * The sender's transfer over all its epochs: what one connection leaves to the next, and
 * the way back after a drop.
 */
import { wipe } from "../crypto/bytes";
import { SecureShareError } from "../errors";
import type { ItemSet } from "../files/itemSet";
import { together } from "./async";
import { Channel } from "./channel";
import type { GoneItem } from "./content";
import type { PeerPolicy, SenderUi, SessionEvent, Summary } from "./events";
import { passSenderGate } from "./gate";
import type { Established } from "./meetReceiver";
import { meetReceiver } from "./meetReceiver";
import { isDrop } from "./outcome";
import { afterFirstRecord, afterTag, NO_SECRETS, type SenderSecrets, waitingAt } from "./ratchet";
import { reunite } from "./reunion";
import { SendEpoch } from "./sendEpoch";
import type { SenderPorts, SendOptions } from "./transfer";

/** Without a record after the first M3 nobody may be there at all. Milliseconds. */
const UNPROVED_PATIENCE = 120_000;

export type ItemEvent = Extract<SessionEvent, { kind: "item" }>;

export class SenderTransfer {
  #secrets: SenderSecrets = NO_SECRETS;
  #digits = "";
  #gate: Promise<void> | undefined;
  #toldUpTo = 0;
  #relays: readonly string[] = [];
  /** Every item's name has been sent in some epoch. */
  offered = false;
  accepted: ItemSet | undefined;
  /** Items given up in any epoch. */
  readonly gone: GoneItem[] = [];
  /** When the first content went out, by the clock. */
  startedAt: number | undefined;

  constructor(
    readonly ports: SenderPorts,
    readonly options: SendOptions,
    readonly ui: SenderUi,
    /** Ends with the transfer, over all epochs. */
    private readonly life: AbortSignal,
  ) {}

  async run(): Promise<Summary> {
    try {
      let met = await meetReceiver(
        this.ports,
        this.options,
        this.ui,
        (psk) => this.#keep(undefined, psk),
        this.life,
      );
      this.#digits = met.secrets.digits;
      this.#relays = [met.room.relay];
      for (;;) {
        const outcome = await this.#epoch(met);
        if (outcome instanceof SecureShareError) met = await this.#reunite(outcome);
        else return outcome;
      }
    } finally {
      for (const psk of waitingAt(this.#secrets)) wipe(psk);
    }
  }

  /** An item's end, once, though later epochs may send the item again. */
  tellItem(event: ItemEvent): void {
    if (event.index < this.#toldUpTo) return;
    this.#toldUpTo = event.index + 1;
    this.ui.event(event);
  }

  /** Asks this side's user once, however many epochs the answer takes. */
  verified(peer: PeerPolicy): Promise<void> {
    const { ui, options, life } = this;
    this.#gate ??= passSenderGate(ui, options.verify, peer, this.#digits, life);
    // Somebody waits for it in every epoch; between two of them, nobody.
    this.#gate.catch(() => {});
    return this.#gate;
  }

  async #keep(used: Uint8Array | undefined, fresh: Uint8Array): Promise<void> {
    this.#secrets = afterTag(this.#secrets, used, fresh.slice());
  }

  /** A summary, or the drop that ended the epoch. */
  async #epoch({ room, secrets }: Established): Promise<Summary | SecureShareError> {
    const psk = secrets.psk.slice();
    const channel = new Channel(room, "sender", this.ports.aead, secrets);
    const epoch = new SendEpoch(channel, this, () => {
      this.#secrets = afterFirstRecord(this.#secrets, psk);
    });
    try {
      return await together(
        this.life,
        (scope) => epoch.run(scope),
        () => epoch.read(),
        (error) => epoch.end(error),
      );
    } catch (error) {
      this.life.throwIfAborted();
      if (isDrop(error) && this.options.keepForMs > 0) return error;
      throw error;
    }
  }

  async #reunite(drop: SecureShareError): Promise<Established> {
    this.ui.event({ kind: "interrupted", reason: drop.message, resumable: true });
    const proved = this.#secrets.confirmed !== undefined;
    const met = await reunite(
      "sender",
      this.ports,
      this.#relays,
      waitingAt(this.#secrets),
      (used, { psk }) => this.#keep(used, psk),
      proved ? this.options.keepForMs : Math.min(UNPROVED_PATIENCE, this.options.keepForMs),
      this.life,
    );
    this.ui.event({ kind: "step", step: "reconnected" });
    return met;
  }
}
