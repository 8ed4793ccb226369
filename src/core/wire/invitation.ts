/**
 * What a receiver may be given: a code, `CODE@HOST:PORT`, a link `https://RELAY/#CODE`,
 * or the editor's URI `SCHEME://PUBLISHER.NAME/receive#CODE@RELAY`. The code stands in the
 * fragment or before the `@`, which no server ever sees.
 */
import { SecureShareError } from "../errors";
import { formatCode, parseCode, type SessionCode } from "./code";

export interface Invitation {
  readonly code: SessionCode;
  /** `ws://` or `wss://` address of the relay that it names, without trailing slash. */
  readonly relay: string | undefined;
}

const INVITATION_MAX = 2048;
/** Names as DNS and hosts files have them in practice: with underscores, or the root's dot. */
const NAME = "[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\\.?";
const HOST = new RegExp(`^(?:\\[[0-9a-f:.]+\\]|${NAME})(?::\\d{1,5})?$`, "i");
/** What a path may hold (RFC 3986, section 3.3), but for what a shell or Markdown would take. */
const PATH = /^(?:\/[A-Za-z0-9._~%+,:=@-]+)*\/?$/;

/**
 * Normalises a relay's address: `host:port`, `ws:`, `wss:`, `http:` or `https:` with an
 * optional path prefix. `undefined` when it is not one (credentials, queries, fragments).
 */
export function relayAddress(text: string): string | undefined {
  const match = /^(?:(wss?|https?):\/\/)?([^/?#]+)(\/[^?#]*)?$/i.exec(text.trim());
  const host = match?.[2];
  if (host === undefined || !HOST.test(host)) return undefined;
  const port = /:(\d+)$/.exec(host)?.[1];
  if (port !== undefined && !host.endsWith("]") && (Number(port) < 1 || Number(port) > 65_535))
    return undefined;
  const path = match?.[3] ?? "";
  if (!PATH.test(path)) return undefined;
  const secure = /^(wss|https)$/i.test(match?.[1] ?? "");
  const address = `${secure ? "wss" : "ws"}://${host.toLowerCase()}${path.replace(/\/+$/, "")}`;
  return isUrl(address) ? address : undefined;
}

/** What only looks like an address (`[2:1]`, `1.2.3.256`) is none to the platform. */
function isUrl(text: string): boolean {
  try {
    return new URL(text).href !== "";
  } catch {
    return false;
  }
}

/** `http(s)://RELAY/#CODE`, the link that a browser opens. */
export function webLink(code: SessionCode, relay: string): string {
  return `${relay.replace(/^ws/, "http")}/#${formatCode(code)}`;
}

/** `SCHEME://EXTENSION/receive#CODE` with the relay when the code alone would not do. */
export function editorLink(
  scheme: string,
  extension: string,
  code: SessionCode,
  relay: string | undefined,
): string {
  const at = relay === undefined ? "" : `@${relay}`;
  return `${scheme}://${extension}/receive#${formatCode(code)}${at}`;
}

/** `CODE@HOST:PORT`, as read out beside an embedded relay; a `wss` address keeps its scheme. */
export function spokenInvitation(code: SessionCode, relay: string): string {
  return `${formatCode(code)}@${spokenAddress(relay)}`;
}

/** `HOST:PORT/PATH` of a relay, as it is read out; a `wss` address keeps its scheme. */
export function spokenAddress(relay: string): string {
  return relay.replace(/^ws:\/\//, "");
}

function withRelay(code: string, relay: string | undefined): Invitation {
  if (relay === undefined) return { code: parseCode(code), relay: undefined };
  const address = relayAddress(relay);
  if (address === undefined) throw new SecureShareError("E_USAGE", { reason: "relay-address" });
  return { code: parseCode(code), relay: address };
}

/**
 * Parses what a user typed, pasted or clicked.
 * @throws E_CODE_MISTYPED, or E_USAGE when the relay's address in it is none
 */
export function parseInvitation(text: string): Invitation {
  const typed = text.trim();
  if (typed.length > INVITATION_MAX) throw new SecureShareError("E_CODE_MISTYPED", {});
  const fragment = typed.indexOf("#");
  if (fragment >= 0) {
    const base = typed.slice(0, fragment);
    const [code, at] = splitAt(typed.slice(fragment + 1));
    return withRelay(code, at ?? (/^(?:https?|wss?):/i.test(base) ? base : undefined));
  }
  const [code, at] = splitAt(typed);
  return withRelay(code, at);
}

function splitAt(text: string): [string, string | undefined] {
  const at = text.indexOf("@");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
