/** Node's side of the ports that both halves of a transfer need. */
import type { CommonPorts } from "../core/session/transfer";
import { createAead } from "./aead";
import { type AgentFor, createDialer } from "./socket";
import { nodeHash, systemClock, systemRandom } from "./system";

/** @param agentFor a proxy's agent for a relay's URL; without it, connections are direct */
export function nodePorts(agentFor?: AgentFor): CommonPorts {
  return {
    dialer: createDialer(agentFor),
    clock: systemClock,
    random: systemRandom,
    aead: createAead(),
    hash: nodeHash,
  };
}
