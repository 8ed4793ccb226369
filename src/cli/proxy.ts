import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import type { AgentFor } from "../node/way";

/**
 * Agents for relays' URLs by the environment's proxy variables (`HTTP_PROXY` for `ws:`,
 * `HTTPS_PROXY` for `wss:`, `NO_PROXY`). Both go through a tunnel (`CONNECT`): a WebSocket
 * passes a proxy in no other way.
 */
export const proxyAgent: AgentFor = (url) => {
  const proxy = getProxyForUrl(url.replace(/^ws/, "http"));
  return proxy === "" ? undefined : new HttpsProxyAgent(proxy);
};
