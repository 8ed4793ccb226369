/** What is known of one transfer, what can happen to it, and what of it the view is given. */
import type {
  Contents,
  LogLine,
  OfferView,
  Paused,
  Phase,
  ReachedAt,
  ResultItem,
  TransferView,
} from "../bridge/state";
import type { Failure } from "../core/errors";
import type {
  ChangedQuestion,
  SessionEvent,
  Summary,
  VerifyPolicy,
  VerifyQuestion,
} from "../core/session/events";
import { NO_THROUGHPUT, type Throughput } from "../core/throughput";

/** What the host adds to the session's own events. */
export type HostEvent =
  | { kind: "contents"; contents: Contents }
  /** A transfer of an earlier window goes on. */
  | { kind: "taken-up"; contents: Contents; folder: string | undefined }
  /** The sender's own relay is at an address that the receiver does not know. */
  | { kind: "moved"; address: string }
  /** How the sender's own relay is reached through its editor; `relay` is `ws(s)://…`. */
  | { kind: "forwarded"; reach: "own-computer" | "everyone"; relay: string }
  | { kind: "forwarded"; reach: "login"; host: string }
  | { kind: "verify-asked"; question: VerifyQuestion; triesLeft: number | undefined }
  | { kind: "verify-answered" }
  /** `files`: how many of the items are files. */
  | { kind: "offer"; offer: OfferView; files: number }
  | { kind: "changed-asked"; question: ChangedQuestion }
  | { kind: "changed-answered" }
  | { kind: "decided"; accepted: boolean; folder: string | undefined }
  | { kind: "finished"; summary: Summary }
  /** `resumable`: a journal holds it, and nothing of that was lost. */
  | { kind: "failed"; failure: Failure; resumable: boolean };

export type TransferEvent = SessionEvent | HostEvent;

/** What never changes while a transfer runs. */
export interface TransferContext {
  readonly id: string;
  readonly role: TransferView["role"];
  readonly verify: VerifyPolicy;
  readonly reach: "configured" | "this-computer" | "this-network";
  /** The other side cannot know the relay: it is named beside the code, as an embedded one is. */
  readonly namesRelay?: boolean;
  /** Scheme and id by which another editor opens a link to this extension. */
  readonly uriScheme: string;
  readonly extensionId: string;
}

/** What its user is asked. */
export type Question = Extract<Phase, { phase: "verify" | "offer" | "changed" }>;
/** How far it has come, whether or not the two sides are connected. */
export type Course = Exclude<Phase, Question | { phase: "reconnecting" }>;
export type Waiting = Extract<Course, { phase: "waiting" }>;

/** Three facts that change each by itself make the phase: see `shownPhase`. */
export interface TransferState {
  readonly context: TransferContext;
  readonly course: Course;
  /** From when it is asked until it is answered or withdrawn. */
  readonly question: Question | undefined;
  /** The connection is lost, and both sides come back by themselves. */
  readonly lost: boolean;
  readonly log: readonly LogLine[];
  /** What is sent or was offered, once known. */
  readonly contents: Contents | undefined;
  /** Items that the receiver accepted. */
  readonly accepted: number;
  /** Where a sender goes back to while its code is good. */
  readonly waiting: Waiting | undefined;
  /** The first of the results, as many as a view can show, and how many there are. */
  readonly items: readonly ResultItem[];
  readonly itemCount: number;
  /** Results and texts: a text is shown as such, and is no file. */
  readonly itemsDone: number;
  readonly folder: string | undefined;
  /** Path below `folder` of the first thing received, as it is on disk. */
  readonly firstPath: string | undefined;
  readonly text: string | undefined;
  readonly throughput: Throughput;
  /** Where both sides met, until that connection is lost. */
  readonly relay: string | undefined;
  readonly paused: Paused;
  readonly movedTo: string | undefined;
  readonly reachedAt: ReachedAt | undefined;
}

/** Longer lists are shortened in the view. */
export const SHOWN_ITEMS = 1000;
export const SHOWN_NAMES = 100;
const NOT_PAUSED: Paused = { us: false, peer: false };

export function initialState(context: TransferContext): TransferState {
  return {
    context,
    course: { phase: "connecting", contents: undefined },
    question: undefined,
    lost: false,
    log: [],
    contents: undefined,
    accepted: 0,
    waiting: undefined,
    items: [],
    itemCount: 0,
    itemsDone: 0,
    folder: undefined,
    firstPath: undefined,
    text: undefined,
    throughput: NO_THROUGHPUT,
    relay: undefined,
    paused: NOT_PAUSED,
    movedTo: undefined,
    reachedAt: undefined,
  };
}

/** A question comes first: it can be answered while the connection is lost, too. */
function shownPhase({ course, question, lost }: TransferState): Phase {
  if (question !== undefined) return question;
  if (!lost) return course;
  const { bytes, totalBytes } = course.phase === "moving" ? course : { bytes: 0, totalBytes: 0 };
  return { phase: "reconnecting", bytes, totalBytes };
}

export function transferView(state: TransferState): TransferView {
  const { context, contents, log, movedTo, reachedAt } = state;
  const { id, role } = context;
  const paused = isPaused(state) ? state.paused : undefined;
  const phase = shownPhase(state);
  return { id, role, contents, paused, movedTo, reachedAt, phase, log };
}

/** What is left of a transfer that has ended: plain data, without its code and without a text. */
export type EndedState = Pick<
  TransferState,
  "context" | "course" | "log" | "contents" | "itemCount" | "folder" | "firstPath"
>;

export function endedState(state: TransferState): EndedState {
  const { context, course, log, contents, itemCount, folder, firstPath } = state;
  const left = course.phase === "done" ? { ...course, text: undefined } : course;
  return { context, course: left, log, contents, itemCount, folder, firstPath };
}

/** @param canBeginAnew whether there is still something to begin anew with */
export function restoredState(ended: EndedState, canBeginAnew: boolean): TransferState {
  const { context, course } = ended;
  const items = course.phase === "done" || course.phase === "failed" ? course.items : [];
  const shown = course.phase === "failed" ? { ...course, anew: canBeginAnew } : course;
  return { ...initialState(context), ...ended, course: shown, items };
}

/** Somebody holds the content back. */
export function isPaused({ paused }: Pick<TransferState, "paused">): boolean {
  return paused.us || paused.peer;
}

/** True once nothing can change any more. */
export function isSettled({ course }: Pick<TransferState, "course">): boolean {
  return course.phase === "done" || course.phase === "failed";
}

/** It has a text that is nowhere else: one that came, or one that failed and can be sent anew. */
export function holdsText({ context, contents, course, text }: TransferState): boolean {
  const isSending = context.role === "sender" && contents?.text === true;
  const canBeginAnew = course.phase === "failed" && course.anew !== false;
  return text !== undefined || (isSending && canBeginAnew);
}
