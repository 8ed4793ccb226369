/** What happened since the start, as numbers only. */
import { CloseCode } from "../src/core/wire/closeCodes";
import type { Role, RoomKind } from "../src/core/wire/rooms";

/** Refusals that have no close code, because no WebSocket was made for them. */
export type PlainRefusal =
  /** More joins than are worth an answer that a client can read: plain 429. */
  | "flooding"
  /** A website that is not listed. */
  | "origin"
  /** Headers that are no request, too long, or too slow. */
  | "badHttp"
  | "slowHeaders"
  /** A TLS handshake that failed. */
  | "badTls"
  /** Too many connections: in total, from one address before they joined, or a minute. */
  | "connections"
  | "connecting"
  | "connects";

type CloseName = keyof typeof CloseCode;

const CLOSE_NAMES: ReadonlyMap<number, CloseName> = new Map(
  Object.entries(CloseCode).map(([name, code]) => [code, name as CloseName]),
);

export function closeName(code: CloseCode): string {
  return CLOSE_NAMES.get(code) ?? String(code);
}

/** Counts by label; the labels are the relay's own words, so there are few of them. */
class Counts<Label extends string = string> {
  private readonly counts = new Map<Label, number>();

  add(label: Label): void {
    this.counts.set(label, (this.counts.get(label) ?? 0) + 1);
  }

  of(label: Label): number {
    return this.counts.get(label) ?? 0;
  }

  entries(): IterableIterator<[Label, number]> {
    return this.counts.entries();
  }
}

export class Counters {
  /** Payload of forwarded frames. */
  forwardedBytes = 0;
  pairings = 0;
  /** How often an address was ahead of its bytes a second. */
  throttled = 0;
  readonly joins = new Counts<`${Role} ${RoomKind}`>();
  /** Newcomers who were not let in, by close code's name or `PlainRefusal`. */
  readonly refusals = new Counts();
  /** Clients whom the relay ended after it had let them in, by close code's name. */
  readonly closures = new Counts();

  refused(reason: CloseCode | PlainRefusal): void {
    this.refusals.add(typeof reason === "number" ? closeName(reason) : reason);
  }
}
