import assert from "node:assert/strict";
import { base64url, hex } from "../../../../src/core/crypto/bytes";
import { rendezvous } from "../../../../src/core/crypto/schedule";
import { Exchange } from "../../../../src/core/session/exchange";
import { ReceiverHandshake } from "../../../../src/core/session/handshake";
import { reunite } from "../../../../src/core/session/reunion";
import { Room } from "../../../../src/core/session/room";
import { settle } from "../../../support/memory/clock";
import { MemoryRelay } from "../../../support/memory/relay";
import { Bench, random } from "../../../support/memory/session";

const [FIRST, SECOND] = ["ws://first.test", "ws://second.test"];
const NEVER = new AbortController().signal;
const psk = random.bytes(64);

/** A sender that waits at two relays, and writes its new secrets down when it is let. */
function waiting() {
  const { clock } = new Bench();
  const relays = { [FIRST]: new MemoryRelay(), [SECOND]: new MemoryRelay() };
  const dialer: MemoryRelay["connect"] = (url, ...rest) =>
    (url.startsWith(FIRST) ? relays[FIRST] : relays[SECOND])?.connect(url, ...rest) ??
    assert.fail();
  const ports = { dialer: { connect: dialer }, clock, random };
  let write = () => {};
  const written = new Promise<void>((resolve) => {
    write = resolve;
  });
  const keep = () => written;
  const met = reunite("sender", ports, [FIRST, SECOND], undefined, [psk], keep, 60_000, NEVER);
  /** The other side's handshake at one of the relays. */
  const come = async (relay: string) => {
    const { rid, receiverClaim } = rendezvous(psk);
    const claim = base64url(receiverClaim);
    const room = await Room.join(ports.dialer, relay, hex(rid), "receiver", claim, NEVER);
    assert.deepEqual(await room.next(), { kind: "peer", state: "joined" });
    const credentials = { mode: 1 as const, locator: rid, prs: psk };
    const handshake = new ReceiverHandshake(credentials, random);
    return new Exchange(room, handshake, clock, async () => {}).run(NEVER);
  };
  return { clock, met, come, write };
}

describe("a sender that waits at two relays", () => {
  it("goes on where the other side came last, though it still writes for the other place", async () => {
    const { clock, met, come, write } = waiting();
    await clock.advance(1);
    const left = come(FIRST);
    left.catch(() => {});
    await settle();
    const secrets = come(SECOND);
    await settle();
    write();
    const { room, secrets: ours } = await met;
    assert.equal(room.relay, SECOND);
    assert.deepEqual(ours.psk, (await secrets).psk);
    await assert.rejects(left, "it was told nothing of a handshake that was dropped");
  });
});
