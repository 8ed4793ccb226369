/**
 * What the user sees of one transfer, as a function of what happened to it. Pure: times come
 * in with the events. Names from outside are made visible here, once, for every place that
 * shows them.
 */
import type {
  Contents,
  LogLine,
  OfferView,
  Paused,
  Phase,
  ResultItem,
  TransferView,
} from "../bridge/state";
import type { Failure } from "../core/errors";
import { visible } from "../core/files/names";
import type {
  SessionEvent,
  Step,
  Summary,
  VerifyPolicy,
  VerifyQuestion,
} from "../core/session/events";
import {
  bytesPerSecond,
  msLeft,
  NO_THROUGHPUT,
  sampled,
  type Throughput,
} from "../core/throughput";
import { formatCode, type SessionCode } from "../core/wire/code";
import { editorLink, spokenInvitation, webLink } from "../core/wire/invitation";

/** What the host adds to the session's own events. */
type HostEvent =
  | { kind: "contents"; contents: Contents }
  /** A transfer of an earlier window goes on. */
  | { kind: "taken-up"; contents: Contents; folder: string | undefined; settled: number }
  /** The sender's own relay is at an address that the receiver does not know. */
  | { kind: "moved"; address: string }
  | { kind: "verify-asked"; question: VerifyQuestion; triesLeft: number | undefined }
  | { kind: "verify-answered" }
  /** `files`: how many of the items are files. */
  | { kind: "offer"; offer: OfferView; files: number }
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
  /** Scheme and id by which another editor opens a link to this extension. */
  readonly uriScheme: string;
  readonly extensionId: string;
}

type Waiting = Extract<Phase, { phase: "waiting" }>;

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
  /** What a lost connection interrupted. */
  readonly held: Phase | undefined;
  readonly paused: Paused;
  readonly movedTo: string | undefined;
}

/** Longer lists are shortened in the view. */
export const SHOWN_ITEMS = 1000;
export const SHOWN_NAMES = 100;
const LOG_LINES = 1000;
const NOT_PAUSED: Paused = { us: false, peer: false };
const NO_CONTENTS: Contents = { names: [], files: 0, bytes: 0, leftOut: [], leftOutCount: 0 };

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
    held: undefined,
    paused: NOT_PAUSED,
    movedTo: undefined,
  };
}

export function transferView(state: TransferState): TransferView {
  const { context, contents, phase, log, movedTo } = state;
  const paused = isPaused(state) ? state.paused : undefined;
  return { id: context.id, role: context.role, contents, paused, movedTo, phase, log };
}

/** Somebody holds the content back. */
export function isPaused({ paused }: Pick<TransferState, "paused">): boolean {
  return paused.us || paused.peer;
}

/** True once nothing can change any more. */
export function isSettled({ phase }: Pick<TransferState, "phase">): boolean {
  return phase.phase === "done" || phase.phase === "failed";
}

/** The state after `event`, which happened at `at` (milliseconds since 1970). */
export function next(state: TransferState, event: TransferEvent, at: number): TransferState {
  if (isSettled(state)) return state;
  switch (event.kind) {
    case "step":
      return afterStep(logged(state, { at, step: event }), event);
    case "contents":
      return {
        ...state,
        contents: event.contents,
        phase: { phase: "connecting", contents: event.contents },
      };
    case "taken-up":
      return takenUp(state, event);
    case "moved":
      return { ...state, movedTo: event.address };
    case "code":
      return waitingFor(state, event.code, event.relay, at + event.lifetimeMs);
    case "peer":
      return afterPeer(state, event.state);
    case "verify-asked":
      return { ...state, phase: verifyPhase(state, event) };
    case "verify-answered":
      return { ...state, phase: awaitingPeer(state, "confirmation") };
    case "offer":
      return {
        ...state,
        contents: state.contents ?? offeredContents(event),
        phase: { phase: "offer", ...event.offer },
      };
    case "decided":
      return { ...state, folder: event.folder };
    case "progress":
      return progressed(state, event, at);
    case "item":
      return withResult(state, event);
    case "text":
      return { ...state, text: event.text };
    case "interrupted":
      return interrupted(state);
    case "paused":
      return { ...state, paused: { us: event.us, peer: event.peer }, throughput: NO_THROUGHPUT };
    case "resumed":
      return resumed(state, event.bytes);
    case "finished":
      return { ...state, phase: donePhase(state, event.summary) };
    case "failed":
      return failed(state, visibleFailure(event.failure), event.resumable, at);
  }
}

