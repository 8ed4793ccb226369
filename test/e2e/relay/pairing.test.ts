import assert from "node:assert/strict";
import { type EmbeddedRelay, startEmbeddedRelay } from "../../../relay/embedded";
import { CloseCode } from "../../../src/core/wire/closeCodes";
import { FRAME_MAX } from "../../../src/core/wire/limits";
import { SUBPROTOCOL } from "../../../src/core/wire/rooms";
import { JOINED, join, joinBoth, LEFT, newClaim, type Peer, refusal } from "./peer";

const CODE_ROOM = "k7qm3";
const A_DAY = 86_400_000;
const RESUME_ROOM = "0123456789abcdef0123456789abcdef";

function frames(...bytes: number[]) {
  return bytes.map((byte) => ({ kind: "frame", frame: Buffer.of(byte) }));
}

async function read(peer: Peer, count: number) {
  const arrivals = [];
  for (let i = 0; i < count; i += 1) arrivals.push(await peer.next());
  return arrivals;
}

describe("relay: rooms on real sockets", function () {
  this.timeout(60_000);
  let relay: EmbeddedRelay;

  beforeEach(async () => {
    const mayCreate = () => true;
    // What is told in time is told by the sockets' ends, not by pings that nobody answers.
    relay = await startEmbeddedRelay({ host: "127.0.0.1", port: 0, mayCreate, idleMs: A_DAY });
  });
  afterEach(() => relay.close());

  it("greets, pairs, and forwards both ways in order, up to the longest frame", async () => {
    const { sender, receiver } = await joinBoth(relay.url, CODE_ROOM);
    const longest = Buffer.alloc(FRAME_MAX, 7);
    sender.send(1);
    sender.ws.send(longest);
    sender.send(2);
    receiver.send(9);
    assert.deepEqual(await read(receiver, 3), [
      ...frames(1),
      { kind: "frame", frame: longest },
      ...frames(2),
    ]);
    assert.deepEqual(await read(sender, 1), frames(9));
    assert.equal(sender.ws.protocol, SUBPROTOCOL);
  });

  it("serves under any path prefix", async () => {
    const prefixed = `${relay.url}/proxy/4711/some-thing`;
    const { sender, receiver } = await joinBoth(prefixed, CODE_ROOM);
    sender.send(5);
    assert.deepEqual(await receiver.next(), frames(5)[0]);
  });

  it("tells the last frames before it tells that the peer left, and keeps the room", async () => {
    const { sender, receiver } = await joinBoth(relay.url, CODE_ROOM);
    sender.send(1);
    sender.send(2);
    sender.ws.close(CloseCode.normal);
    assert.deepEqual(await read(receiver, 3), [...frames(1, 2), LEFT]);
    assert.equal(relay.stats().waiting, 1);
  });

  for (const [how, leave] of [
    ["closes", (peer: Peer) => peer.ws.close(CloseCode.normal)],
    ["vanishes", (peer: Peer) => peer.ws.terminate()],
  ] as const)
    it(`says at once that a peer left who ${how}`, async () => {
      const { sender, receiver } = await joinBoth(relay.url, CODE_ROOM);
      leave(receiver);
      assert.deepEqual(await sender.next(), LEFT);
      const next = await join(relay.url, CODE_ROOM, "receiver");
      assert.deepEqual(await sender.next(), JOINED);
      assert.deepEqual(await next.next(), JOINED);
    });

  it("refuses a third of either role and disturbs nobody", async () => {
    const claims = { sender: newClaim(), receiver: newClaim() };
    const { sender, receiver } = await joinBoth(relay.url, CODE_ROOM, claims);
    for (const role of ["sender", "receiver"] as const) {
      assert.equal(await refusal(relay.url, CODE_ROOM, role), CloseCode.occupied);
      const foreign = { claim: newClaim() };
      assert.equal(await refusal(relay.url, CODE_ROOM, role, foreign), CloseCode.occupied);
    }
    sender.send(3);
    receiver.send(4);
    assert.deepEqual(await receiver.next(), frames(3)[0]);
    assert.deepEqual(await sender.next(), frames(4)[0]);
  });

  it("replaces a stale receiver of the same claim at once", async () => {
    const claims = { receiver: newClaim() };
    const { sender, receiver } = await joinBoth(relay.url, CODE_ROOM, claims);
    const again = await join(relay.url, CODE_ROOM, "receiver", { claim: claims.receiver });
    assert.equal(await receiver.closeCode(), CloseCode.replaced);
    assert.deepEqual(await read(sender, 2), [LEFT, JOINED]);
    assert.deepEqual(await again.next(), JOINED);
  });

  for (const [role, other] of [
    ["sender", "receiver"],
    ["receiver", "sender"],
  ] as const)
    it(`puts the ${other} of a resume room out when its ${role} rejoins`, async () => {
      const claim = newClaim();
      const { [role]: stale, [other]: squatter } = await joinBoth(relay.url, RESUME_ROOM, {
        [role]: claim,
      });
      const again = await join(relay.url, RESUME_ROOM, role, { claim });
      assert.equal(await stale.closeCode(), CloseCode.replaced);
      assert.equal(await squatter.closeCode(), CloseCode.attemptEnded);
      const right = await join(relay.url, RESUME_ROOM, other);
      assert.deepEqual(await right.next(), JOINED);
      assert.deepEqual(await again.next(), JOINED);
    });

  it("ends the receiver's attempt when the sender of a code room rejoins", async () => {
    const claim = newClaim();
    const { sender, receiver } = await joinBoth(relay.url, CODE_ROOM, { sender: claim });
    const again = await join(relay.url, CODE_ROOM, "sender", { claim });
    assert.equal(await sender.closeCode(), CloseCode.replaced);
    assert.equal(await receiver.closeCode(), CloseCode.attemptEnded);
    await join(relay.url, CODE_ROOM, "receiver");
    assert.deepEqual(await again.next(), JOINED);
  });

  it("drops frames of the earlier pairing that arrive in the next one", async () => {
    const claims = { sender: newClaim() };
    const { sender, receiver } = await joinBoth(relay.url, RESUME_ROOM, claims);
    sender.ws.pause();
    receiver.ws.terminate();
    const next = await join(relay.url, RESUME_ROOM, "receiver");
    assert.deepEqual(await next.next(), JOINED);
    // The sender has not read yet that anything has changed.
    sender.send(1);
    sender.send(2);
    sender.ws.resume();
    assert.deepEqual(await read(sender, 2), [LEFT, JOINED]);
    sender.send(3);
    assert.deepEqual(await next.next(), frames(3)[0]);
  });

  it("lets only its own process create code rooms", async () => {
    const own = newClaim();
    const owned = await startEmbeddedRelay({
      host: "127.0.0.1",
      port: 0,
      mayCreate: (room, claim) => room === CODE_ROOM && claim === own,
    });
    try {
      assert.equal(await refusal(owned.url, CODE_ROOM, "sender"), CloseCode.notAllowed);
      const foreign = { claim: newClaim() };
      assert.equal(await refusal(owned.url, CODE_ROOM, "sender", foreign), CloseCode.notAllowed);
      assert.equal(await refusal(owned.url, "aaaaa", "sender", { claim: own }), 4011);
      assert.equal(await refusal(owned.url, CODE_ROOM, "receiver"), CloseCode.unknownRoom);
      await joinBoth(owned.url, CODE_ROOM, { sender: own });
      await join(owned.url, RESUME_ROOM, "receiver");
    } finally {
      await owned.close();
    }
  });

  it("ends everybody with `draining` when it is closed, and stops listening", async () => {
    const { sender, receiver } = await joinBoth(relay.url, CODE_ROOM);
    const waiting = await join(relay.url, RESUME_ROOM, "sender");
    await relay.close();
    const codes = await Promise.all([sender, receiver, waiting].map((peer) => peer.closeCode()));
    assert.deepEqual(codes, [CloseCode.draining, CloseCode.draining, CloseCode.draining]);
    await assert.rejects(join(relay.url, CODE_ROOM, "sender"));
  });
});
