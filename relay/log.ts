/** The relay's log: one JSON object a line. No rooms, no claims, no addresses. */
import type { Role, RoomKind } from "../src/core/wire/rooms";

export type LogEvent =
  | { readonly event: "listening"; readonly url: string }
  | { readonly event: "joined"; readonly role: Role; readonly kind: RoomKind | undefined }
  | { readonly event: "paired"; readonly sessions: number }
  | { readonly event: "left"; readonly role: Role; readonly bytes: number }
  | { readonly event: "closed"; readonly role: Role; readonly code: number }
  | { readonly event: "refused"; readonly code: number }
  | { readonly event: "draining"; readonly sessions: number }
  | { readonly event: "stopped" };

export type Log = (event: LogEvent) => void;

/** Writes events as lines, each with the time (ISO 8601, UTC). */
export function jsonLog(write: (line: string) => void): Log {
  return (event) => write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
}
