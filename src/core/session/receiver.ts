/**
 * The receiver's transfer over all its epochs: the offer, the user's decision and the
 * content that one connection leaves to the next, and the way back after a drop.
 */
import type { Cause } from "../causes";
import { wipe } from "../crypto/bytes";
import { SecureShareError, toSecureShareError } from "../errors";
import { ItemSet } from "../files/itemSet";
import type { ReceiverDocument } from "../files/journal";
import { Manifest } from "../files/manifest";
import type { ResumableSink } from "../ports";
import { unless } from "./async";
import { ReceiverChanges } from "./changes";
import { Channel } from "./channel";
import { runEpoch } from "./epoch";
import type { ReceiverUi, Summary } from "./events";
import { Gate, passReceiverGate } from "./gate";
import type { Intake } from "./intake";
import { abandon, type Established } from "./meetReceiver";
import { meetSender } from "./meetSender";
import { Memory } from "./memory";
import { type Accepted, type Content, openContent, type ReceiverPast } from "./openContent";
import { dropReason, leavesResumable } from "./outcome";
import { Parting } from "./parting";
import type { Segment } from "./plaintext";
import { ReceiveEpoch } from "./receiveEpoch";
import { reunite } from "./reunion";
import type { ReceiveOptions, ReceiverPorts } from "./transfer";

/** For how long R tries to tell S that it has everything. Milliseconds. */
const FAREWELL = 20_000;

export class ReceiverTransfer {
  #psk: Uint8Array | undefined;
  #relays: readonly string[];
  #offered = false;
  #decision: Promise<Accepted> | undefined;
  #accepted: Accepted | undefined;
  #content: Promise<Content> | undefined;
  #sink: ResumableSink | undefined;
  #intake: Intake | undefined;
  #past: ReceiverPast | undefined;
  #announce: ((segment: Segment) => void) | undefined;
  readonly #memory: Memory;
  /** This side's user, asked once, however many epochs the answer takes. */
  readonly gate: Gate;
  readonly changes: ReceiverChanges;
  readonly parting: Parting;
  manifest: Manifest;
  /** R's DONE has gone out in some epoch: what follows can only fail to be heard. */
  reported = false;
  /** Nothing is left to do, whatever failed. */
  #settled = false;

  constructor(
    readonly ports: ReceiverPorts,
    readonly options: ReceiveOptions,
    readonly ui: ReceiverUi,
    /** Ends with the transfer, over all epochs. */
    private readonly life: AbortSignal,
  ) {
    this.manifest = new Manifest(ports.spool());
    this.#memory = new Memory(ports.journal, ports.clock, options);
    this.gate = new Gate(
      (peer, digits) => passReceiverGate(ui, options.verify, peer, digits, life),
      () => this.#save(),
    );
    this.changes = new ReceiverChanges(
      async (question, signal) => options.keepForMs > 0 && ui.changed(question, signal),
      () => this.#freeBytes(),
      async () => {
        await this.#save();
        ui.event({ kind: "step", step: "item-anew" });
      },
    );
    this.parting = new Parting("receiver", ports, (event) => ui.event(event));
    this.#relays = options.relays;
  }

