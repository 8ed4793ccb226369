/**
 * The receiver's half of a transfer over one channel: gate, offer, decision, content,
 * results. Its reader never stops for the user, so that a sender who leaves is noticed.
 */
import { SecureShareError, toSecureShareError } from "../errors";
import type { ItemSet } from "../files/itemSet";
import { decodeItem, Manifest, type WireItem } from "../files/manifest";
import { paddedAnswer } from "../files/padding";
import type { ConflictPolicy, Sink } from "../ports";
import { TEXT_MAX } from "../wire/limits";
import { abortable, deferred, within } from "./async";
import { BufferPool } from "./bufferPool";
import { type Channel, SMALL_RECORD } from "./channel";
import { type ControlOf, decodeControl, encodeControl, PAGE_NUMBERS } from "./control";
import { CreditAccount } from "./credit";
import type { OfferDecision, ReceiverUi, Summary } from "./events";
import { passReceiverGate } from "./gate";
import { Intake } from "./intake";
import { cancelled, leave } from "./leave";
import { PaddedStream } from "./paddedStream";
import { type Frame, Kind, RecordBuilder, readFrames } from "./plaintext";
import { Progress } from "./progress";
import type { ReceiveOptions, ReceiverPorts } from "./transfer";

/** How long R waits for S's DONE after its own. Milliseconds. */
const DONE_TIMEOUT = 10_000;

/** What S may send now. */
type Phase =
  | { phase: "hello" }
  | { phase: "offer" }
  | { phase: "deciding" }
  | { phase: "content"; intake: Intake }
  | { phase: "results" }
  | { phase: "done" };

export class ReceiveSession {
  #phase: Phase = { phase: "hello" };
  #sink: Sink | undefined;
  #intake: Intake | undefined;
  #lastRecord = 0;
  readonly #manifest: Manifest;
  readonly #pool = new BufferPool();
  readonly #credit = new CreditAccount();
  readonly #hello = deferred<ControlOf<"hello">>();
  readonly #offered = deferred<void>();
  readonly #ended = deferred<void>();
  readonly #done = deferred<void>();

  constructor(
    private readonly channel: Channel,
    private readonly digits: string,
    private readonly ports: ReceiverPorts,
    private readonly options: ReceiveOptions,
    private readonly ui: ReceiverUi,
  ) {
    this.#manifest = new Manifest(ports.spool());
  }

