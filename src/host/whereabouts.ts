import type { NetworkInterfaceInfo } from "node:os";
import { isLoopback, isWildcard, networkAddresses } from "../node/networkAddresses";

export const LOOPBACK = "127.0.0.1";

/** Where the window's own relay is. */
export interface Whereabouts {
  /** What to listen on. */
  readonly bind: string;
  /** What the receiver connects to. */
  readonly announced: string;
  readonly port: number;
  readonly reach: "this-computer" | "this-network";
}

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** At which address a relay that listens on `bind` is reached, and by whom. */
export function reachOf(
  bind: string,
  interfaces: Interfaces,
): Pick<Whereabouts, "announced" | "reach"> {
  const outside = networkAddresses(interfaces)[0]?.address ?? LOOPBACK;
  const announced = isWildcard(bind) ? outside : bind;
  return { announced, reach: isLoopback(announced) ? "this-computer" : "this-network" };
}

/**
 * Where a relay that was at `former` has to be now that this computer no longer has that
 * address: at the one to which the user's choice leads today. `undefined` while it has it, or
 * when there is no such place. Nobody is let in from a network who was not before.
 */
export function movedFrom(
  former: Whereabouts,
  choice: Whereabouts | undefined,
  interfaces: Interfaces,
): Whereabouts | undefined {
  const own = Object.values(interfaces).flatMap((infos) => infos ?? []);
  const has = (address: string) => own.some((info) => info.address === address);
  if (former.reach === "this-computer" || isLoopback(former.announced) || has(former.announced))
    return undefined;
  if (choice?.reach !== "this-network" || !has(choice.announced)) return undefined;
  return { ...choice, port: former.port };
}