function logged(state: TransferState, line: LogLine): TransferState {
  return { ...state, log: [...state.log.slice(1 - LOG_LINES), line] };
}

function afterStep(state: TransferState, step: Step): TransferState {
  switch (step.step) {
    case "handshake":
      return { ...state, phase: { phase: "handshake" } };
    case "wrong-code":
      return backToWaiting(state, step.guessesLeft);
    case "handshake-failed":
    case "rejoined":
      return backToWaiting(state, state.waiting?.guessesLeft);
    case "offer-sent":
      return { ...state, phase: awaitingPeer(state, "acceptance") };
    case "reconnected":
      return reconnected(state);
    case "accepted":
      return started({ ...state, accepted: step.items }, step.bytes);
    default:
      return state;
  }
}

function waitingFor(
  state: TransferState,
  code: SessionCode,
  relay: string,
  expiresAt: number,
): TransferState {
  const { reach, uriScheme, extensionId } = state.context;
  const named = reach === "configured" ? undefined : relay;
  const waiting: Waiting = {
    phase: "waiting",
    contents: state.contents ?? NO_CONTENTS,
    code: formatCode(code),
    spoken: named === undefined ? undefined : spokenInvitation(code, named),
    link: webLink(code, relay),
    editorLink: editorLink(uriScheme, extensionId, code, named),
    relay,
    reach,
    expiresAt,
    guessesLeft: undefined,
  };
  return { ...state, waiting, phase: waiting };
}

/** Only while the keys are being agreed; afterwards the session itself ends or goes on. */
function backToWaiting(state: TransferState, guessesLeft: number | undefined): TransferState {
  const { waiting, phase } = state;
  if (waiting === undefined || !["handshake", "waiting"].includes(phase.phase)) return state;
  const again: Waiting = { ...waiting, guessesLeft };
  return { ...state, waiting: again, phase: again };
}

function afterPeer(state: TransferState, peer: "joined" | "left"): TransferState {
  if (peer === "left") return backToWaiting(state, state.waiting?.guessesLeft);
  const early = state.phase.phase === "waiting" || state.phase.phase === "connecting";
  return early ? { ...state, phase: { phase: "handshake" } } : state;
}

function verifyPhase(
  { context }: TransferState,
  { question, triesLeft }: Extract<HostEvent, { kind: "verify-asked" }>,
): Phase {
  const { mode, digits, peer } = question;
  const hidden = mode === "type" && context.role === "sender";
  return {
    phase: "verify",
    mode,
    digits: hidden ? undefined : digits,
    peer,
    own: context.verify,
    triesLeft,
  };
}

/** The first names at the top of what is offered, as a sender sees its own. */
function offeredContents({ offer, files }: Extract<HostEvent, { kind: "offer" }>): Contents {
  const { items, totalBytes: bytes } = offer;
  const top = items.map(({ path }) => path.split("/", 1)[0] ?? "");
  const names = [...new Set(top)].slice(0, SHOWN_NAMES);
  return { names, files, bytes, leftOut: [], leftOutCount: 0 };
}

function awaitingPeer({ phase }: TransferState, what: "confirmation" | "acceptance"): Phase {
  const shown = phase.phase === "verify" || phase.phase === "awaiting-peer";
  return { phase: "awaiting-peer", what, digits: shown ? phase.digits : undefined };
}

function started(state: TransferState, totalBytes: number): TransferState {
  return { ...state, phase: movingPhase(state, 0, totalBytes, "") };
}