  /** The main line. @throws as docs/PROTOCOL.md, "Outcomes", says for R */
  async run(scope: AbortSignal): Promise<Summary> {
    const { verify: policy, automated } = this.options;
    await this.channel.sendControl({ t: "ready", policy, automated, item: 0, offset: 0 });
    this.ui.event({ kind: "step", step: "keys-agreed" });
    const hello = await abortable(this.#hello.promise, scope);
    await passReceiverGate(this.ui, policy, hello, this.digits, scope);
    await abortable(this.#offered.promise, scope);
    const { length: items, totalBytes: bytes } = this.#manifest;
    this.ui.event({ kind: "step", step: "offer-received", items, bytes });
    const decision = await this.#decide(scope);
    const intake = await this.#accept(decision);
    this.ui.event({ kind: "step", step: "streaming" });
    const startedAt = this.ports.clock.now();
    await abortable(this.#ended.promise, scope);
    return this.#finish(intake, decision.items, startedAt, scope);
  }

  /** Takes what S sends until the channel ends. */
  async read(): Promise<void> {
    for (;;) {
      const buffer = await this.#pool.acquire();
      const plaintext = await this.channel.receive(buffer);
      this.#credit.receive(plaintext.length);
      const frames = readFrames(plaintext);
      if (frames === undefined) throw violation("frame");
      this.#lastRecord = this.ports.clock.now();
      const written: Promise<void>[] = [];
      for (const frame of frames) written.push((await this.#take(frame)).written);
      if (this.#phase.phase === "done") return;
      this.#whenWritten(Promise.all(written), buffer, plaintext.length);
    }
  }

  /** Ends the channel, with a word to S when it ended on our side. */
  end(error: unknown): Promise<void> {
    return leave(this.channel, this.ports.clock, error);
  }

  /** After `run` and `read` have settled: removes what is half way. */
  async dispose(error: unknown): Promise<void> {
    if (error !== undefined) {
      await this.#intake?.abandon(toSecureShareError(error));
      await this.#sink?.abort();
    }
    await this.#manifest.dispose();
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

  async #decide(scope: AbortSignal): Promise<Extract<OfferDecision, { kind: "accepted" }>> {
    const offer = {
      manifest: this.#manifest,
      inspect: (folder: string) => this.ports.sink(folder).inspect(this.#manifest, scope),
    };
    const decision = await this.ui.decide(offer, scope);
    if (decision.kind === "declined" || decision.items.count === 0)
      throw new SecureShareError("E_DECLINED", { by: "us" });
    return decision;
  }

  async #accept(decision: {
    folder: string;
    items: ItemSet;
    conflict: ConflictPolicy;
  }): Promise<Intake> {
    const { items } = decision;
    this.#sink = this.ports.sink(decision.folder);
    await this.#sink.begin(this.#manifest, items, decision.conflict);
    const bytes = await this.#bytesOf(items);
    const { clock, hash } = this.ports;
    const progress = new Progress(clock, bytes, (event) => this.ui.event(event));
    const intake = new Intake(this.#manifest, items, this.#sink, hash, progress, (event) => {
      if (event.kind === "item") progress.flush();
      this.ui.event(event);
    });
    this.#intake = intake;
    await intake.start();
    this.#phase = { phase: "content", intake };
    if (intake.ended) this.#endContent();
    await this.#sendAccept(items);
    this.ui.event({ kind: "step", step: "accepted", items: items.count, bytes });
    return intake;
  }

  async #bytesOf(items: ItemSet): Promise<number> {
    let bytes = 0;
    for (const index of items) bytes += (await this.#manifest.get(index)).size;
    return bytes;
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

  #endContent(): void {
    this.#phase = { phase: "results" };
    this.#ended.resolve();
  }

  async #finish(
    intake: Intake,
    accepted: ItemSet,
    startedAt: number,
    scope: AbortSignal,
  ): Promise<Summary> {
    await abortable(intake.settled(), scope);
    await this.#sink?.finish();
    await this.#sendResults(intake);
    this.ui.event({ kind: "step", step: "results" });
    await this.#awaitDone(scope);
    const [failed] = intake.failed;
    if (failed !== undefined) throw failed.error;
    this.ui.event({ kind: "step", step: "completed" });
    const whole = accepted.count === this.#manifest.length && intake.skipped.length === 0;
    return {
      outcome: whole ? "completed" : "partial",
      bytes: await this.#bytesOf(accepted),
      files: intake.published,
      seconds: (this.ports.clock.now() - startedAt) / 1000,
    };
  }

  async #sendResults(intake: Intake): Promise<void> {
    const stream = new PaddedStream((plaintext) => this.channel.send(plaintext));
    const numbers = [
      ...intake.skipped.map((index) => ({ index, failed: false })),
      ...intake.failed.map(({ index }) => ({ index, failed: true })),
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
   * whether S is there to say so changes nothing here.
   */
  async #awaitDone(scope: AbortSignal): Promise<void> {
    const { clock } = this.ports;
    const done = async (s: AbortSignal) =>
      abortable(
        this.#done.promise.then(() => true),
        s,
      );
    try {
      for (;;) {
        const before = this.#lastRecord;
        if (await within(clock, DONE_TIMEOUT, scope, done)) return;
        if (this.#lastRecord === before) return;
      }
    } catch {
      // S left.
    }
  }

  /** Takes a frame; `written` settles when the frame's bytes may be reused. */
  async #take(frame: Frame): Promise<{ written: Promise<void> }> {
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
        const taken = await phase.intake.take(frame);
        if (phase.intake.ended) this.#endContent();
        return taken;
      }
      case "done":
        if (phase.phase !== "results") throw violation("DONE too early");
        this.#phase = { phase: "done" };
        this.#done.resolve();
        break;
      default:
        throw violation(frame.kind);
    }
    return { written: Promise.resolve() };
  }

  async #control(json: Uint8Array): Promise<void> {
    const message = decodeControl(json);
    const { phase } = this.#phase;
    if (message?.t === "hello" && phase === "hello") {
      this.#phase = { phase: "offer" };
      this.#hello.resolve(message);
    } else if (message?.t === "offer" && phase === "offer") {
      if (!message.items.every(isSound)) throw violation("item");
      await this.#manifest.appendPage(message.items);
    } else if (message?.t === "offer-end" && phase === "offer") {
      const { length, totalBytes } = this.#manifest;
      if (length === 0 || message.items !== length || message.bytes !== totalBytes)
        throw violation("offer");
      this.#phase = { phase: "deciding" };
      this.#offered.resolve();
    } else {
      throw violation("CONTROL");
    }
  }
}

/** What a schema cannot say of an item; names are judged by the sink. */
function isSound(wire: WireItem): boolean {
  const { kind, path, size } = decodeItem(wire);
  if (kind === "folder") return size === 0;
  return kind === "file" || (path === "" && size <= TEXT_MAX);
}

const pairOf = ([first, count]: readonly [number, number]): [number, number] => [first, count];

function violation(reason: string): SecureShareError<"E_PROTOCOL"> {
  return new SecureShareError("E_PROTOCOL", { reason });
}