  /** Takes up what a former run left. @throws E_RESUME_LOST when its secrets cannot be read */
  async restore(document: ReceiverDocument, past: ReceiverPast): Promise<void> {
    const sealed = await this.#memory.open(document);
    [this.#psk] = sealed.psks;
    this.gate.restore(sealed.digits, document);
    this.#relays = document.relays;
    this.#offered = document.offered;
    if (!document.offered) return;
    await this.manifest.dispose();
    this.manifest = past.manifest;
    await this.changes.restore(document.changed, this.manifest);
    const { accepted, folder, conflict } = document;
    if (accepted === null || folder === null || conflict === null) return;
    const items = ItemSet.fromRuns(past.manifest.length, accepted);
    if (items === undefined) throw new SecureShareError("E_RESUME_LOST", {});
    this.#past = past;
    this.#accepted = { kind: "accepted", folder, items, conflict };
    this.#decision = Promise.resolve(this.#accepted);
  }

  async run(): Promise<Summary> {
    const untouched = this.#memory.touching(() => this.#save());
    try {
      const summary = await this.#epochs().finally(untouched);
      // With or without S's last word: everything is here, and was said for long enough.
      await this.#memory.forget();
      return summary;
    } catch (error) {
      await this.#stop(error);
      throw error;
    } finally {
      if (this.#psk !== undefined) wipe(this.#psk);
      await this.manifest.dispose();
    }
  }

  async #epochs(): Promise<Summary> {
    for (let met = await this.#firstMeeting(); met !== undefined; ) {
      const outcome = await this.#epoch(met);
      if (!(outcome instanceof SecureShareError)) return outcome;
      met = await this.#reunite(outcome);
    }
    return this.#alone();
  }

  /** Everything has settled here, and S has not come to hear it. */
  async #alone(): Promise<Summary> {
    const content = await this.opened(await this.decided());
    await content.intake.settled();
    await content.finish();
    return this.summary();
  }

