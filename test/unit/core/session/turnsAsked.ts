import { Kind, RecordBuilder } from "../../../../src/core/session/plaintext";
import { RECORD_PLAINTEXT } from "../../../../src/core/wire/limits";
import type { HostilePeer } from "../../../support/hostile/peer";
import { settle } from "../../../support/memory/clock";
import type { Bench } from "../../../support/memory/session";

/**
 * How often the other side asks for a turn of the event loop, for 8000 frames in one record,
 * while it gets none: once, when it waits for it. Then cancels.
 */
export async function turnsAsked(peer: HostilePeer, { clock }: Bench): Promise<number> {
  const passes: (() => void)[] = [];
  clock.turn = () => new Promise((resolve) => passes.push(resolve));
  const builder = new RecordBuilder(new Uint8Array(RECORD_PLAINTEXT));
  for (let n = 0; n < 8000; n++) builder.write(Kind.ping);
  await peer.raw(builder.padTo(RECORD_PLAINTEXT));
  await settle();
  const asked = passes.length;
  clock.turn = async () => {};
  for (const pass of passes) pass();
  await peer.frame(Kind.cancel, Uint8Array.of(1));
  return asked;
}
