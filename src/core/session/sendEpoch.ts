/**
 * The sender's half of one epoch: a transfer, or its rest, over one channel. One reader
 * takes what R sends, beside a main line that waits for it (docs/PROTOCOL.md, "Transfer").
 */
import type { Cause } from "../causes";
import { SecureShareError } from "../errors";
import { ItemSet } from "../files/itemSet";
import { paddedOffer } from "../files/padding";
import { RECORD_PLAINTEXT } from "../wire/limits";
import { abortable, deferred, within } from "./async";
import { cancelled } from "./cancelled";
import { type Channel, SMALL_RECORD } from "./channel";
import { ContentStream, type Cursor, weigh } from "./content";
import { type ControlOf, decodeControl, encodeControl } from "./control";
import { CreditGate } from "./credit";
import type { Epoch } from "./epoch";
import type { SenderUi, Summary } from "./events";
import { frameTurns } from "./frameTurns";

import { openAhead } from "./openAhead";
import { violation } from "./outcome";
import { PaddedStream } from "./paddedStream";
import type { Reading } from "./parting";
import { Pause } from "./pause";
import {
  type Frame,
  Kind,
  RecordBuilder,
  readFrames,
  repairBody,
  type Segment,
  segmentBody,
} from "./plaintext";
import { Progress } from "./progress";
import { SegmentAnswers } from "./segments";
import type { SenderTransfer } from "./sender";
import type { SenderPorts } from "./transfer";

/** R's first record follows M3 at once; after this long nobody is there. Milliseconds. */
const READY_TIMEOUT = 30_000;

/** What R may say, by what S is waiting for. */
type Phase = "ready" | "deciding" | "answer" | "streaming" | "done";

export class SendEpoch implements Epoch {
  #phase: Phase = "ready";
  #runs: (readonly [number, number])[] = [];
  #skipped = 0;
  #failed = 0;
  readonly #pause: Pause;
  #segmentsOpen = 0;
  #segmentFailure: unknown;
  #sendTail: Promise<void> = Promise.resolve();
  #segments: Promise<void> = Promise.resolve();
  readonly #answers = deferred<SegmentAnswers>();
  readonly #credit = new CreditGate();
  readonly #ready = deferred<ControlOf<"ready">>();
  readonly #answer = deferred<ItemSet>();
  readonly #done = deferred<void>();

  constructor(
    private readonly channel: Channel,
    private readonly transfer: SenderTransfer,
    /** R has proved that it has this epoch's secrets. */
    private readonly proved: () => void,
  ) {
    const { ui, options } = transfer;
    this.#pause = new Pause(channel, options.controls, (event) => ui.event(event));
  }

  private get ports(): SenderPorts {
    return this.transfer.ports;
  }
  private get ui(): SenderUi {
    return this.transfer.ui;
  }

