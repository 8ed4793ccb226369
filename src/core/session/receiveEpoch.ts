/**
 * The receiver's half of one epoch: gate, offer, decision, content, results, over one
 * channel. Its reader never stops for the user, so that a sender who leaves is noticed.
 */

import type { Cause } from "../causes";
import { SecureShareError } from "../errors";
import type { ItemSet } from "../files/itemSet";
import { decodeItem, type WireItem } from "../files/manifest";
import { paddedAnswer } from "../files/padding";
import { TEXT_MAX } from "../wire/limits";
import { abortable, deferred, within } from "./async";
import { BufferPool } from "./bufferPool";
import { cancelled } from "./cancelled";
import { type Channel, SMALL_RECORD } from "./channel";
import { type ControlOf, decodeControl, encodeControl, PAGE_NUMBERS } from "./control";
import { CreditAccount } from "./credit";
import type { Epoch } from "./epoch";
import type { Summary } from "./events";
import { frameTurns } from "./frameTurns";
import type { Intake, Taken } from "./intake";
import { isDrop, violation } from "./outcome";
import { PaddedStream } from "./paddedStream";
import type { Reading } from "./parting";
import { Pause } from "./pause";
import { type Frame, Kind, RecordBuilder, readFrames, segmentBody } from "./plaintext";
import type { ReceiverTransfer } from "./receiver";

/** How long R waits for S's DONE after its own. Milliseconds. */
const DONE_TIMEOUT = 10_000;
/** S's first record answers R's at once; after this long nobody is there. Milliseconds. */
const HELLO_TIMEOUT = 30_000;

/** What S may send now. */
type Phase =
  | { phase: "hello"; afterwards?: Phase }
  | { phase: "offer" }
  | { phase: "deciding" }
  | { phase: "content"; intake: Intake }
  /** A file has changed: nothing comes before we have answered. */
  | { phase: "changed"; intake: Intake }
  | { phase: "results"; intake: Intake }
  | { phase: "done" };

export class ReceiveEpoch implements Epoch {
  #phase: Phase = { phase: "hello" };
  readonly #pause: Pause;
  #lastRecord = 0;
  /** A text comes alone: it is shown, and nobody reads a million of them. */
  #texts = 0;
  readonly #pool = new BufferPool();
  readonly #credit: CreditAccount;
  readonly #hello = deferred<ControlOf<"hello">>();
  readonly #offered = deferred<void>();
  /** What the content comes to next: a file that changed, or its end. */
  #next = deferred<ControlOf<"changed"> | "end">();
  readonly #done = deferred<void>();

  constructor(
    private readonly channel: Channel,
    private readonly transfer: ReceiverTransfer,
  ) {
    const { ui, options, ports } = transfer;
    this.#credit = new CreditAccount(ports.dialer.readsAhead === true);
    this.#pause = new Pause(channel, options.controls, (event) => ui.event(event));
  }

