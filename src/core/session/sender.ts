/**
 * The sender's transfer over all its epochs, and over restarts of its program: what one
 * connection leaves to the next, and the way back after a drop.
 */
import { wipe } from "../crypto/bytes";
import { SecureShareError } from "../errors";
import { ItemSet } from "../files/itemSet";
import type { SenderDocument } from "../files/journal";
import { unless } from "./async";
import { SenderChanges } from "./changes";
import { Channel } from "./channel";
import type { GoneItem } from "./content";
import { runEpoch } from "./epoch";
import type { ChangedQuestion, SenderUi, SessionEvent, Summary } from "./events";
import { Gate, passSenderGate } from "./gate";
import { type Established, meetReceiver } from "./meetReceiver";
import { Memory, type Sealed } from "./memory";
import { dropReason, leavesResumable } from "./outcome";
import { Parting } from "./parting";
import { afterFirstRecord, afterTag, NO_SECRETS, type SenderSecrets, waitingAt } from "./ratchet";
import { reunite } from "./reunion";
import { SendEpoch } from "./sendEpoch";
import type { SenderPorts, SendOptions } from "./transfer";

/** Without a record after the first M3 nobody may be there at all. Milliseconds. */
const UNPROVED_PATIENCE = 120_000;

export type ItemEvent = Extract<SessionEvent, { kind: "item" }>;

export class SenderTransfer {
  #secrets: SenderSecrets = NO_SECRETS;
  /** What the ratchet has left behind: wiped when nobody waits at its rooms any more. */
  readonly #superseded = new Set<Uint8Array>();
  #relays: readonly string[];
  #toldUpTo = 0;
  /** Of those told, the items whose last word is that they failed. */
  readonly #toldFailed = new Set<number>();
  #offered = false;
  #accepted: ItemSet | undefined;
  readonly #memory: Memory;
  /** This side's user, asked once, however many epochs the answer takes. */
  readonly gate: Gate;
  readonly changes: SenderChanges;
  readonly parting: Parting;
  /** Items given up in any epoch; what R has not heard of is tried again in the next one. */
  gone: readonly GoneItem[] = [];
  /** R has said its results: whatever failed, there is nothing to come back for. */
  settled = false;
  /** When the first content went out, by the clock. */
  startedAt: number | undefined;

  constructor(
    readonly ports: SenderPorts,
    readonly options: SendOptions,
    readonly ui: SenderUi,
    /** Ends with the transfer, over all epochs. */
    private readonly life: AbortSignal,
  ) {
    this.#memory = new Memory(ports.journal, ports.clock, options);
    this.gate = new Gate(
      (peer, digits) => passSenderGate(ui, options.verify, peer, digits, life),
      () => this.#save(),
    );
    // Where a drop ends the transfer, there is no other epoch to begin a file in.
    const ask = async (question: ChangedQuestion, signal: AbortSignal) =>
      options.keepForMs > 0 && ui.changed(question, signal);
    this.changes = new SenderChanges(ports, ask, async () => {
      await this.#save();
      ui.event({ kind: "step", step: "item-anew" });
    });
    this.parting = new Parting("sender", ports, (event) => ui.event(event));
    this.#relays = options.relays;
  }

  /** Takes up what a former run left. @throws E_RESUME_LOST when its secrets cannot be read */
  async restore(document: SenderDocument): Promise<void> {
    const sealed = await this.#memory.open(document);
    const candidate = sealed.psks[sealed.candidate];
    const confirmed = sealed.psks.find((psk) => psk !== candidate);
    this.#secrets = { confirmed, candidate };
    this.gate.restore(sealed.digits, document);
    this.#relays = document.relays;
    this.#offered = document.offered;
    const { length } = this.ports.source.manifest;
    this.#accepted = document.accepted ? ItemSet.fromRuns(length, document.accepted) : undefined;
    await this.changes.restore(document.changed);
  }

