/**
 * The receiver's transfer over all its epochs: the offer, the user's decision and the
 * content that one connection leaves to the next, and the way back after a drop.
 */
import { wipe } from "../crypto/bytes";
import { SecureShareError, toSecureShareError } from "../errors";
import type { ItemSet } from "../files/itemSet";
import { Manifest } from "../files/manifest";
import type { Sink } from "../ports";
import { together } from "./async";
import { Channel } from "./channel";
import type { OfferDecision, PeerPolicy, ReceiverUi, Summary } from "./events";
import { passReceiverGate } from "./gate";
import { Intake } from "./intake";
import type { Established } from "./meetReceiver";
import { meetSender } from "./meetSender";
import { isDrop } from "./outcome";
import { Progress } from "./progress";
import { DONE_TIMEOUT, ReceiveEpoch } from "./receiveEpoch";
import { reunite } from "./reunion";
import type { ReceiveOptions, ReceiverPorts } from "./transfer";

export type Accepted = Extract<OfferDecision, { kind: "accepted" }>;

/** What is open once the user has accepted. */
export interface Content {
  readonly intake: Intake;
  readonly sink: Sink;
  readonly items: ItemSet;
  readonly bytes: number;
  readonly startedAt: number;
}

export class ReceiverTransfer {
  #psk: Uint8Array | undefined;
  #digits = "";
  #relays: readonly string[] = [];
  #gate: Promise<void> | undefined;
  #decision: Promise<Accepted> | undefined;
  #content: Promise<Content> | undefined;
  #sink: Sink | undefined;
  #intake: Intake | undefined;
  manifest: Manifest;
  /** The offer has come whole. */
  offered = false;
  /** R's DONE has gone out in some epoch: what follows can only fail to be heard. */
  reported = false;

  constructor(
    readonly ports: ReceiverPorts,
    readonly options: ReceiveOptions,
    readonly ui: ReceiverUi,
    /** Ends with the transfer, over all epochs. */
    private readonly life: AbortSignal,
  ) {
    this.manifest = new Manifest(ports.spool());
  }

  async run(): Promise<Summary> {
    let failure: unknown;
    try {
      return await this.#epochs();
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      if (this.#psk !== undefined) wipe(this.#psk);
      await this.#leave(failure);
    }
  }

  async #epochs(): Promise<Summary> {
    let met = await meetSender(this.ports, this.options, this.ui, this.life);
    this.#digits = met.secrets.digits;
    this.#relays = [met.room.relay];
    this.#keep(met.secrets.psk);
    for (;;) {
      const outcome = await this.#epoch(met);
      if (!(outcome instanceof SecureShareError)) return outcome;
      const again = await this.#reunite(outcome);
      if (again === undefined) return this.summary();
      met = again;
    }
  }

  /** Rule C: durable before R's first record. */
  #keep(psk: Uint8Array): void {
    if (this.#psk !== undefined) wipe(this.#psk);
    this.#psk = psk.slice();
  }

  /** Asks this side's user once, however many epochs the answer takes. */
  verified(peer: PeerPolicy): Promise<void> {
    const { ui, options, life } = this;
    this.#gate ??= passReceiverGate(ui, options.verify, peer, this.#digits, life);
    this.#gate.catch(() => {});
    return this.#gate;
  }

  /** Where the present offer stands, as R's first record says it. */
  get stage(): "offer" | "decide" | "content" {
    if (!this.offered) return "offer";
    return this.#intake === undefined ? "decide" : "content";
  }

  get cursor(): { item: number; offset: number } {
    return this.#intake?.position ?? { item: 0, offset: 0 };
  }

  /** An offer that a drop cut short comes again from its start. */
  async forgetHalfOffer(): Promise<void> {
    if (this.offered) return;
    await this.manifest.dispose();
    this.manifest = new Manifest(this.ports.spool());
  }