  /** The main line. @throws as docs/PROTOCOL.md, "Outcomes", says for R */
  async run(scope: AbortSignal): Promise<Summary> {
    const { transfer } = this;
    const { verify: policy, automated } = transfer.options;
    await transfer.forgetHalfOffer();
    const { stage } = transfer;
    if (stage === "content") this.#resume(await transfer.opened(await transfer.decided()));
    const { item, offset } = transfer.cursor;
    await this.channel.sendControl({ t: "ready", policy, automated, stage, item, offset });
    this.#pause.announce();
    transfer.ui.event({ kind: "step", step: "keys-agreed" });
    const hello = await within(transfer.ports.clock, HELLO_TIMEOUT, scope, (s) =>
      abortable(this.#hello.promise, s),
    );
    if (hello === undefined)
      throw new SecureShareError("E_INTERRUPTED", { reason: "timeout" satisfies Cause });
    await abortable(transfer.gate.pass(hello), scope);
    if (!transfer.offered) await abortable(this.#offered.promise, scope);
    const decision = await abortable(transfer.decided(), scope);
    const content = await transfer.opened(decision);
    if (stage !== "content") this.#expectContent(content.intake);
    await this.#sendAccept(content.items);
    transfer.attach((segment) => {
      this.channel.sendSmall(Kind.segments, segmentBody(segment)).catch(() => {});
    });
    content.intake.reconnected();
    transfer.ui.event({ kind: "step", step: "streaming" });
    if (stage === "content") transfer.ui.event({ kind: "resumed", bytes: content.intake.bytes });
    await this.#contentEnds(content.intake, scope);
    await abortable(content.intake.settled(), scope);
    await content.finish();
    await this.#sendResults(content.intake);
    transfer.reported = true;
    transfer.ui.event({ kind: "step", step: "results" });
    await this.#awaitDone(scope);
    return transfer.summary();
  }

  async #contentEnds(intake: Intake, scope: AbortSignal): Promise<void> {
    const { changes, manifest } = this.transfer;
    for (;;) {
      const changed = await abortable(this.#next.promise, scope);
      if (changed === "end") return;
      this.#next = deferred();
      const taken = await changes.reconsider(changed, manifest, intake, scope);
      // Having it begin anew, S ends the epoch.
      if (!taken) this.#phase = { phase: "content", intake };
      await this.channel.sendControl({ t: "again", item: changed.item, taken });
    }
  }

  /** Takes what S sends until the channel ends. */
  async read(): Promise<void> {
    const turnAfter = frameTurns(this.transfer.ports.clock);
    for (;;) {
      const buffer = await this.#pool.acquire();
      const plaintext = await this.channel.receive(buffer);
      const frames = readFrames(plaintext);
      if (frames === undefined) throw violation("frame");
      this.#lastRecord = this.transfer.ports.clock.now();
      const written: Promise<void>[] = [];
      for (let at = 0, frame = frames[0]; frame !== undefined; frame = frames[at]) {
        const some = await this.#take(frame, frames, at);
        written.push(some.written);
        at += some.taken;
        const turn = turnAfter(some.taken);
        if (turn !== undefined) await turn;
      }
      if (this.#phase.phase === "done") return;
      this.#whenWritten(Promise.all(written), buffer, plaintext.length);
    }
  }

  /** Ends the channel, with a word to S when it ended on our side. */
  end(error: unknown, reading: Reading): Promise<void> {
    this.#pause.dispose();
    return this.transfer.parting.leave(this.channel, error, reading);
  }

  /** Gives the record's buffer back, and credit for it to S, once its bytes are written. */
  #whenWritten(written: Promise<unknown>, buffer: Uint8Array, length: number): void {
    written
      .then(() => {
        this.#pool.release(buffer);
        const grant = this.#credit.free(length);
        return grant === undefined ? undefined : this.#sendCredit(grant);
      })
      .catch(() => {
        // Only the channel can have failed, and the reader meets that failure itself.
      });
  }

  /** One record for both: what S may send, and what has come to rest here. */
  #sendCredit(grant: number): Promise<void> {
    const builder = new RecordBuilder(new Uint8Array(SMALL_RECORD));
    builder.writeNumbers(Kind.credit, undefined, grant);
    return this.channel.send(builder.padTo(SMALL_RECORD));
  }

  /** What S may send once it has said hello: content goes on where it was. */
  #resume({ intake }: { intake: Intake }): void {
    const afterwards: Phase = { phase: intake.ended ? "results" : "content", intake };
    this.#phase = { phase: "hello", afterwards };
    if (intake.ended) this.#next.resolve("end");
  }

