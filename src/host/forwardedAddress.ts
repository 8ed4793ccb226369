import { relayAddress } from "../core/wire/invitation";
import { roomUrl } from "../core/wire/rooms";
import { isLoopback } from "../node/networkAddresses";
import type { Forwarded } from "../presenter/transfer";

/** No reply in this time is none. Milliseconds. */
const PROBE_MS = 5_000;
/** A relay refuses to talk plain HTTP about any room, and nothing else does so just like that. */
const PROBED_ROOM = "00000";
const UPGRADE_REQUIRED = 426;

/**
 * What an address is worth that VS Code gave.
 *
 * @param external `http(s)://HOST:PORT/PATH`, as VS Code gave it
 * @returns `undefined` for an address that is none of a relay
 */
export async function judgeAddress(
  external: string,
  ask: typeof fetch = fetch,
): Promise<Forwarded | undefined> {
  const { hostname, host, pathname } = new URL(external);
  const relay = relayAddress(external);
  if (relay === undefined) return undefined;
  const own = isLoopback(hostname.replace(/^\[|\]$/g, ""));
  const reach = own ? "own-computer" : "everyone";
  // A tunnel that ends at the user's own computer; what listens at its port here is another's.
  if (own && pathname === "/") return { reach, relay };
  return (await answers(relay, ask)) ? { reach, relay } : { reach: "login", host };
}

/** Whether a relay answers there to somebody who is not logged in. */
async function answers(relay: string, ask: typeof fetch): Promise<boolean> {
  const url = roomUrl(relay, PROBED_ROOM, "receiver").replace(/^ws/, "http");
  const signal = AbortSignal.timeout(PROBE_MS);
  try {
    const { status, body } = await ask(url, { redirect: "manual", credentials: "omit", signal });
    await body?.cancel();
    return status === UPGRADE_REQUIRED;
  } catch {
    return false;
  }
}
