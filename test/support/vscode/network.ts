import { FaultProxy } from "../faults/faultProxy";

/** So slow that no machine is too slow for what a test does meanwhile. Bytes a second. */
export const TRICKLE = 64 * 1024;

/** A network between a receiver and a sender's relay on loopback. */
export interface Between {
  readonly network: FaultProxy;
  readonly relayPort: number;
  /** What the receiver enters to come through it. */
  readonly spoken: string;
}

/** @param spoken what the sender reads out, see `Card.spoken` */
export async function networkTo(spoken: string): Promise<Between> {
  const [code = "", address = ""] = spoken.split("@");
  const relayPort = Number(address.split(":")[1]);
  const network = await FaultProxy.open(relayPort);
  return { network, relayPort, spoken: `${code}@127.0.0.1:${network.port}` };
}
