import assert from "node:assert/strict";
import { CloseCode } from "../../../src/core/wire/closeCodes";
import { FRAME_MAX, UNPAIRED_MAX } from "../../../src/core/wire/limits";
import { FakeClient, fakeRelay, RESUME_ROOM } from "./fakeClient";

const FRAME = Buffer.of(1);
const PING_MS = 20_000;
const IDLE_MS = 60_000;
const WAIT_MS = 600_000;

function pairOf({ join }: ReturnType<typeof fakeRelay>, room?: string) {
  const options = room === undefined ? {} : { room };
  const sender = join(new FakeClient(), "sender", { ...options, claim: "claim-S" });
  const receiver = join(new FakeClient(), "receiver", { ...options, claim: "claim-R" });
  for (const client of [sender, receiver]) {
    client.answerPings();
    client.take();
  }
  return { sender, receiver };
}

describe("relay: engine", () => {
  it("greets, then says `joined` behind a marked ping", () => {
    const fake = fakeRelay();
    const sender = fake.join(new FakeClient({ deaf: true }), "sender");
    const receiver = fake.join(new FakeClient({ deaf: true }), "receiver");
    assert.deepEqual(sender.take(), ["hello", "joined"]);
    assert.deepEqual(receiver.take(), ["hello", "joined"]);
    sender.events?.frame(FRAME);
    assert.deepEqual(receiver.take(), [], "sent before it knew of the pairing");
    sender.events?.pong(99);
    sender.events?.frame(FRAME);
    assert.deepEqual(receiver.take(), [], "another pong does not count");
    sender.answerPings();
    sender.events?.frame(FRAME);
    assert.deepEqual(receiver.take(), [FRAME]);
  });

  it("holds only the fast side, and lets it go on when the slow one leaves", () => {
    const fake = fakeRelay();
    const sender = fake.join(new FakeClient(), "sender");
    const receiver = fake.join(new FakeClient({ slow: true }), "receiver");
    sender.answerPings();
    const frame = Buffer.alloc(FRAME_MAX);
    while (!sender.held) sender.events?.frame(Buffer.from(frame));
    assert.equal(receiver.held, false);
    receiver.events?.closed();
    assert.equal(sender.held, false);
    assert.equal(fake.relay.stats().bufferedBytes, 0);
  });

  it("takes 4 KiB from a client that never had a peer, and no more", () => {
    const { join } = fakeRelay();
    const client = join(new FakeClient(), "sender");
    client.events?.received(UNPAIRED_MAX);
    assert.equal(client.closedWith, undefined);
    client.events?.received(1);
    assert.equal(client.closedWith, CloseCode.badMessage);
  });

  it("drops what a client sends that has not heard yet that its peer left", () => {
    const fake = fakeRelay();
    const { sender, receiver } = pairOf(fake);
    receiver.events?.closed();
    for (let i = 0; i < 256; i += 1) sender.events?.frame(Buffer.alloc(FRAME_MAX));
    assert.equal(sender.closedWith, undefined, "64 MiB may be on their way");
    assert.equal(fake.relay.stats().bufferedBytes, 0);
    for (let i = 0; i < 256; i += 1) sender.events?.frame(Buffer.alloc(FRAME_MAX));
    assert.equal(sender.closedWith, CloseCode.badMessage);
  });

  it("pings every 20 s and ends who gives no sign of life for 60 s", () => {
    const fake = fakeRelay();
    const { sender } = pairOf(fake);
    const deaf = fake.join(new FakeClient({ deaf: true }), "sender", { room: RESUME_ROOM });
    for (let passed = 0; passed < IDLE_MS; passed += PING_MS) {
      assert.equal(deaf.closedWith, undefined);
      fake.wait(PING_MS);
      fake.relay.sweep();
      sender.answerPings();
    }
    assert.equal(deaf.unanswered.length, 2);
    assert.equal(deaf.closedWith, CloseCode.idle);
    assert.equal(sender.closedWith, undefined);
  });

  it("takes nobody for dead because it was itself stopped, and then waits as long as ever", () => {
    const fake = fakeRelay();
    const deaf = fake.join(new FakeClient({ deaf: true }), "sender");
    fake.wait(5 * IDLE_MS);
    for (let passed = 0; passed < IDLE_MS; passed += PING_MS) {
      fake.relay.sweep();
      assert.equal(deaf.closedWith, undefined);
      fake.wait(PING_MS);
    }
    fake.relay.sweep();
    assert.equal(deaf.closedWith, CloseCode.idle);
  });

  it("does not take a client for dead that it does not read, or that still reads", () => {
    const fake = fakeRelay();
    const sender = fake.join(new FakeClient({ deaf: true }), "sender");
    const receiver = fake.join(new FakeClient({ deaf: true, slow: true }), "receiver");
    sender.answerPings();
    for (let passed = 0; passed < 3 * IDLE_MS; passed += PING_MS) {
      while (!sender.held) sender.events?.frame(Buffer.alloc(FRAME_MAX));
      receiver.unsent.shift()?.();
      fake.wait(PING_MS);
      fake.relay.sweep();
    }
    assert.deepEqual([sender.closedWith, receiver.closedWith], [undefined, undefined]);
  });

  it("lets a client wait 10 minutes, and a pair as long as it likes", () => {
    const fake = fakeRelay();
    const { sender, receiver } = pairOf(fake);
    const waiting = fake.join(new FakeClient(), "sender", { room: RESUME_ROOM });
    const pass = (ms: number) => {
      for (let passed = 0; passed < ms; passed += PING_MS) {
        fake.wait(PING_MS);
        for (const client of [sender, receiver, waiting]) client.events?.pong(0);
        fake.relay.sweep();
      }
    };
    pass(WAIT_MS - PING_MS);
    assert.equal(waiting.closedWith, undefined);
    pass(PING_MS);
    assert.equal(waiting.closedWith, CloseCode.waitedTooLong);
    pass(WAIT_MS);
    assert.equal(sender.closedWith, undefined);
    receiver.events?.closed();
    pass(WAIT_MS - PING_MS);
    assert.equal(sender.closedWith, undefined, "its time begins when it is alone");
    pass(PING_MS);
    assert.equal(sender.closedWith, CloseCode.waitedTooLong);
  });

  it("drains: who waits leaves, pairs finish, then nobody is left", async () => {
    const fake = fakeRelay();
    const { sender, receiver } = pairOf(fake);
    const waiting = fake.join(new FakeClient(), "sender", { room: RESUME_ROOM });
    fake.relay.drain();
    assert.equal(waiting.closedWith, CloseCode.draining);
    assert.deepEqual([sender.take(), receiver.take()], [["draining"], ["draining"]]);
    sender.events?.frame(FRAME);
    assert.deepEqual(receiver.take(), [FRAME]);
    const join = { room: RESUME_ROOM, role: "sender", claim: undefined, address: "a" } as const;
    assert.deepEqual(fake.relay.judge({ kind: "join", join }), {
      kind: "refuse",
      code: CloseCode.draining,
      address: "a",
    });
    const empty = fake.relay.empty(new AbortController().signal);
    receiver.events?.closed();
    assert.equal(sender.closedWith, CloseCode.draining);
    await empty;
  });

  it("logs neither rooms nor claims nor addresses", () => {
    const fake = fakeRelay();
    const { sender } = pairOf(fake, RESUME_ROOM);
    sender.events?.closed();
    const names = fake.logged.map(({ event }) => event);
    assert.deepEqual(names, ["joined", "joined", "paired", "left"]);
    const text = JSON.stringify(fake.logged);
    for (const secret of [RESUME_ROOM, "claim-S", "192.0.2.1"])
      assert.equal(text.includes(secret), false, secret);
  });

  it("logs shortened addresses when asked to, and no whole ones", () => {
    const fake = fakeRelay({}, true);
    fake.join(new FakeClient(), "sender").events?.closed();
    fake.join(new FakeClient(), "receiver", { address: "2001:db8:1:2::/64" });
    assert.deepEqual(
      fake.logged.map((event) => ("address" in event ? event.address : undefined)),
      ["192.0.2.0/24", "192.0.2.0/24", "2001:db8:1::/48"],
    );
  });

  it("lets one /48 fill no more than its share of the rooms that wait", () => {
    const fake = fakeRelay({ waitingRoomsPerAddress: 1, addressesPerNetwork: 2 });
    const join = (n: number, address: string) =>
      fake.join(new FakeClient(), "sender", { room: RESUME_ROOM.replace("0", String(n)), address })
        .closedWith;
    assert.equal(join(1, "2001:db8:1:1::/64"), undefined);
    assert.equal(join(2, "2001:db8:1:1::/64"), CloseCode.full, "one /64");
    assert.equal(join(3, "2001:db8:1:2::/64"), undefined);
    assert.equal(join(4, "2001:db8:1:3::/64"), CloseCode.full, "one /48");
    assert.equal(join(5, "2001:db8:2:1::/64"), undefined);
  });
});
