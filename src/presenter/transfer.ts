import type { ViewMessage } from "../bridge/messages";
import type { Contents, TransferView } from "../bridge/state";
import type { Cause } from "../core/causes";
import { SecureShareError, toSecureShareError } from "../core/errors";
import type { ConflictPolicy } from "../core/ports";
import { TransferControls } from "../core/session/controls";
import type {
  ChangedQuestion,
  Offer,
  OfferDecision,
  ReceiverUi,
  SenderUi,
  Summary,
  VerifyAnswer,
  VerifyQuestion,
} from "../core/session/events";
import { Checksums } from "./checksums";
import { OfferChoice } from "./offerChoice";
import {
  type EndedState,
  endedState,
  initialState,
  isSettled,
  restoredState,
  type TransferContext,
  type TransferEvent,
  type TransferState,
  transferView,
} from "./transferState";
import { next } from "./transferTransitions";

export interface TransferHost {
  /** Called with each event, after the state has changed. */
  changed(transfer: Transfer, event: TransferEvent): void;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What remembers a transfer beyond this window. */
export interface Keeper {
  /** The journal's id. */
  readonly id: string;
  /** A later window could go on with it as things are. */
  readonly saved: boolean;
  describe(contents: Contents): void;
  setPaused(paused: boolean): void;
  /** The window goes, and may come back for it. */
  suspend(): void;
  /** It is not to be remembered after all. */
  discard(): void;
}

/** What is known of a transfer that an earlier window left. */
export interface TakenUp {
  readonly contents: Contents;
  /** Where the receiver writes, once that is chosen. */
  readonly folder: string | undefined;
  readonly paused: boolean;
}

/** A transfer that has ended, as its window leaves it to its next life. */
export interface EndedTransfer {
  readonly state: EndedState;
  /** As `Transfer.checksums`. */
  readonly checksums: string;
  /** Where it can go on from. */
  readonly journal?: string | undefined;
}

/** How a sender's own relay is reached from where its user sits; `relay` is `ws(s)://…`. */
export type Forwarded =
  | { readonly reach: "own-computer" | "everyone"; readonly relay: string }
  /** The address lets in only who is logged in there. */
  | { readonly reach: "login"; readonly host: string };

/** Where the receiver's offer starts from. */
export interface OfferDefaults {
  readonly folder: string | undefined;
  /** Stands in for a folder when an offer holds text alone, which is never written. */
  readonly scratch: string;
  readonly conflict: ConflictPolicy;
}

/** The question that the session waits for, if any. */
type Question =
  | { kind: "verify"; typing: boolean; answer: (answer: VerifyAnswer) => void }
  | { kind: "changed"; answer: (again: boolean) => void }
  | { kind: "offer"; choice: OfferChoice; answer: (decision: OfferDecision) => void };

const WINDOW_CLOSED = new SecureShareError("E_INTERRUPTED", {
  reason: "window-closed" satisfies Cause,
});

/** One running transfer: what the session tells becomes state, what the user does its answer. */
export class Transfer {
  #state: TransferState;
  #question: Question | undefined;
  readonly #checksums: Checksums;
  readonly #abort = new AbortController();
  #keeper: Keeper | undefined;
  readonly #journal: string | undefined;
  #suspended = false;
  /** What the session looks at for its user's wishes. */
  readonly controls = new TransferControls();

  constructor(
    context: TransferContext,
    private readonly host: TransferHost,
    ended?: EndedTransfer & { readonly canBeginAnew: boolean },
  ) {
    this.#state = ended ? restoredState(ended.state, ended.canBeginAnew) : initialState(context);
    this.#checksums = new Checksums(ended?.checksums);
    this.#journal = ended?.journal;
  }