/** What the other side does not say again in the new connection, holds no longer. */
function reconnected(state: TransferState): TransferState {
  const paused = { ...state.paused, peer: false };
  return {
    ...state,
    phase: state.held ?? state.phase,
    held: undefined,
    movedTo: undefined,
    paused,
  };
}

/** It is lost like any other connection; what it will ask for, it asks for again. */
function takenUp(
  state: TransferState,
  { contents, folder, settled }: Extract<HostEvent, { kind: "taken-up" }>,
): TransferState {
  const what = state.context.role === "sender" ? "acceptance" : "confirmation";
  return {
    ...state,
    contents,
    folder,
    itemsDone: settled,
    itemCount: settled,
    held: { phase: "awaiting-peer", what, digits: undefined },
    phase: { phase: "reconnecting", bytes: 0, totalBytes: 0 },
  };
}

/** Bytes that need not be sent again are no sign of speed. */
function resumed(state: TransferState, bytes: number): TransferState {
  const { phase } = state;
  const fresh = { ...state, throughput: NO_THROUGHPUT };
  if (phase.phase !== "moving") return fresh;
  return { ...fresh, phase: movingPhase(fresh, bytes, phase.totalBytes, phase.current) };
}

/** A question to the user outlives the connection; everything else waits for it. */
function interrupted(state: TransferState): TransferState {
  const { phase } = state;
  if (["verify", "offer", "reconnecting"].includes(phase.phase)) return state;
  const { bytes, totalBytes } = phase.phase === "moving" ? phase : { bytes: 0, totalBytes: 0 };
  return { ...state, held: phase, phase: { phase: "reconnecting", bytes, totalBytes } };
}

function movingPhase(
  { throughput, itemsDone, accepted }: TransferState,
  bytes: number,
  totalBytes: number,
  current: string,
): Phase {
  return {
    phase: "moving",
    bytes,
    totalBytes,
    bytesPerSecond: bytesPerSecond(throughput),
    msLeft: msLeft(throughput, totalBytes),
    current,
    itemsDone,
    itemCount: accepted,
  };
}

function progressed(
  state: TransferState,
  { bytes, totalBytes, path }: Extract<SessionEvent, { kind: "progress" }>,
  at: number,
): TransferState {
  const moved = { ...state, throughput: sampled(state.throughput, at, bytes) };
  return { ...moved, phase: movingPhase(moved, bytes, totalBytes, visible(path)) };
}

function withResult(
  state: TransferState,
  { item, sha256, outcome, finalPath }: Extract<SessionEvent, { kind: "item" }>,
): TransferState {
  const itemsDone = state.itemsDone + 1;
  if (item.kind === "text") return { ...state, itemsDone };
  const itemCount = state.itemCount + 1;
  const counted = { ...state, itemsDone, itemCount, firstPath: state.firstPath ?? finalPath };
  if (state.items.length >= SHOWN_ITEMS) return counted;
  const result: ResultItem = {
    path: visible(item.path),
    size: item.size,
    sha256,
    outcome,
    finalPath: finalPath === undefined ? undefined : visible(finalPath),
  };
  return { ...counted, items: [...state.items, result] };
}

function donePhase({ items, itemCount, folder, text }: TransferState, summary: Summary): Phase {
  const shown = folder === undefined ? undefined : visible(folder);
  return { phase: "done", summary, items, itemCount, folder: shown, text };
}

function failed(
  state: TransferState,
  failure: Failure,
  resumable: boolean,
  at: number,
): TransferState {
  const told = logged(state, { at, step: { step: "failed", failure } });
  return { ...told, phase: { phase: "failed", failure, items: state.items, resumable } };
}

/** A failure's texts (paths, addresses, a system's messages) as they may be shown. */
function visibleFailure(failure: Failure): Failure {
  const details = Object.entries(failure.details).map(([name, value]) => [
    name,
    typeof value === "string" ? visible(value) : value,
  ]);
  return { ...failure, details: Object.fromEntries(details) };
}
