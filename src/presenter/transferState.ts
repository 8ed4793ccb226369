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
  | { kind: "decided"; folder: string | undefined }
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

export type Waiting = Extract<Phase, { phase: "waiting" }>;

export interface TransferState {
  readonly context: TransferContext;
  readonly phase: Phase;
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
  /** What a lost connection interrupted, or a question in the middle of the content. */
  readonly held: Phase | undefined;
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
    phase: { phase: "connecting", contents: undefined },
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
    held: undefined,
    paused: NOT_PAUSED,
    movedTo: undefined,
    reachedAt: undefined,
  };
}

export function transferView(state: TransferState): TransferView {
  const { context, contents, phase, log, movedTo, reachedAt } = state;
  const { id, role } = context;
  const paused = isPaused(state) ? state.paused : undefined;
  return { id, role, contents, paused, movedTo, reachedAt, phase, log };
}

/** What is left of a transfer that has ended: plain data, without its code and without a text. */
export type EndedState = Pick<
  TransferState,
  "context" | "phase" | "log" | "contents" | "itemCount" | "folder" | "firstPath"
>;

export function endedState(state: TransferState): EndedState {
  const { context, phase, log, contents, itemCount, folder, firstPath } = state;
  const left = phase.phase === "done" ? { ...phase, text: undefined } : phase;
  return { context, phase: left, log, contents, itemCount, folder, firstPath };
}

/** @param canBeginAnew whether there is still something to begin anew with */
export function restoredState(ended: EndedState, canBeginAnew: boolean): TransferState {
  const { context, phase } = ended;
  const items = phase.phase === "done" || phase.phase === "failed" ? phase.items : [];
  const shown = phase.phase === "failed" ? { ...phase, anew: canBeginAnew } : phase;
  return { ...initialState(context), ...ended, phase: shown, items };
}

/** Somebody holds the content back. */
export function isPaused({ paused }: Pick<TransferState, "paused">): boolean {
  return paused.us || paused.peer;
}

/** True once nothing can change any more. */
export function isSettled({ phase }: Pick<TransferState, "phase">): boolean {
  return phase.phase === "done" || phase.phase === "failed";
}
