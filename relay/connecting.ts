/**
 * Connections before they join, by address: whoever opens many and says nothing, or opens one
 * after the other as fast as it can, is stopped before that costs the others anything.
 */
import type { Socket } from "node:net";
import { addressKey, plainAddress } from "./address";
import { Budgets, perMinute } from "./budgets";
import type { RelayLimitOptions } from "./options";
import type { TrustedProxies } from "./proxies";

export type ConnectingLimits = Pick<
  RelayLimitOptions,
  "connectingPerAddress" | "connectsPerMinute" | "addressesPerNetwork"
>;

/** Why a connection is not taken. */
export type Excess = "connecting" | "connects";

/** Tells two connections of one server apart, below TLS and above it. */
function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

export class Connecting {
  private readonly addresses = new Map<string, string>();
  private readonly counts = new Map<string, number>();
  private readonly budgets: Budgets;

  constructor(
    private readonly limits: ConnectingLimits,
    private readonly proxies: TrustedProxies,
    now: () => number,
  ) {
    const { connectsPerMinute, addressesPerNetwork } = limits;
    this.budgets = new Budgets(perMinute(connectsPerMinute), addressesPerNetwork, now);
  }

  /** Counts a new connection until it joins or ends; says why when there are too many. */
  add(socket: Socket): Excess | undefined {
    const remote = plainAddress(socket.remoteAddress);
    // A proxy's connections are its clients'.
    if (remote !== undefined && this.proxies.includes(remote)) return undefined;
    const address = addressKey(remote);
    if (!this.budgets.take(address)) return "connects";
    const count = this.counts.get(address) ?? 0;
    if (count >= this.limits.connectingPerAddress) return "connecting";
    const end = endOf(socket);
    this.addresses.set(end, address);
    this.counts.set(address, count + 1);
    socket.once("close", () => this.remove(end));
    return undefined;
  }

  /** It has joined. */
  joined(socket: Socket): void {
    this.remove(endOf(socket));
  }

  /** Forgets addresses whose budgets are whole again. */
  sweep(): void {
    this.budgets.sweep();
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
