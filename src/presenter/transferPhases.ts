/** How each phase of a transfer is made from its state. Names from outside become visible here. */
import type { Contents, ReachedAt } from "../bridge/state";
import type { Failure } from "../core/errors";
import { visible } from "../core/files/names";
import type { Summary } from "../core/session/events";
import { bytesPerSecond, msLeft } from "../core/throughput";
import { formatCode, parseCode, type SessionCode } from "../core/wire/code";
import { editorLink, spokenAddress, spokenInvitation, webLink } from "../core/wire/invitation";
import {
  type Course,
  type HostEvent,
  type Question,
  SHOWN_NAMES,
  type TransferState,
  type Waiting,
} from "./transferState";

const NO_CONTENTS: Contents = { names: [], files: 0, bytes: 0, leftOut: [], leftOutCount: 0 };

export function waitingPhase(
  state: TransferState,
  code: SessionCode,
  relay: string,
  expiresAt: number,
): Waiting {
  const { reach, namesRelay = reach !== "configured", uriScheme, extensionId } = state.context;
  const named = namesRelay ? relay : undefined;
  return {
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
}

export function forwardedRelay(
  { code }: Waiting,
  event: Extract<HostEvent, { kind: "forwarded" }>,
): Waiting["forwarded"] {
  if (event.reach === "login") return { reach: "login", host: visible(event.host) };
  return { reach: event.reach, spoken: spokenInvitation(parseCode(code), event.relay) };
}

/** Nothing where a login is in the way: a receiver who comes back has no use for that. */
export function reachedAt(event: Extract<HostEvent, { kind: "forwarded" }>): ReachedAt | undefined {
  if (event.reach === "login") return undefined;
  return { reach: event.reach, address: spokenAddress(event.relay) };
}

export function verifyPhase(
  { context }: TransferState,
  { question, triesLeft }: Extract<HostEvent, { kind: "verify-asked" }>,
): Question {
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
export function offeredContents({ offer, files }: Extract<HostEvent, { kind: "offer" }>): Contents {
  const { items, totalBytes: bytes } = offer;
  const top = items.map(({ path }) => path.split("/", 1)[0] ?? "");
  const names = [...new Set(top)].slice(0, SHOWN_NAMES);
  const text = items.length > 0 && items.every(({ kind }) => kind === "text");
  return { names: text ? [] : names, files, bytes, text, leftOut: [], leftOutCount: 0 };
}

/** Digits that are on the screen stay there. */
export function awaitingPeer(
  { course, question }: TransferState,
  what: "confirmation" | "acceptance",
): Course {
  const shown = question ?? course;
  const known = shown.phase === "verify" || shown.phase === "awaiting-peer";
  return { phase: "awaiting-peer", what, digits: known ? shown.digits : undefined };
}

/** What moves at present. */
type Current = Pick<
  Extract<Course, { phase: "moving" }>,
  "current" | "currentBytes" | "currentTotal"
>;

export function movingPhase(
  { throughput, itemsDone, accepted, relay }: TransferState,
  bytes: number,
  totalBytes: number,
  current: Current,
): Course {
  return {
    phase: "moving",
    bytes,
    totalBytes,
    bytesPerSecond: bytesPerSecond(throughput),
    msLeft: msLeft(throughput, totalBytes),
    ...current,
    relay,
    itemsDone,
    itemCount: accepted,
  };
}

export function changedPhase({
  question: { item, now, freeBytes },
}: Extract<HostEvent, { kind: "changed-asked" }>): Question {
  const path = visible(item.path);
  return { phase: "changed", path, before: item.size, bytes: now.size, freeBytes };
}

export function donePhase(
  { items, itemCount, folder, text }: TransferState,
  summary: Summary,
): Course {
  const shown = folder === undefined ? undefined : visible(folder);
  return { phase: "done", summary, items, itemCount, folder: shown, text };
}

/** A failure's texts (paths, addresses, a system's messages) as they may be shown. */
export function visibleFailure(failure: Failure): Failure {
  const details = Object.entries(failure.details).map(([name, value]) => [
    name,
    typeof value === "string" ? visible(value) : value,
  ]);
  return { ...failure, details: Object.fromEntries(details) };
}