  async run(): Promise<Summary> {
    const untouched = this.#memory.touching(() => this.#save());
    try {
      const summary = await this.#epochs().finally(untouched);
      await this.#memory.forget();
      return summary;
    } catch (error) {
      if (this.settled || !leavesResumable(error)) await this.#over(error);
      throw error;
    } finally {
      wipe(...waitingAt(this.#secrets), ...this.#superseded);
    }
  }

  /** Forgotten first: a program that ends meanwhile does not come back to it. */
  async #over(error: unknown): Promise<void> {
    await this.#memory.forget();
    if (waitingAt(this.#secrets).length === 0 || this.options.keepForMs === 0) return;
    await this.parting.insist(error, (patience, signal) => this.#meetAgain(patience, signal));
  }

  #ratchet(next: SenderSecrets): void {
    const kept = waitingAt(next);
    for (const psk of waitingAt(this.#secrets)) if (!kept.includes(psk)) this.#superseded.add(psk);
    this.#secrets = next;
  }

  async #epochs(): Promise<Summary> {
    let met = await this.#firstMeeting();
    for (;;) {
      const outcome = await this.#epoch(met);
      if (!(outcome instanceof SecureShareError)) return outcome;
      met = await this.#reunite(dropReason(outcome));
    }
  }

  async #firstMeeting(): Promise<Established> {
    if (waitingAt(this.#secrets).length > 0) return this.#reunite("restarted");
    const met = await meetReceiver(
      this.ports,
      this.options,
      this.ui,
      (secrets, relay) => {
        this.gate.digits = secrets.digits;
        this.#relays = [...new Set([relay, ...this.options.relays])];
        return this.#keep(undefined, secrets.psk);
      },
      this.life,
    );
    return met;
  }

  /** Every item's name may have reached R in some epoch. */
  get offered(): boolean {
    return this.#offered;
  }
  async markOffered(): Promise<void> {
    this.#offered = true;
    await this.#save();
  }

  get accepted(): ItemSet | undefined {
    return this.#accepted;
  }
  async markAccepted(items: ItemSet): Promise<void> {
    if (this.#accepted !== undefined) return;
    this.#accepted = items;
    await this.#save();
  }

  /** An item's end, once, though later epochs may send the item again; once more if it differs. */
  tellItem(event: ItemEvent): void {
    const { index, outcome } = event;
    const failed = outcome === "failed";
    const told = index < this.#toldUpTo;
    if (told && failed === this.#toldFailed.has(index)) return;
    if (failed) this.#toldFailed.add(index);
    else this.#toldFailed.delete(index);
    this.#toldUpTo = Math.max(this.#toldUpTo, index + 1);
    this.ui.event(told ? { ...event, corrects: true } : event);
  }

  async #keep(used: Uint8Array | undefined, fresh: Uint8Array): Promise<void> {
    this.#ratchet(afterTag(this.#secrets, used, fresh.slice()));
    await this.#save();
  }

  /** Only a sender with a relay of its own needs a claim that was made before it joined. */
  get #embedded(): string | null {
    const { claim, relays } = this.options;
    return claim === undefined ? null : (relays[0] ?? null);
  }

  #sealed(): Sealed {
    const psks = waitingAt(this.#secrets);
    return { digits: this.gate.digits, psks, candidate: this.#secrets.candidate ? 0 : -1 };
  }

  #save(): Promise<void> {
    if (waitingAt(this.#secrets).length === 0) return Promise.resolve();
    return this.#memory.save(
      () => this.#sealed(),
      (head): SenderDocument => ({
        ...head,
        role: "sender",
        ...this.gate.document,
        relays: [...this.#relays],
        offered: this.#offered,
        accepted: this.#accepted?.runs().map(([first, count]) => [first, count]) ?? null,
        padding: this.options.padding,
        embedded: this.#embedded,
        changed: [...this.changes.taken],
      }),
    );
  }

  /** A summary, or the drop that ended the epoch. */
  async #epoch({ room, secrets }: Established): Promise<Summary | SecureShareError> {
    const psk = secrets.psk.slice();
    const channel = new Channel(room, "sender", this.ports.aead, secrets);
    const epoch = new SendEpoch(channel, this, () => {
      this.#ratchet(afterFirstRecord(this.#secrets, psk));
      wipe(...this.#superseded);
      this.#superseded.clear();
      // Until this is durable the candidate stays beside it, which is as good.
      this.#save().catch(() => {});
    });
    try {
      return await runEpoch(epoch, this.life, this.options.keepForMs);
    } finally {
      wipe(psk);
    }
  }

  #meetAgain(patience: number, signal: AbortSignal): Promise<Established> {
    return reunite(
      "sender",
      this.ports,
      this.#relays,
      this.options.controls,
      waitingAt(this.#secrets),
      (used, { psk }) => this.#keep(used, psk),
      patience,
      signal,
    );
  }

  async #reunite(reason: string): Promise<Established> {
    const proved = this.#secrets.confirmed !== undefined;
    this.ui.event({ kind: "interrupted", reason, resumable: proved });
    const { keepForMs } = this.options;
    const patience = proved ? keepForMs : Math.min(UNPROVED_PATIENCE, keepForMs);
    // Nobody need come back for a user who says no meanwhile.
    const met = await unless(this.life, this.gate.refusal, (scope) =>
      this.#meetAgain(patience, scope),
    ).catch((error: unknown) => {
      this.life.throwIfAborted();
      // R never had M3: the code is spent, and nobody else holds the secret of this room.
      throw proved ? error : new SecureShareError("E_HANDSHAKE", {}, error);
    });
    this.ui.event({ kind: "step", step: "reconnected" });
    this.#relays = [...new Set([met.room.relay, ...this.#relays])];
    return met;
  }
}
