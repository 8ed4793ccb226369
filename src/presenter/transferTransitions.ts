/**
 * What the user sees of one transfer, as a function of what happened to it. Pure: times come
 * in with the events. Names from outside are made visible here, once, for every place that
 * shows them.
 */
import type { Contents, LogLine, ResultItem } from "../bridge/state";
import type { Failure } from "../core/errors";
import { visible } from "../core/files/names";
import type { SessionEvent, Step } from "../core/session/events";
import { NO_THROUGHPUT, sampled } from "../core/throughput";
import {
  awaitingPeer,
  changedPhase,
  donePhase,
  forwardedRelay,
  movingPhase,
  offeredContents,
  reachedAt,
  verifyPhase,
  visibleFailure,
  waitingPhase,
} from "./transferPhases";
import {
  type Course,
  type HostEvent,
  isSettled,
  SHOWN_ITEMS,
  type TransferEvent,
  type TransferState,
  type Waiting,
} from "./transferState";

const LOG_LINES = 1000;

/** The state after `event`, which happened at `at` (milliseconds since 1970). */
export function next(state: TransferState, event: TransferEvent, at: number): TransferState {
  if (isSettled(state)) return state;
  switch (event.kind) {
    case "step":
      return afterStep(logged(state, { at, step: event }), event, at);
    case "contents":
      return described(state, event.contents);
    case "taken-up":
      return takenUp(state, event);
    case "moved":
      return { ...state, movedTo: event.address };
    case "forwarded":
      return forwarded(state, event);
    case "code":
      return waitingFor(state, waitingPhase(state, event.code, event.relay, at + event.lifetimeMs));
    case "peer":
      return afterPeer(state, event.state);
    case "verify-asked":
      return { ...state, question: verifyPhase(state, event) };
    case "verify-answered":
      return { ...state, course: awaitingPeer(state, "confirmation"), question: undefined };
    case "offer":
      return {
        ...state,
        contents: state.contents ?? offeredContents(event),
        question: { phase: "offer", ...event.offer },
      };
    case "decided":
      return decided(state, event);
    case "changed-asked":
      return { ...state, question: changedPhase(event) };
    case "changed-answered":
      return { ...state, question: undefined };
    case "progress":
      return progressed(state, event, at);
    case "item":
      return withResult(state, event);
    case "text":
      return { ...state, text: event.text };
    case "interrupted":
      return { ...state, lost: true, relay: undefined };
    case "paused":
      return { ...state, paused: { us: event.us, peer: event.peer }, throughput: NO_THROUGHPUT };
    case "resumed":
      return resumed(state, event.bytes);
    case "finished":
      return ended(state, donePhase(state, event.summary));
    case "failed":
      return failed(state, visibleFailure(event.failure), event.resumable, at);
  }
}

function logged(state: TransferState, line: LogLine): TransferState {
  return { ...state, log: [...state.log.slice(1 - LOG_LINES), line] };
}

function afterStep(state: TransferState, step: Step, at: number): TransferState {
  switch (step.step) {
    case "relay-connected":
      return { ...state, relay: visible(step.relay) };
    case "handshake":
      return { ...state, course: { phase: "handshake" } };
    case "wrong-code":
      return backToWaiting(state, step.guessesLeft);
    case "handshake-failed":
    case "rejoined":
      return backToWaiting(state, state.waiting?.guessesLeft);
    case "offer-sent":
      return { ...state, course: awaitingPeer(state, "acceptance") };
    case "reconnected":
      return reconnected(state);
    // For its user it has ended, whatever becomes of the word to the other side.
    case "parting":
      return failed(state, { code: step.ending, details: { by: "us" } }, false, at);
    case "accepted":
      return started({ ...state, accepted: step.items }, step.bytes);
    default:
      return state;
  }
}

/** What is sent can still change while the code waits. */
function described(state: TransferState, contents: Contents): TransferState {
  const { waiting, course } = state;
  if (waiting === undefined)
    return { ...state, contents, course: { phase: "connecting", contents } };
  const told: Waiting = { ...waiting, contents };
  return { ...state, contents, waiting: told, course: course === waiting ? told : course };
}

function waitingFor(state: TransferState, waiting: Waiting): TransferState {
  return { ...state, waiting, course: waiting };
}

