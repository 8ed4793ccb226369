/** Node's side of the ports that both halves of a transfer need. */
import type { CommonPorts } from "../core/session/transfer";
import { createAead } from "./aead";
import { createDialer } from "./socket";
import { nodeHash, systemClock, systemRandom } from "./system";
import type { Ways } from "./way";

/** @param ways how relays are reached; without it, connections are direct */
export function nodePorts(ways?: Ways): CommonPorts {
  return {
    dialer: createDialer(ways),
    clock: systemClock,
    random: systemRandom,
    aead: createAead(),
    hash: nodeHash,
  };
}
