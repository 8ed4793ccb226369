import type { NetworkInterfaceInfo } from "node:os";
import { isLoopback } from "../node/networkAddresses";

/** Where the window's own relay is. */
export interface Whereabouts {
  /** What to listen on. */
  readonly bind: string;
  /** What the receiver connects to. */
  readonly announced: string;
  readonly port: number;
  readonly reach: "this-computer" | "this-network";
}

/**
 * Where a relay that was at `former` has to be now that this computer no longer has that
 * address: at the one to which the user's choice leads today. `undefined` while it has it, or
 * when there is no such place. Nobody is let in from a network who was not before.
 */
export function movedFrom(
  former: Whereabouts,
  choice: Whereabouts | undefined,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): Whereabouts | undefined {
  const own = Object.values(interfaces).flatMap((infos) => infos ?? []);
  const has = (address: string) => own.some((info) => info.address === address);
  if (former.reach === "this-computer" || isLoopback(former.announced) || has(former.announced))
    return undefined;
  if (choice?.reach !== "this-network" || !has(choice.announced)) return undefined;
  return { ...choice, port: former.port };
}