  get id(): string {
    return this.#state.context.id;
  }
  get state(): TransferState {
    return this.#state;
  }
  get view(): TransferView {
    return transferView(this.#state);
  }
  get settled(): boolean {
    return isSettled(this.#state);
  }
  /** A line for each file with its SHA-256. */
  get checksums(): string {
    return this.#checksums.text;
  }
  /** True while the user is asked something. */
  get asks(): boolean {
    return this.#question !== undefined;
  }
  /** Content moves, and its user could hold it back. */
  get pausable(): boolean {
    return this.view.phase.phase === "moving" && !this.controls.paused;
  }
  /** The id of its journal, if it has one. */
  get journal(): string | undefined {
    return this.#keeper?.id ?? this.#journal;
  }
  /** Its window goes or has gone. */
  get suspended(): boolean {
    return this.#suspended;
  }
  /** What to show in the window's next life; nothing for what goes on there by itself. */
  get ended(): EndedTransfer | undefined {
    const { course } = this.#state;
    const goesOn = this.#suspended && course.phase === "failed" && course.resumable === true;
    if (!this.settled || goesOn) return undefined;
    const { checksums, journal } = this;
    return { state: endedState(this.#state), checksums, journal };
  }

  /** Runs `session` to its end. Never rejects: the state tells how it ended. */
  async run(session: (signal: AbortSignal) => Promise<Summary>): Promise<void> {
    try {
      const summary = await session(this.#abort.signal);
      this.#apply({ kind: "finished", summary });
    } catch (error) {
      const { failure } = this.#suspended ? WINDOW_CLOSED : toSecureShareError(error);
      const resumable = this.#keeper?.saved === true && failure.code !== "E_RESUME_LOST";
      this.#apply({ kind: "failed", failure, resumable });
    }
    this.#question = undefined;
  }

  /** From now on it is remembered there. */
  keptBy(keeper: Keeper): void {
    this.#keeper = keeper;
  }

  /** Goes on from what an earlier window left. */
  takeUp({ contents, folder, paused }: TakenUp): void {
    this.#apply({ kind: "taken-up", contents, folder });
    this.setPaused(paused);
  }

  /** Ends the transfer; both sides are told that this user cancelled. */
  cancel(): void {
    this.#abort.abort(new SecureShareError("E_CANCELLED", { by: "us" }));
  }

  /** The window goes: what can go on later is left as it is; the rest is cancelled. */
  suspend(): void {
    this.#suspended = true;
    if (this.#keeper?.saved !== true) return this.cancel();
    this.#keeper.suspend();
    this.#abort.abort(WINDOW_CLOSED);
  }

  /** Holds the content back, on behalf of this side's user, or lets it go on. */
  setPaused(paused: boolean): void {
    if (paused === this.controls.paused || this.settled) return;
    this.controls.setPaused(paused);
    this.#keeper?.setPaused(paused);
    this.#apply({ kind: "paused", us: paused, peer: this.#state.paused.peer });
  }

  /** The sender's own relay is at an address that the receiver does not know. */
  movedTo(relay: string): void {
    this.controls.addRelay(relay);
    this.#apply({ kind: "moved", address: relay.replace(/^wss?:\/\//, "") });
  }

  /** How the sender's own relay is reached through its editor. */
  forwardedAs(forwarded: Forwarded): void {
    this.#apply({ kind: "forwarded", ...forwarded });
  }

  /** What a sender is about to send. */
  describe(contents: Contents): void {
    this.#apply({ kind: "contents", contents });
    this.#keeper?.describe(contents);
  }

  senderUi(): SenderUi {
    return {
      event: (event) => this.#apply(event),
      verify: (question, tries, signal) =>
        this.#verify(question, question.mode === "type" ? tries : undefined, signal),
      changed: (question, signal) => this.#changed(question, signal),
    };
  }

  receiverUi(defaults: OfferDefaults): ReceiverUi {
    return {
      event: (event) => this.#apply(event),
      verify: (question, signal) => this.#verify(question, undefined, signal),
      decide: (offer, signal) => this.#decide(offer, defaults, signal),
      changed: (question, signal) => this.#changed(question, signal),
    };
  }

  /** Does what the view asks of this transfer; a message that fits no open question is dropped. */
  async handle(message: ViewMessage): Promise<void> {
    if (message.type === "cancel") this.cancel();
    else if (message.type === "pause") this.setPaused(message.paused);
    else if (message.type === "changed") this.#answerChanged(message.again);
    else if (this.#question?.kind === "verify") answerVerify(this.#question, message);
    else if (this.#question?.kind === "offer") await this.#answerOffer(this.#question, message);
  }

  /** Takes the folder that the user chose for the offer on the screen. */
  async chooseFolder(folder: string): Promise<void> {
    const question = this.#question;
    if (question?.kind !== "offer") return;
    await question.choice.choose(folder);
    this.#showOffer(question);
  }

  #apply(event: TransferEvent): void {
    if (event.kind === "item") this.#checksums.add(event);
    this.#state = next(this.#state, event, this.host.now());
    this.host.changed(this, event);
  }

  async #verify(
    question: VerifyQuestion,
    triesLeft: number | undefined,
    signal: AbortSignal,
  ): Promise<VerifyAnswer> {
    const answer = await this.#ask<VerifyAnswer>(signal, (answer) => {
      const typing = question.mode === "type" && this.#state.context.role === "sender";
      this.#question = { kind: "verify", typing, answer };
      this.#apply({ kind: "verify-asked", question, triesLeft });
    });
    this.#apply({ kind: "verify-answered" });
    return answer;
  }

  /** The connection may break meanwhile; then the question is gone, and comes again. */
  async #changed(question: ChangedQuestion, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#ask<boolean>(signal, (answer) => {
        this.#question = { kind: "changed", answer };
        this.#apply({ kind: "changed-asked", question });
      });
    } finally {
      this.#apply({ kind: "changed-answered" });
    }
  }

