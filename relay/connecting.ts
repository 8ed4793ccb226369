/**
 * Connections that have not joined yet, by address: whoever opens many and says nothing is
 * stopped before there are enough of them to matter.
 */
import type { Socket } from "node:net";
import { addressKey, plainAddress } from "./address";
import type { TrustedProxies } from "./proxies";

/** Tells two connections of one server apart, below TLS and above it. */
function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

export class Connecting {
  private readonly addresses = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly perAddress: number,
    private readonly proxies: TrustedProxies,
  ) {}

  /** Counts a new connection until it joins or ends; false when there are too many. */
  add(socket: Socket): boolean {
    const remote = plainAddress(socket.remoteAddress);
    // A proxy's connections are its clients'.
    if (remote !== undefined && this.proxies.includes(remote)) return true;
    const address = addressKey(remote);
    const count = this.counts.get(address) ?? 0;
    if (count >= this.perAddress) return false;
    const end = endOf(socket);
    this.addresses.set(end, address);
    this.counts.set(address, count + 1);
    socket.once("close", () => this.remove(end));
    return true;
  }

  /** It joined, or was refused with an answer. */
  joined(socket: Socket): void {
    this.remove(endOf(socket));
  }

  private remove(end: string): void {
    const address = this.addresses.get(end);
    if (address === undefined) return;
    this.addresses.delete(end);
    const count = (this.counts.get(address) ?? 1) - 1;
    if (count === 0) this.counts.delete(address);
    else this.counts.set(address, count);
  }
}
