import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import type { AgentFor } from "../node/socket";

/**
 * Agents for relays' URLs by the environment's proxy variables (`HTTP_PROXY` for `ws:`,
 * `HTTPS_PROXY` for `wss:`, `NO_PROXY`). Both go through a tunnel (`CONNECT`): a WebSocket
 * passes a proxy in no other way.
 * @param isOwn says of a relay's URL that it is in this process, where no proxy stands
 */
export function proxyAgents(isOwn: (url: string) => boolean): AgentFor {
  return (url) => {
    if (isOwn(url)) return undefined;
    const proxy = getProxyForUrl(url.replace(/^ws/, "http"));
    return proxy === "" ? undefined : new HttpsProxyAgent(proxy);
  };
}
