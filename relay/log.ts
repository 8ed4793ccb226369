/**
 * The relay's log: one JSON object a line. No rooms and no claims; no addresses either, unless
 * its owner asked for shortened ones.
 */
import type { Role, RoomKind } from "../src/core/wire/rooms";

/** The /24 or /48 that a client came from. */
interface From {
  readonly address?: string;
}

export type LogEvent =
  | { readonly event: "listening"; readonly url: string }
  /** The page that it serves (`Page.sha256`), or that it serves none. */
  | { readonly event: "page"; readonly sha256: string | null }
  | { readonly event: "admin"; readonly url: string }
  | ({ readonly event: "joined"; readonly role: Role; readonly kind: RoomKind | undefined } & From)
  | { readonly event: "paired"; readonly sessions: number }
  | ({ readonly event: "left"; readonly role: Role; readonly bytes: number } & From)
  | ({ readonly event: "closed"; readonly role: Role; readonly code: number } & From)
  | ({ readonly event: "refused"; readonly code: number } & From)
  | { readonly event: "certificate"; readonly expires: string }
  /** New files that are no certificate with its key: the former ones stay in use. */
  | { readonly event: "certificateUnusable"; readonly reason: string }
  | { readonly event: "draining"; readonly sessions: number }
  | { readonly event: "stopped" };

export type Log = (event: LogEvent) => void;

/** Writes events as lines, each with the time (ISO 8601, UTC). */
export function jsonLog(write: (line: string) => void): Log {
  return (event) => write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
}
