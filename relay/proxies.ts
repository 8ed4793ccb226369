/**
 * Whose word about a client's address is taken. Proxies append the address that they were
 * called from to X-Forwarded-For, so the list is read from its end, and only as far as each
 * speaker is a listed proxy: what stands before was written by somebody unknown.
 */
import { BlockList, isIP, isIPv4 } from "node:net";
import { plainAddress } from "./address";

/** Hops that are looked at; more proxies in a row than that do not occur. */
const HOPS_MAX = 16;

export interface TrustedProxies {
  includes(address: string): boolean;
}

/** Nobody is a proxy. */
export const NO_PROXIES: TrustedProxies = { includes: () => false };

function family(address: string): "ipv4" | "ipv6" {
  return isIPv4(address) ? "ipv4" : "ipv6";
}

function addRange(list: BlockList, range: string): boolean {
  const [address = "", bits, ...more] = range.split("/");
  if (isIP(address) === 0 || more.length > 0) return false;
  const longest = isIPv4(address) ? 32 : 128;
  const prefix = bits === undefined ? longest : Number(/^\d{1,3}$/.test(bits) ? bits : Number.NaN);
  if (!(prefix <= longest)) return false;
  list.addSubnet(address, prefix, family(address));
  return true;
}

/**
 * Proxies by address or range (`192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`).
 * `wrong` is the first entry that is none of these.
 */
export function trustedProxies(
  ranges: readonly string[],
): { readonly proxies: TrustedProxies } | { readonly wrong: string } {
  const list = new BlockList();
  const wrong = ranges.find((range) => !addRange(list, range));
  if (wrong !== undefined) return { wrong };
  return { proxies: { includes: (address) => list.check(address, family(address)) } };
}

/** `192.0.2.7`, `192.0.2.7:4711`, `[2001:db8::1]:4711`: some proxies name the port too. */
function hopAddress(entry: string): string | undefined {
  const text = entry.trim();
  const [, bracketed, v4] = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/.exec(text) ?? [];
  return plainAddress(bracketed ?? v4 ?? text);
}

/**
 * The address that a connection is counted against: the right-most one that is no trusted
 * proxy's. A junk entry ends the search at the proxy that passed it on.
 */
export function clientAddress(
  remote: string | undefined,
  forwardedFor: string | undefined,
  trusted: TrustedProxies,
): string | undefined {
  let address = plainAddress(remote);
  const hops = (forwardedFor ?? "").split(",").slice(-HOPS_MAX).toReversed();
  for (const hop of hops) {
    if (address === undefined || !trusted.includes(address)) return address;
    const next = hopAddress(hop);
    if (next === undefined) return address;
    address = next;
  }
  return address;
}