/** Where the code has done its work, only who comes back needs an address. */
function forwarded(
  state: TransferState,
  event: Extract<HostEvent, { kind: "forwarded" }>,
): TransferState {
  const { waiting, course } = state;
  if (waiting === undefined || state.lost) return { ...state, reachedAt: reachedAt(event) };
  const told: Waiting = { ...waiting, forwarded: forwardedRelay(waiting, event) };
  return { ...state, waiting: told, course: course === waiting ? told : course };
}

/** Only while the keys are being agreed; afterwards the session itself ends or goes on. */
function backToWaiting(state: TransferState, guessesLeft: number | undefined): TransferState {
  const { waiting, course } = state;
  if (waiting === undefined || !["handshake", "waiting"].includes(course.phase)) return state;
  return waitingFor(state, { ...waiting, guessesLeft });
}

function afterPeer(state: TransferState, peer: "joined" | "left"): TransferState {
  if (peer === "left") return backToWaiting(state, state.waiting?.guessesLeft);
  const early = state.course.phase === "waiting" || state.course.phase === "connecting";
  return early ? { ...state, course: { phase: "handshake" } } : state;
}

function started(state: TransferState, totalBytes: number): TransferState {
  return { ...state, course: movingPhase(state, 0, totalBytes, { current: "" }) };
}

/** What was taken is about to come. A refusal ends the transfer, and that is told by itself. */
function decided(
  state: TransferState,
  { accepted, folder }: Extract<HostEvent, { kind: "decided" }>,
): TransferState {
  const { question } = state;
  const answered = { ...state, folder, question: undefined };
  if (!accepted || question?.phase !== "offer") return answered;
  const { itemCount, totalBytes } = question;
  const { items, bytes } = question.selected ?? { items: itemCount, bytes: totalBytes };
  return started({ ...answered, accepted: items }, bytes);
}

/** What the other side does not say again in the new connection, holds no longer. */
function reconnected(state: TransferState): TransferState {
  const paused = { ...state.paused, peer: false };
  return { ...state, lost: false, movedTo: undefined, reachedAt: undefined, paused };
}

/** It is lost like any other connection; what it will ask for, it asks for again. */
function takenUp(
  state: TransferState,
  { contents, folder }: Extract<HostEvent, { kind: "taken-up" }>,
): TransferState {
  const what = state.context.role === "sender" ? "acceptance" : "confirmation";
  const course = { phase: "awaiting-peer", what, digits: undefined } as const;
  return { ...state, contents, folder, course, lost: true };
}

/** Bytes that need not be sent again are no sign of speed. */
function resumed(state: TransferState, bytes: number): TransferState {
  const { course } = state;
  const fresh = { ...state, throughput: NO_THROUGHPUT };
  if (course.phase !== "moving") return fresh;
  const { totalBytes, current } = course;
  return { ...fresh, course: movingPhase(fresh, bytes, totalBytes, { current }) };
}

function progressed(
  state: TransferState,
  { bytes, totalBytes, path, itemBytes, itemTotal }: Extract<SessionEvent, { kind: "progress" }>,
  at: number,
): TransferState {
  const moved = { ...state, throughput: sampled(state.throughput, at, bytes) };
  const current = { current: visible(path), currentBytes: itemBytes, currentTotal: itemTotal };
  return { ...moved, course: movingPhase(moved, bytes, totalBytes, current) };
}

function withResult(
  state: TransferState,
  { item, sha256, outcome, finalPath, corrects }: Extract<SessionEvent, { kind: "item" }>,
): TransferState {
  const itemsDone = state.itemsDone + (corrects ? 0 : 1);
  if (item.kind === "text") return { ...state, itemsDone };
  const result: ResultItem = {
    path: visible(item.path),
    size: item.size,
    sha256,
    outcome,
    finalPath: finalPath === undefined ? undefined : visible(finalPath),
  };
  if (corrects) {
    const items = state.items.map((shown) => (shown.path === result.path ? result : shown));
    return { ...state, items };
  }
  const itemCount = state.itemCount + 1;
  const counted = { ...state, itemsDone, itemCount, firstPath: state.firstPath ?? finalPath };
  if (state.items.length >= SHOWN_ITEMS) return counted;
  return { ...counted, items: [...state.items, result] };
}

function failed(
  state: TransferState,
  failure: Failure,
  resumable: boolean,
  at: number,
): TransferState {
  const told = logged(state, { at, step: { step: "failed", failure } });
  return ended(told, { phase: "failed", failure, items: state.items, resumable });
}

function ended(state: TransferState, course: Course): TransferState {
  return { ...state, course, question: undefined, lost: false };
}
