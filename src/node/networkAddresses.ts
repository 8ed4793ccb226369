import type { NetworkInterfaceInfo } from "node:os";

/** An address at which other computers may reach this one. */
export interface NetworkAddress {
  /** Name of the network interface. */
  readonly name: string;
  readonly address: string;
}

/** Interfaces of containers, virtual machines and tunnels: rarely the one that is meant. */
const VIRTUAL =
  /^(?:docker|br-|veth|virbr|vmnet|vbox|vEthernet|utun|tun|tap|wg|tailscale|zt|lxc|cni|flannel)/i;

/** One address of each interface that leads out of this computer; likely ones first. */
export function networkAddresses(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): NetworkAddress[] {
  const found = Object.entries(interfaces).flatMap(([name, infos]) => {
    const outside = (infos ?? []).filter((info) => !info.internal && !isLinkLocal(info.address));
    const best = outside.find((info) => info.family === "IPv4") ?? outside[0];
    return best === undefined ? [] : [{ name, address: best.address }];
  });
  const rank = ({ name }: NetworkAddress) => (VIRTUAL.test(name) ? 1 : 0);
  return found.sort((a, b) => rank(a) - rank(b));
}

/** Needs a zone that another computer cannot know. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address) || address.startsWith("169.254.");
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** Whether a URL's host is an address of this computer. */
export function isOwnAddress(
  host: string,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): boolean {
  const address = host.replace(/^\[|\]$/g, "");
  const own = Object.values(interfaces).flatMap((infos) => infos ?? []);
  return isLoopback(address) || own.some((info) => info.address === address);
}

export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** `ws://HOST:PORT`, with brackets around an IPv6 address. */
export function relayUrl(host: string, port: number): string {
  return `ws://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
