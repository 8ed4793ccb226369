/**
 * Which websites may open a connection. Programs send no Origin and are not concerned; a
 * browser always sends it (RFC 6455, section 10.2).
 */
import { isIP } from "node:net";

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function parse(origin: string): URL | undefined {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined;
}

/** `https://relay.example` as browsers write it, or `undefined` when it is no origin. */
export function normalOrigin(origin: string): string | undefined {
  const url = parse(origin);
  return url === undefined || `${url.pathname}${url.search}${url.hash}` !== "/"
    ? undefined
    : url.origin;
}

/**
 * The relay's own page may connect, and listed origins. A page is taken for the relay's own
 * when its host is the one in the Host header. A website can point its own name at a relay
 * (DNS rebinding) and then passes for that relay's page; so `names: false` takes none but IP
 * addresses and `localhost`, for relays that the internet is not meant to reach.
 */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  listed: ReadonlySet<string>,
  names = false,
): boolean {
  if (origin === undefined) return true;
  const url = parse(origin);
  if (url === undefined) return false;
  if (listed.has(url.origin)) return true;
  const literal = isIP(bare(url.hostname)) !== 0 || url.hostname === "localhost";
  return (literal || names) && url.host === hostOf(host, url.protocol);
}

/** The Host header as the page's own URL would have it: without the scheme's usual port. */
function hostOf(host: string | undefined, scheme: string): string | undefined {
  return parse(`${scheme}//${host}`)?.host;
}
