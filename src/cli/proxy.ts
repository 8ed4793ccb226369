import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import { SecureShareError } from "../core/errors";
import type { AgentFor } from "../node/way";

/**
 * Agents for relays' URLs by the environment's proxy variables (`HTTP_PROXY` for `ws:`,
 * `HTTPS_PROXY` for `wss:`, `NO_PROXY`). Both go through a tunnel (`CONNECT`): a WebSocket
 * passes a proxy in no other way.
 * @throws E_PROXY where they hold no URL; it is not repeated, for it may hold a password
 */
export const proxyAgent: AgentFor = (url) => {
  const proxy = getProxyForUrl(url.replace(/^ws/, "http"));
  if (proxy === "") return undefined;
  if (!URL.canParse(proxy))
    throw new SecureShareError("E_PROXY", {
      relay: new URL(url).origin,
      reason: "ERR_INVALID_URL",
    });
  return new HttpsProxyAgent(proxy);
};