  #expectContent(intake: Intake): void {
    this.#phase = { phase: "content", intake };
    if (intake.ended) this.#endContent(intake);
  }

  async #sendAccept(items: ItemSet): Promise<void> {
    const stream = new PaddedStream((plaintext) => this.channel.send(plaintext));
    const runs = items.runs();
    for (let at = 0; at < runs.length; at += PAGE_NUMBERS) {
      const last = at + PAGE_NUMBERS >= runs.length;
      const page = { t: "accept" as const, runs: runs.slice(at, at + PAGE_NUMBERS), last };
      await stream.write(Kind.control, encodeControl({ ...page, runs: page.runs.map(pairOf) }));
    }
    await stream.finish(paddedAnswer);
  }

  #endContent(intake: Intake): void {
    this.#phase = { phase: "results", intake };
    this.#next.resolve("end");
  }

  async #sendResults(intake: Intake): Promise<void> {
    const stream = new PaddedStream((plaintext) => this.channel.send(plaintext));
    const numbers = [
      ...intake.books.skipped.map((index) => ({ index, failed: false })),
      ...intake.books.failed.map(({ index }) => ({ index, failed: true })),
    ];
    for (let at = 0; at === 0 || at < numbers.length; at += PAGE_NUMBERS) {
      const page = numbers.slice(at, at + PAGE_NUMBERS);
      const of = (failed: boolean) => page.filter((n) => n.failed === failed).map((n) => n.index);
      const message = { t: "results" as const, skipped: of(false), failed: of(true) };
      await stream.write(Kind.control, encodeControl(message));
    }
    await stream.write(Kind.done, new Uint8Array(0));
    await stream.finish(paddedAnswer);
  }

  /**
   * Waits for S's DONE while its padding still comes. Everything is published by now;
   * whether S is there to say so changes nothing here. A drop may have taken our results
   * with it, so that they must be said again.
   */
  async #awaitDone(scope: AbortSignal): Promise<void> {
    const { clock } = this.transfer.ports;
    const done = async (s: AbortSignal) =>
      abortable(
        this.#done.promise.then(() => true),
        s,
      );
    try {
      for (;;) {
        const before = this.#lastRecord;
        const heard = await within(clock, DONE_TIMEOUT, scope, done);
        if (heard === true || this.#lastRecord === before) return;
      }
    } catch (error) {
      if (isDrop(error) && this.transfer.options.keepForMs > 0) throw error;
    }
  }

  /** Takes `frame`, which is `frames[at]`, and perhaps some behind it. */
  async #take(frame: Frame, frames: readonly Frame[], at: number): Promise<Taken> {
    const phase = this.#phase;
    switch (frame.kind) {
      case "pad":
      case "ping":
        break;
      case "cancel":
        throw cancelled(frame.reason);
      case "control":
        await this.#control(frame.json);
        break;
      case "data":
      case "itemEnd":
      case "itemGone": {
        if (phase.phase !== "content") throw violation("content before acceptance");
        const taken = await phase.intake.take(frame, frames, at);
        if (phase.intake.ended) this.#endContent(phase.intake);
        return taken;
      }
      case "segment":
      case "repair":
        return { taken: 1, written: this.#checked(frame) };
      case "done":
        if (phase.phase !== "results") throw violation("DONE too early");
        this.#phase = { phase: "done" };
        this.#done.resolve();
        break;
      default:
        throw violation(frame.kind);
    }
    return { taken: 1, written: Promise.resolve() };
  }

  /** What S says of a partial file; settles when the frame's bytes may be reused. */
  #checked(frame: Extract<Frame, { kind: "segment" | "repair" }>): Promise<void> {
    const phase = this.#phase;
    if (phase.phase !== "content" && phase.phase !== "changed" && phase.phase !== "results")
      throw violation("segment");
    if (frame.kind === "repair") return phase.intake.repair(frame.item, frame.offset, frame.bytes);
    phase.intake.segment(frame);
    return Promise.resolve();
  }

  async #control(json: Uint8Array): Promise<void> {
    const message = decodeControl(json);
    const { phase } = this.#phase;
    const { transfer } = this;
    if (message?.t === "pause" && this.#phase.phase !== "hello") {
      this.#pause.peer(message.paused);
    } else if (message?.t === "hello" && this.#phase.phase === "hello") {
      const fresh: Phase = { phase: transfer.offered ? "deciding" : "offer" };
      this.#phase = this.#phase.afterwards ?? fresh;
      this.#hello.resolve(message);
    } else if (message?.t === "changed" && this.#phase.phase === "content") {
      this.#phase = { phase: "changed", intake: this.#phase.intake };
      this.#next.resolve(message);
    } else if (message?.t === "offer" && phase === "offer") {
      if (message.items.length === 0 || !message.items.every(isSound)) throw violation("item");
      this.#texts += message.items.filter(isText).length;
      await transfer.manifest.appendPage(message.items);
    } else if (message?.t === "offer-end" && phase === "offer") {
      const { length, totalBytes } = transfer.manifest;
      const alone = this.#texts === 0 || length === 1;
      if (length === 0 || !alone || message.items !== length || message.bytes !== totalBytes)
        throw violation("offer");
      await transfer.markOffered();
      this.#phase = { phase: "deciding" };
      this.#offered.resolve();
    } else {
      throw violation("CONTROL");
    }
  }
}

const isText = (wire: WireItem): boolean => decodeItem(wire).kind === "text";

/** What a schema cannot say of an item; names are judged by the sink. */
function isSound(wire: WireItem): boolean {
  const { kind, path, size } = decodeItem(wire);
  if (kind === "folder") return size === 0;
  return kind === "file" || (path === "" && size <= TEXT_MAX);
}

const pairOf = ([first, count]: readonly [number, number]): [number, number] => [first, count];
