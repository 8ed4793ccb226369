import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import { isLoopback } from "../node/networkAddresses";
import type { AgentFor } from "../node/socket";

/**
 * The agent for a relay's URL by the environment's proxy variables, asked as for `http:` and
 * `https:`. A tunnel (`CONNECT`) is made for both: a WebSocket passes no other proxy.
 * Loopback is never proxied.
 */
export const proxyAgent: AgentFor = (url) => {
  if (isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, ""))) return undefined;
  const proxy = getProxyForUrl(url.replace(/^ws/, "http"));
  return proxy === "" ? undefined : new HttpsProxyAgent(proxy);
};