  /** The main line. @throws as docs/PROTOCOL.md, "Outcomes", says for S */
  async run(scope: AbortSignal): Promise<Summary> {
    const { verify: policy, automated } = this.transfer.options;
    const ready = await within(this.ports.clock, READY_TIMEOUT, scope, (s) =>
      abortable(this.#ready.promise, s),
    );
    if (ready === undefined)
      throw new SecureShareError("E_INTERRUPTED", { reason: "timeout" satisfies Cause });
    await this.channel.sendControl({ t: "hello", policy, automated });
    this.#pause.announce();
    this.ui.event({ kind: "step", step: "keys-agreed" });
    await abortable(this.transfer.gate.pass(ready), scope);
    if (ready.stage === "offer") await this.#offer(scope);
    else if (!this.transfer.offered) throw violation("stage");
    const accepted = await abortable(this.#answer.promise, scope);
    return this.#stream(accepted, ready, scope);
  }

  /** Takes what R sends until the channel ends. */
  async read(): Promise<void> {
    const buffer = new Uint8Array(RECORD_PLAINTEXT);
    const turnAfter = frameTurns(this.ports.clock);
    for (;;) {
      const frames = readFrames(await this.channel.receive(buffer));
      if (frames === undefined) throw violation("frame");
      for (const frame of frames) {
        this.#take(frame);
        const turn = turnAfter(1);
        if (turn !== undefined) await turn;
      }
    }
  }

  /** Ends the channel, with a word to R when it ended on our side. */
  end(error: unknown, reading: Reading): Promise<void> {
    this.#pause.dispose();
    return this.transfer.parting.leave(this.channel, error, reading);
  }

  /** One record after the other: credit is judged when a record's turn comes. */
  #send(plaintext: Uint8Array, scope: AbortSignal): Promise<void> {
    const sent = this.#sendTail.then(async () => {
      await this.#credit.reach(this.channel.sentBytes + plaintext.length, scope);
      await this.channel.send(plaintext);
    });
    this.#sendTail = sent.catch(() => {});
    // A connection that takes nothing more does not keep us from leaving it.
    return abortable(sent, scope);
  }

  async #offer(scope: AbortSignal): Promise<void> {
    const { manifest } = this.ports.source;
    this.#phase = "answer";
    const stream = new PaddedStream((plaintext) => this.#send(plaintext, scope));
    for (let n = 0; n < manifest.pageCount; n++) {
      const { items } = await manifest.page(n);
      await stream.write(Kind.control, encodeControl({ t: "offer", items }));
    }
    const { length: items, totalBytes: bytes } = manifest;
    await stream.write(Kind.control, encodeControl({ t: "offer-end", items, bytes }));
    // Before R can have it whole: after a crash R may say that it has.
    await this.transfer.markOffered();
    await stream.finish(paddedOffer);
    this.ui.event({ kind: "step", step: "offer-sent", items, bytes });
  }

  async #stream(accepted: ItemSet, from: ControlOf<"ready">, scope: AbortSignal): Promise<Summary> {
    const { clock, source } = this.ports;
    const { manifest } = source;
    const weights = await weigh(manifest, accepted, from);
    const { bytes } = weights;
    await this.transfer.markAccepted(accepted);
    if (this.transfer.startedAt === undefined)
      this.ui.event({ kind: "step", step: "accepted", items: accepted.count, bytes });
    this.transfer.startedAt ??= clock.now();
    this.ui.event({ kind: "step", step: "streaming" });
    if (from.stage === "content") this.ui.event({ kind: "resumed", bytes: weights.doneBytes });
    const progress = new Progress(clock, bytes, (event) => this.ui.event(event));
    const ahead = openAhead(source, accepted, scope);
    const stream = new ContentStream(
      { ...this.ports, source: ahead },
      async (plaintext) => {
        await this.#pause.moving(scope);
        await this.#send(plaintext, scope);
      },
      (event) => this.transfer.tellItem(event),
      (sent, index, item, itemBytes) => progress.at(sent, index, item, itemBytes),
      weights,
      this.transfer.options.padding,
      (index, item) => this.transfer.changes.renew(index, item, this.channel, scope),
    );
    this.#answerSegments(accepted, from, scope);
    const gone = this.transfer.gone.filter(({ index }) => index < from.item);
    await this.#untilDone(async () => {
      await stream.run(accepted, from, scope).finally(() => {
        this.transfer.gone = [...gone, ...stream.gone];
        return ahead.close();
      });
      progress.flush();
      await abortable(this.#done.promise, scope);
      await this.channel.sendSmall(Kind.done);
    });
    this.transfer.settled = true;
    const [failed] = this.transfer.gone;
    if (failed !== undefined) throw failed.error;
    if (this.#failed > 0) throw new SecureShareError("E_NOT_ALL_WRITTEN", { failed: this.#failed });
    this.ui.event({ kind: "step", step: "completed" });
    const whole = accepted.count === manifest.length && this.#skipped === 0;
    const seconds = (clock.now() - this.transfer.startedAt) / 1000;
    return {
      outcome: whole ? "completed" : "partial",
      bytes,
      files: weights.files - this.#skipped,
      seconds,
    };
  }

  /** R checks what a former run left it of an item; we answer beside the content. */
  #answerSegments(accepted: ItemSet, from: Cursor, scope: AbortSignal): void {
    const send = (kind: Kind, body: Uint8Array) => {
      const builder = new RecordBuilder(new Uint8Array(recordFor(body.length)));
      builder.write(kind, body);
      return this.#send(builder.padTo(recordFor(body.length)), scope);
    };
    const reply = {
      repair: (index: number, offset: number, bytes: Uint8Array) =>
        send(Kind.repair, repairBody(index, offset, bytes)),
      digest: (segment: Segment) => send(Kind.segments, segmentBody(segment)),
    };
    this.#answers.resolve(new SegmentAnswers(this.ports, accepted, from, reply, scope));
  }

  /** R's DONE settles the transfer: what breaks after it (padding, our DONE) is no failure. */
  async #untilDone(job: () => Promise<void>): Promise<void> {
    try {
      await job();
    } catch (error) {
      if (this.#phase !== "done") throw error;
    }
  }

  #take(frame: Frame): void {
    switch (frame.kind) {
      case "pad":
      case "ping":
      case "ack":
        return;
      case "segment":
        this.#segment(frame);
        return;
      case "credit":
        this.#credit.grant(frame.bytes);
        return;
      case "cancel":
        throw cancelled(frame.reason);
      case "control":
        this.#control(frame.json);
        return;
      case "done":
        if (this.#phase !== "streaming") throw violation("DONE too early");
        this.#phase = "done";
        this.ui.event({ kind: "step", step: "results" });
        this.#done.resolve();
        return;
      default:
        throw violation(frame.kind);
    }
  }

  /** One after the other; what is wrong with one ends the epoch at the next one, or the end. */
  #segment({ item, index, length, digest }: Segment): void {
    if (this.#segmentFailure !== undefined) throw this.#segmentFailure;
    const segment = { item, index, length, digest: digest.slice() };
    if (this.#phase !== "streaming" || ++this.#segmentsOpen > 2) throw violation("SEGMENTS");
    this.#segments = this.#segments
      .then(async () => (await this.#answers.promise).answer(segment))
      .catch((error: unknown) => {
        this.#segmentFailure ??= error;
        // R waits for an answer that does not come, and never says DONE.
        this.#done.reject(error);
      })
      .finally(() => this.#segmentsOpen--);
  }

  #control(json: Uint8Array): void {
    const message = decodeControl(json);
    if (message?.t === "pause" && this.#phase !== "ready") {
      this.#pause.peer(message.paused);
    } else if (message?.t === "ready" && this.#phase === "ready") {
      this.proved();
      // R repeats its answer in every epoch; before a first offer there is nothing to answer.
      this.#phase = message.stage === "offer" ? "deciding" : "answer";
      this.#ready.resolve(message);
    } else if (message?.t === "accept" && this.#phase === "answer") {
      this.#accept(message);
    } else if (message?.t === "again" && this.#phase === "streaming") {
      this.transfer.changes.answered(message);
    } else if (message?.t === "results" && this.#phase === "streaming") {
      this.#skipped += message.skipped.length;
      this.#failed += message.failed.length;
    } else {
      throw violation("CONTROL");
    }
  }

  #accept(page: ControlOf<"accept">): void {
    const { length } = this.ports.source.manifest;
    this.#runs.push(...page.runs);
    if (this.#runs.length > length) throw violation("accepted runs");
    if (!page.last) return;
    const accepted = ItemSet.fromRuns(length, this.#runs);
    if (accepted === undefined || accepted.count === 0) throw violation("accepted runs");
    if (this.transfer.accepted !== undefined && !sameSet(this.transfer.accepted, accepted))
      throw violation("accepted runs");
    this.#runs = [];
    this.#phase = "streaming";
    this.#answer.resolve(accepted);
  }
}

const sameSet = (a: ItemSet, b: ItemSet): boolean =>
  JSON.stringify(a.runs()) === JSON.stringify(b.runs());

/** A small record where the frame fits one, else one of its own length. */
const recordFor = (body: number): number => Math.max(SMALL_RECORD, body + 4);
