/** Rooms, roles and claims: what a client tells the relay when it joins. */

export type Role = "sender" | "receiver";

/** WebSocket subprotocol that the relay selects. */
export const SUBPROTOCOL = "secureshare.v1";
/** A second, never selected, subprotocol value carries the claim (browsers set no headers). */
export const CLAIM_PREFIX = "secureshare.claim.";

/** 16 bytes in base64url without padding. */
const CLAIM = /^[A-Za-z0-9_-]{21}[AQgw]$/;
const CODE_ROOM = /^[0-9a-hjkmnp-tv-z]{5}$/;
const RESUME_ROOM = /^[0-9a-f]{32}$/;
/** Any path prefix may stand before it (reverse proxies). */
const ROOM_PATH = /\/v1\/rooms\/([0-9a-z]{1,32})$/;

export type RoomKind = "code" | "resume";

export function roomKind(room: string): RoomKind | undefined {
  if (CODE_ROOM.test(room)) return "code";
  return RESUME_ROOM.test(room) ? "resume" : undefined;
}

/** The room named by a request's path (without query), or `undefined`. */
export function roomOfPath(path: string): string | undefined {
  const room = ROOM_PATH.exec(path)?.[1];
  return room !== undefined && roomKind(room) !== undefined ? room : undefined;
}

/** The claim among offered subprotocols; `null` when one is there but malformed or doubled. */
export function claimOf(protocols: Iterable<string>): string | undefined | null {
  const claims = [...protocols].filter((p) => p.startsWith(CLAIM_PREFIX));
  const [first] = claims;
  if (first === undefined) return undefined;
  const claim = first.slice(CLAIM_PREFIX.length);
  return claims.length === 1 && CLAIM.test(claim) ? claim : null;
}

/** `ws://host:port/prefix` and a room to the URL that a client connects to. */
export function roomUrl(relay: string, room: string, role: Role): string {
  return `${relay.replace(/\/+$/, "")}/v1/rooms/${room}?role=${role}`;
}