  decided(): Promise<Accepted> {
    this.#decision ??= this.#decide();
    this.#decision.catch(() => {});
    return this.#decision;
  }

  async #decide(): Promise<Accepted> {
    const { manifest, life } = this;
    const { length: items, totalBytes: bytes } = manifest;
    this.ui.event({ kind: "step", step: "offer-received", items, bytes });
    const inspect = (folder: string) => this.ports.sink(folder).inspect(manifest, life);
    const decision = await this.ui.decide({ manifest, inspect }, life);
    if (decision.kind === "declined" || decision.items.count === 0)
      throw new SecureShareError("E_DECLINED", { by: "us" });
    return decision;
  }

  /** Opens the target on the first call. @throws E_NO_SPACE, E_PERMISSION, E_DISK */
  opened(decision: Accepted): Promise<Content> {
    this.#content ??= this.#open(decision);
    this.#content.catch(() => {});
    return this.#content;
  }

  async #open({ folder, items, conflict }: Accepted): Promise<Content> {
    const sink = this.ports.sink(folder);
    this.#sink = sink;
    await sink.begin(this.manifest, items, conflict);
    const bytes = await this.#bytesOf(items);
    const { clock, hash } = this.ports;
    const progress = new Progress(clock, bytes, (event) => this.ui.event(event));
    const intake = new Intake(this.manifest, items, sink, hash, progress, (event) => {
      if (event.kind === "item") progress.flush();
      this.ui.event(event);
    });
    this.#intake = intake;
    await intake.start();
    this.ui.event({ kind: "step", step: "accepted", items: items.count, bytes });
    return { intake, sink, items, bytes, startedAt: clock.now() };
  }

  async #bytesOf(items: ItemSet): Promise<number> {
    let bytes = 0;
    for (const index of items) bytes += (await this.manifest.get(index)).size;
    return bytes;
  }

  /** The outcome once all has settled. @throws the first failed item's error */
  async summary(): Promise<Summary> {
    const content = await this.#content;
    if (content === undefined) throw new SecureShareError("E_INTERNAL", { reason: "no content" });
    const { intake, items, bytes, startedAt } = content;
    const [failed] = intake.failed;
    if (failed !== undefined) throw failed.error;
    this.ui.event({ kind: "step", step: "completed" });
    const whole = items.count === this.manifest.length && intake.skipped.length === 0;
    const seconds = (this.ports.clock.now() - startedAt) / 1000;
    return { outcome: whole ? "completed" : "partial", bytes, files: intake.published, seconds };
  }

  /** A summary, or the drop that ended the epoch. */
  async #epoch({ room, secrets }: Established): Promise<Summary | SecureShareError> {
    const channel = new Channel(room, "receiver", this.ports.aead, secrets);
    const epoch = new ReceiveEpoch(channel, this);
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

  /** The next epoch's keys; `undefined` when only S's last word is missing and S is gone. */
  async #reunite(drop: SecureShareError): Promise<Established | undefined> {
    if (this.#psk === undefined) throw drop;
    const quiet = this.reported;
    if (!quiet) this.ui.event({ kind: "interrupted", reason: drop.message, resumable: true });
    const met = await reunite(
      "receiver",
      this.ports,
      this.#relays,
      [this.#psk],
      async (_, { psk }) => this.#keep(psk),
      quiet ? DONE_TIMEOUT : this.options.keepForMs,
      this.life,
    ).catch((error: unknown) => {
      this.life.throwIfAborted();
      if (quiet) return undefined;
      throw error;
    });
    if (met !== undefined && !quiet) this.ui.event({ kind: "step", step: "reconnected" });
    return met;
  }

  /** Removes what is half way after a failure, and what was put aside. */
  async #leave(failure: unknown): Promise<void> {
    if (failure !== undefined) {
      await this.#intake?.abandon(toSecureShareError(failure));
      await this.#sink?.abort();
    }
    await this.manifest.dispose();
  }
}