  #answerChanged(again: boolean): void {
    if (this.#question?.kind === "changed") this.#question.answer(again);
  }

  async #decide(
    offer: Offer,
    { folder, scratch, conflict }: OfferDefaults,
    signal: AbortSignal,
  ): Promise<OfferDecision> {
    const choice = await OfferChoice.open(offer, conflict);
    if (choice.isText) this.#keeper?.discard();
    const start = choice.isText ? scratch : folder;
    // A default folder that cannot be read is no failure: the user chooses another.
    if (start !== undefined) await choice.choose(start).catch(() => undefined);
    const decision = await this.#ask<OfferDecision>(signal, (answer) => {
      const question: Question = { kind: "offer", choice, answer };
      this.#question = question;
      this.#showOffer(question);
      const { contents } = this.#state;
      if (contents !== undefined) this.#keeper?.describe(contents);
    });
    const chosen = decision.kind === "accepted" && !choice.isText ? decision.folder : undefined;
    this.#apply({ kind: "decided", accepted: decision.kind === "accepted", folder: chosen });
    return decision;
  }

  #showOffer(question: Extract<Question, { kind: "offer" }>): void {
    if (this.#question !== question) return;
    const { choice } = question;
    this.#apply({ kind: "offer", offer: choice.view(), files: choice.files });
  }

  async #answerOffer(
    question: Extract<Question, { kind: "offer" }>,
    message: ViewMessage,
  ): Promise<void> {
    const { choice, answer } = question;
    if (message.type === "decline") answer({ kind: "declined" });
    else if (message.type === "accept") {
      const decision = await choice.decision();
      if (decision !== undefined && this.#question === question) answer(decision);
    } else if (message.type === "conflict") choice.setConflict(message.policy);
    else if (message.type === "tick") choice.tick(message.index, message.on);
    else if (message.type === "tickFolder") await choice.tickFolder(message.path, message.on);
    else if (message.type === "tickAll") choice.tickAll(message.on);
    this.#showOffer(question);
  }

  /** Settles with the first answer, or rejects with the signal's reason. */
  #ask<T>(signal: AbortSignal, open: (answer: (value: T) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      signal.throwIfAborted();
      const close = () => {
        this.#question = undefined;
        signal.removeEventListener("abort", aborted);
      };
      const aborted = () => {
        close();
        reject(signal.reason);
      };
      signal.addEventListener("abort", aborted);
      open((value) => {
        close();
        resolve(value);
      });
    });
  }
}

/** Where digits must be typed, a bare confirmation is no answer, and the other way round. */
function answerVerify(
  { typing, answer }: Extract<Question, { kind: "verify" }>,
  message: ViewMessage,
): void {
  if (message.type === "reject") answer({ kind: "rejected" });
  else if (message.type === "confirm" && !typing) answer({ kind: "confirmed" });
  else if (message.type === "typed" && typing)
    answer({ kind: "typed", digits: message.digits.replace(/\D/g, "") });
}
