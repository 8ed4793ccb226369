/** Whom a connection is counted against: an IPv4 address, or the /64 of an IPv6 one. */
import { isIPv4, isIPv6 } from "node:net";

const GROUPS = 8;
const PREFIX_GROUPS = 4;

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
 * The key of a socket's remote address. IPv4 in IPv6 (`::ffff:192.0.2.1`, RFC 4291, section
 * 2.5.5.2) counts as IPv4; what is no address at all shares one key.
 */
export function addressKey(remote: string | undefined): string {
  const address = (remote ?? "").replace(/%.*$/, "").toLowerCase();
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return "unknown";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const prefix = groupsOf(address)
    .slice(0, PREFIX_GROUPS)
    .map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(":")}::/64`;
}
