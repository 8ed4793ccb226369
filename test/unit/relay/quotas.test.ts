import assert from "node:assert/strict";
import { CloseCode } from "../../../src/core/wire/closeCodes";
import { FakeClient, fakeRelay, RESUME_ROOM } from "./fakeClient";

const KIB = 1024;

function pairOf({ join }: ReturnType<typeof fakeRelay>, room = RESUME_ROOM, address = "192.0.2.1") {
  const sender = join(new FakeClient(), "sender", { room, address, claim: "claim-S" });
  const receiver = join(new FakeClient(), "receiver", { room, claim: "claim-R" });
  for (const client of [sender, receiver]) {
    client.answerPings();
    client.take();
  }
  return { sender, receiver };
}

describe("relay: bytes of a session", () => {
  it("ends both sides with `quota` when both together sent too much", () => {
    const fake = fakeRelay({ sessionBytes: 10 });
    const { sender, receiver } = pairOf(fake);
    sender.events?.frame(Buffer.alloc(6));
    receiver.events?.frame(Buffer.alloc(4));
    assert.deepEqual([sender.closedWith, receiver.closedWith], [undefined, undefined]);
    sender.events?.frame(Buffer.alloc(1));
    assert.deepEqual([sender.closedWith, receiver.closedWith], [CloseCode.quota, CloseCode.quota]);
    assert.equal(fake.counters.closures.of("quota"), 2);
    assert.equal(fake.counters.forwardedBytes, 10, "the frame too many goes nowhere");
    assert.equal(fake.relay.stats().connections, 0);
  });

  it("does not begin anew for a side that rejoins", () => {
    const fake = fakeRelay({ sessionBytes: 10 });
    const { sender, receiver } = pairOf(fake);
    sender.events?.frame(Buffer.alloc(9));
    receiver.events?.closed();
    const again = fake.join(new FakeClient(), "receiver", { room: RESUME_ROOM });
    for (const client of [sender, again]) client.answerPings();
    again.events?.frame(Buffer.alloc(2));
    assert.deepEqual([sender.closedWith, again.closedWith], [CloseCode.quota, CloseCode.quota]);
  });

  it("is not counted without a limit, and each room has its own", () => {
    const limited = fakeRelay({ sessionBytes: 10 });
    const [one, other] = [pairOf(limited), pairOf(limited, RESUME_ROOM.replace("0", "1"))];
    one.sender.events?.frame(Buffer.alloc(10));
    other.sender.events?.frame(Buffer.alloc(10));
    const free = pairOf(fakeRelay());
    for (let i = 0; i < 100; i += 1) free.sender.events?.frame(Buffer.alloc(256 * KIB));
    for (const { sender } of [one, other, free]) assert.equal(sender.closedWith, undefined);
  });
});

describe("relay: bytes a second from one address", () => {
  const RATE = 64 * KIB;

  it("reads nothing from an address that is ahead of its rate, then goes on", () => {
    const fake = fakeRelay({ bytesPerSecond: RATE });
    const { sender, receiver } = pairOf(fake);
    sender.events?.received(RATE);
    assert.equal(sender.held, false, "a second's worth is saved up");
    sender.events?.received(RATE / 2);
    assert.equal(sender.held, true);
    assert.equal(receiver.held, false);
    fake.wait(499);
    assert.equal(sender.held, true);
    fake.wait(1);
    assert.equal(sender.held, false);
    assert.equal(fake.counters.throttled, 1);
  });

  it("counts all connections of an address together, and another one's not", () => {
    const fake = fakeRelay({ bytesPerSecond: RATE });
    const one = pairOf(fake);
    const two = pairOf(fake, RESUME_ROOM.replace("0", "1"));
    const other = pairOf(fake, RESUME_ROOM.replace("0", "2"), "198.51.100.1");
    one.sender.events?.received(RATE);
    two.sender.events?.received(RATE);
    other.sender.events?.received(RATE);
    assert.deepEqual([two.sender.held, other.sender.held], [true, false]);
  });

  it("is no way around a slow reader, nor taken for a dead client", () => {
    const fake = fakeRelay({ bytesPerSecond: RATE });
    const sender = fake.join(new FakeClient(), "sender");
    const receiver = fake.join(new FakeClient({ slow: true }), "receiver");
    for (const client of [sender, receiver]) client.answerPings();
    while (!sender.held) sender.events?.frame(Buffer.alloc(256 * KIB));
    sender.events?.received(2 * RATE);
    fake.wait(1_000);
    assert.equal(sender.held, true, "the reader is still slow");
    sender.events?.received(100 * RATE);
    while (receiver.unsent.length > 0) receiver.flush();
    assert.equal(sender.held, true, "and now the rate");
    fake.wait(60_000);
    fake.relay.sweep();
    assert.equal(sender.closedWith, undefined);
    fake.wait(60_000);
    assert.equal(sender.held, false);
  });

  it("leaves no timer behind", () => {
    const fake = fakeRelay({ bytesPerSecond: RATE });
    const { sender } = pairOf(fake);
    sender.events?.received(10 * RATE);
    assert.equal(fake.timers.size, 1);
    sender.events?.closed();
    assert.equal(fake.timers.size, 0);
  });

  it("tells clients its quotas, and that there are none", () => {
    const said = (limits: Parameters<typeof fakeRelay>[0]) => {
      const client = new FakeClient();
      const messages: unknown[] = [];
      client.say = (message) => messages.push(message);
      fakeRelay(limits).join(client, "sender");
      return messages[0];
    };
    const common = { waitMs: 600_000, frameBytes: 262_170 };
    assert.deepEqual(said({}), {
      type: "hello",
      version: 1,
      limits: { ...common, sessionBytes: null, bytesPerSecond: null },
    });
    assert.deepEqual(said({ sessionBytes: 5, bytesPerSecond: RATE }), {
      type: "hello",
      version: 1,
      limits: { ...common, sessionBytes: 5, bytesPerSecond: RATE },
    });
  });
});