  /** As `#reunite`. */
  async #firstMeeting(): Promise<Established | undefined> {
    if (this.#psk !== undefined)
      return this.#reunite(
        new SecureShareError("E_INTERRUPTED", { reason: "restarted" satisfies Cause }),
      );
    const { code, relays } = this.options;
    if (code === undefined) throw new SecureShareError("E_RESUME_LOST", {});
    const met = await meetSender(this.ports, { code, relays }, this.ui, this.life);
    this.gate.digits = met.secrets.digits;
    this.#relays = [...new Set([met.room.relay, ...relays])];
    await this.#keep(met.secrets.psk).catch((error: unknown) => {
      abandon(met);
      throw error;
    });
    return met;
  }

  /** Rule C: durable before R's first record. */
  async #keep(psk: Uint8Array): Promise<void> {
    const old = this.#psk;
    this.#psk = psk.slice();
    await this.#save();
    if (old !== undefined) wipe(old);
  }

  #save(): Promise<void> {
    const psk = this.#psk;
    if (psk === undefined) return Promise.resolve();
    return this.#memory.save(
      () => ({ digits: this.gate.digits, psks: [psk], candidate: -1 }),
      (head): ReceiverDocument => ({
        ...head,
        role: "receiver",
        ...this.gate.document,
        relays: [...this.#relays],
        offered: this.#offered,
        accepted: this.#accepted?.items.runs().map(([first, count]) => [first, count]) ?? null,
        folder: this.#accepted?.folder ?? null,
        conflict: this.#accepted?.conflict ?? null,
        changed: [...this.changes.taken],
      }),
    );
  }

  /** The offer has come whole. */
  get offered(): boolean {
    return this.#offered;
  }
  async markOffered(): Promise<void> {
    this.#offered = true;
    await this.#save();
  }

  /** Where SEGMENTS go: the present connection. */
  attach(announce: (segment: Segment) => void): void {
    this.#announce = announce;
  }

  /** Where the present offer stands, as R's first record says it. */
  get stage(): "offer" | "decide" | "content" {
    if (!this.offered) return "offer";
    return this.#accepted === undefined ? "decide" : "content";
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
    this.#accepted = decision;
    await this.#save();
    return decision;
  }

  async #freeBytes(): Promise<number | undefined> {
    const folder = this.#accepted?.folder;
    if (folder === undefined) return undefined;
    return (await this.ports.sink(folder).inspect(this.manifest, this.life)).freeBytes;
  }

  /** Opens the target on the first call. @throws E_NO_SPACE, E_PERMISSION, E_DISK */
  opened(decision: Accepted): Promise<Content> {
    this.#content ??= this.#open(decision);
    this.#content.catch(() => {});
    return this.#content;
  }

  #open(accepted: Accepted): Promise<Content> {
    const { ports, ui, manifest } = this;
    return openContent(ports, ui, manifest, accepted, this.#past, {
      sink: (sink) => {
        this.#sink = sink;
      },
      intake: (intake) => {
        this.#intake = intake;
      },
      announce: (segment) => this.#announce?.(segment),
    });
  }

  /** The outcome once all has settled. @throws the first failed item's error */
  async summary(): Promise<Summary> {
    const content = await this.#content;
    if (content === undefined) throw new SecureShareError("E_INTERNAL", { reason: "no content" });
    const { intake, items, progress, startedAt } = content;
    const bytes = progress.totalBytes;
    const files = content.files - intake.books.skipped.length;
    const [failed] = intake.books.failed;
    this.#settled = true;
    if (failed !== undefined) throw failed.error;
    this.ui.event({ kind: "step", step: "completed" });
    const whole = items.count === this.manifest.length && intake.books.skipped.length === 0;
    const seconds = (this.ports.clock.now() - startedAt) / 1000;
    return { outcome: whole ? "completed" : "partial", bytes, files, seconds };
  }

  /** A summary, or the drop that ended the epoch. */
  async #epoch({ room, secrets }: Established): Promise<Summary | SecureShareError> {
    this.#announce = undefined;
    const channel = new Channel(room, "receiver", this.ports.aead, secrets);
    const epoch = new ReceiveEpoch(channel, this);
    return runEpoch(epoch, this.life, this.options.keepForMs);
  }

  /** A former run had nothing left to do but to say so. */
  get #settledBefore(): boolean {
    const { settled } = this.#past ?? {};
    if (settled === undefined || this.#accepted === undefined) return false;
    for (const index of this.#accepted.items) if (!settled.has(index)) return false;
    return true;
  }

  /** The next epoch's keys; `undefined` when only S's last word is missing and S is gone. */
  async #reunite(drop: SecureShareError): Promise<Established | undefined> {
    if (this.#psk === undefined) throw drop;
    const quiet = this.reported || this.#settledBefore;
    if (!quiet) this.ui.event({ kind: "interrupted", reason: dropReason(drop), resumable: true });
    const patience = quiet ? FAREWELL : this.options.keepForMs;
    // Nobody need come back for a user who says no meanwhile.
    const refusal = Promise.all([this.gate.refusal, this.#decision]);
    const met = await unless(this.life, refusal, (scope) => this.#meetAgain(patience, scope)).catch(
      (error: unknown) => {
        this.life.throwIfAborted();
        if (quiet) return undefined;
        throw error;
      },
    );
    if (met !== undefined) this.#metAt(met.room.relay);
    if (met !== undefined && !quiet) this.ui.event({ kind: "step", step: "reconnected" });
    return met;
  }

  #meetAgain(patience: number, signal: AbortSignal): Promise<Established> {
    return reunite(
      "receiver",
      this.ports,
      this.#relays,
      this.options.controls,
      this.#psk === undefined ? [] : [this.#psk],
      (_, { psk }) => this.#keep(psk),
      patience,
      signal,
    );
  }

  /** A relay that the user has named is where a later run looks, too. */
  #metAt(relay: string): void {
    if (this.#relays.includes(relay)) return;
    this.#relays = [relay, ...this.#relays];
    // Until this is durable a later run knows the others, as it did before.
    this.#save().catch(() => {});
  }

  /** Leaves what can go on later to the journal; removes everything half way otherwise. */
  async #stop(failure: unknown): Promise<void> {
    const kept = this.ports.journal !== undefined && !this.#settled;
    if (kept && leavesResumable(failure)) {
      await this.#intake?.rest();
      await this.#sink?.suspend();
      return;
    }
    await this.#intake?.abandon(toSecureShareError(failure));
    await this.#sink?.abort();
    await this.#memory.forget();
    if (this.#psk === undefined || this.options.keepForMs === 0) return;
    await this.parting.insist(failure, (patience, signal) => this.#meetAgain(patience, signal));
  }
}
