/** What a client asks for with its request: room, role and claim. */
import type { IncomingMessage } from "node:http";
import { claimOf, type Role, roomOfPath, SUBPROTOCOL } from "../src/core/wire/rooms";
import { addressKey } from "./address";
import { clientAddress, type TrustedProxies } from "./proxies";

export interface JoinRequest {
  readonly room: string;
  readonly role: Role;
  readonly claim: string | undefined;
  /** Key of the address that it is counted against. */
  readonly address: string;
}

/** `malformed`: names a room, but role, subprotocol or claim are not of the right form. */
export type ParsedRequest =
  | { readonly kind: "join"; readonly join: JoinRequest }
  | { readonly kind: "malformed"; readonly address: string }
  | { readonly kind: "elsewhere" };

function roleOf(query: string): Role | undefined {
  const roles = new URLSearchParams(query).getAll("role");
  const [role] = roles;
  if (roles.length !== 1) return undefined;
  return role === "sender" || role === "receiver" ? role : undefined;
}

/** Path and query of a request target, neither decoded. */
export function splitTarget(target: string | undefined): { path: string; query: string } {
  const [path = "", ...query] = (target ?? "").split("?");
  return { path, query: query.join("?") };
}

/** Key of the address of the other end, or of the one that trusted proxies speak for. */
function addressOf(request: IncomingMessage, proxies: TrustedProxies): string {
  const header = request.headers["x-forwarded-for"];
  const forwardedFor = Array.isArray(header) ? header.join(",") : header;
  return addressKey(clientAddress(request.socket.remoteAddress, forwardedFor, proxies));
}

export function parseRequest(request: IncomingMessage, proxies: TrustedProxies): ParsedRequest {
  const { path, query } = splitTarget(request.url);
  const room = roomOfPath(path);
  if (room === undefined) return { kind: "elsewhere" };
  const address = addressOf(request, proxies);
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",");
  const protocols = offered.map((protocol) => protocol.trim());
  const claim = claimOf(protocols);
  const role = roleOf(query);
  if (role === undefined || claim === null || !protocols.includes(SUBPROTOCOL))
    return { kind: "malformed", address };
  return { kind: "join", join: { room, role, claim, address } };
}
