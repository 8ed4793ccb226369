/** How a WebSocket gets to a relay: directly, or through a proxy. */
import type { Agent, ClientRequest } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import { checkServerIdentity, type PeerCertificate, TLSSocket } from "node:tls";
import type { Attempt } from "./connectFailure";

/** An agent for a URL (a proxy), or none. */
export type AgentFor = (url: string) => Agent | undefined;

export interface Ways {
  readonly agentFor?: AgentFor;
  /** Whether a relay's URL is one in this process, in front of which no proxy stands. */
  readonly isOwn?: (url: string) => boolean;
}

export interface Way {
  /** What to give to the client; not always the relay's own URL. */
  readonly url: string;
  readonly agent?: Agent | undefined;
  readonly lookup?: LookupFunction;
}

/**
 * The way to a relay. VS Code sends every connection of an extension through the user's proxy,
 * whatever agent it has, except those to `localhost`: under that name it reaches its own relay,
 * at the address at which that listens.
 */
export function wayTo(url: string, { agentFor, isOwn }: Ways): Way {
  if (isOwn?.(url) !== true) return { url, agent: agentFor?.(url) };
  const local = new URL(url);
  const address = local.hostname.replace(/^\[|\]$/g, "");
  if (isIP(address) === 0) return { url };
  local.hostname = "localhost";
  return { url: local.href, lookup: alwaysAt(address) };
}

/**
 * Holds the certificate against the name that the user gave. Inside a tunnel Node would look for
 * `localhost` when that is an address. (An `object`: the types of `ws` have the result wrong.)
 */
export function identityOf(url: string): object {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  return {
    checkServerIdentity: (_name: string, certificate: PeerCertificate) =>
      checkServerIdentity(host, certificate),
  };
}

function alwaysAt(address: string): LookupFunction {
  const family = isIP(address);
  return (_hostname, { all }, answer) => {
    if (all === true) answer(null, [{ address, family }]);
    else answer(null, address, family);
  };
}

/**
 * Watches a request on its way. The agents of proxies, our own and VS Code's, tell it by events
 * of their own; `agent` is the one that we gave.
 */
export function watchAttempt(
  relay: string,
  request: ClientRequest,
  agent: Agent | undefined,
): () => Attempt {
  let proxied = agent !== undefined;
  let tunnelled = false;
  request.on("proxyConnect", ({ statusCode }: { statusCode: number }) => {
    tunnelled = statusCode === 200;
  });
  request.on("proxy", ({ proxy, socket }: { proxy: string; socket?: unknown }) => {
    proxied = proxy !== "DIRECT";
    tunnelled ||= socket instanceof TLSSocket;
  });
  return () => ({ relay, proxied, tunnelled });
}
