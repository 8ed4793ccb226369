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
export function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

export class Connecting {
  private readonly addresses = new Map<string, { readonly address: string }>();
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
    const end = endOf(socket);
    // The end of a former connection from there may not have been heard of yet.
    this.remove(end);
    const count = this.counts.get(address) ?? 0;
    if (count >= this.limits.connectingPerAddress) return "connecting";
    const counted = { address };
    this.addresses.set(end, counted);
    this.counts.set(address, count + 1);
    socket.once("close", () => {
      if (this.addresses.get(end) === counted) this.remove(end);
    });
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
    const address = this.addresses.get(end)?.address;
    if (address === undefined) return;
    this.addresses.delete(end);
    const count = (this.counts.get(address) ?? 1) - 1;
    if (count === 0) this.counts.delete(address);
    else this.counts.set(address, count);
  }
}
