/**
 * Whom a connection is counted against: an IPv4 address, or the /64 of an IPv6 one and with
 * it the /48 around it, which is what one customer is commonly given (RFC 6177).
 */
import { isIPv4, isIPv6 } from "node:net";

const GROUPS = 8;
const PREFIX_GROUPS = 4;
const NETWORK_GROUPS = 3;
const PREFIX = "::/64";

/** The groups of an IPv6 address, `::` written out; an IPv4 tail counts as two groups. */
function groupsOf(address: string): string[] {
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  if (tail === undefined) return left;
  const right = tail === "" ? [] : tail.split(":");
  const words = right.at(-1)?.includes(".") === true ? right.length + 1 : right.length;
  return [...left, ...Array<string>(Math.max(GROUPS - left.length - words, 0)).fill("0"), ...right];
}

/**
 * An address without its zone and in lower case, IPv4 in IPv6 (`::ffff:192.0.2.1`, RFC 4291,
 * section 2.5.5.2) as IPv4; `undefined` for what is no address.
 */
export function plainAddress(text: string | undefined): string | undefined {
  const address = (text ?? "").replace(/%.*$/, "").toLowerCase();
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return undefined;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
}

/** The key of an address; what is no address at all shares one key. */
export function addressKey(remote: string | undefined): string {
  const address = plainAddress(remote);
  if (address === undefined) return "unknown";
  if (isIPv4(address)) return address;
  const prefix = groupsOf(address)
    .slice(0, PREFIX_GROUPS)
    .map((group) => Number.parseInt(group, 16).toString(16));
  return prefix.join(":") + PREFIX;
}

/** The key of the /48 that an IPv6 key lies in; IPv4 addresses have none. */
export function networkOf(key: string): string | undefined {
  if (!key.endsWith(PREFIX)) return undefined;
  return `${key.split(":").slice(0, NETWORK_GROUPS).join(":")}::/48`;
}

/** What a log may show when its owner wants to see addresses: the /24 or /48 of a key. */
export function truncated(key: string): string {
  return networkOf(key) ?? key.replace(/\.\d+$/, ".0/24");
}
