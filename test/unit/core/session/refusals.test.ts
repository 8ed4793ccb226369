import assert from "node:assert/strict";
import { type ErrorCode, SecureShareError } from "../../../../src/core/errors";
import { Channel } from "../../../../src/core/session/channel";
import { Exchange } from "../../../../src/core/session/exchange";
import {
  codeCredentials,
  ReceiverHandshake,
  SenderHandshake,
} from "../../../../src/core/session/handshake";
import { Kind } from "../../../../src/core/session/plaintext";
import { Room } from "../../../../src/core/session/room";
import { receiveTransfer, sendTransfer } from "../../../../src/core/session/transfer";
import { drawCode } from "../../../../src/core/wire/code";
import { FrameType } from "../../../../src/core/wire/frames";
import { createAead } from "../../../../src/node/aead";
import { assertFails } from "../../../support/assertFails";
import { FakeClock } from "../../../support/memory/clock";
import { memorySource, memorySpool } from "../../../support/memory/files";
import {
  binary,
  closed,
  GREETING,
  JOINED,
  type Received,
  ScriptedSocket,
  text,
} from "../../../support/memory/scripted";
import { Bench, RELAY, random } from "../../../support/memory/session";

const CODE = codeCredentials("k7qm3", "x9dt2v");
const never = new AbortController().signal;
const content = Buffer.from("content");
const LEFT = text({ type: "peer", state: "left" });

/** The receiver's side of a handshake against frames of our choice. */
async function exchanging(
  answers: (hello: Uint8Array) => readonly Received[],
  refuse?: SecureShareError,
) {
  const handshake = new ReceiverHandshake(CODE, random);
  const { room, socket } = await ScriptedSocket.room(...answers(handshake.hello));
  const clock = new FakeClock();
  const spend = () => (refuse === undefined ? Promise.resolve() : Promise.reject(refuse));
  const exchange = new Exchange(room, handshake, clock, spend);
  const outcome = exchange.run(never).catch((error: unknown) => error);
  await clock.advance(40_000);
  return { outcome: await outcome, socket };
}

function m1Of(hello: Uint8Array): Uint8Array {
  const sender = SenderHandshake.start(hello, CODE, random);
  assert.ok(typeof sender !== "string");
  return sender.m1;
}
const m3 = Uint8Array.from({ length: 66 }, (_, i) => [FrameType.m3, 1][i] ?? 0);

describe("a receiver's handshake", () => {
  const before: Record<string, [readonly Received[], ErrorCode, RegExp?]> = {
    silence: [[], "E_INTERRUPTED", /timeout/],
    "a close": [[closed(4005)], "E_INTERRUPTED", /relay-closed-4005/],
    "a peer that leaves": [[LEFT], "E_INTERRUPTED", /peer-left/],
    "another version": [[binary(Uint8Array.of(2, 2, 0))], "E_VERSION"],
    "an abort for the version": [[binary(Uint8Array.of(0x0f, 1, 1))], "E_VERSION"],
    "another abort": [[binary(Uint8Array.of(0x0f, 1, 2))], "E_HANDSHAKE"],
    "another frame": [[binary(m3)], "E_HANDSHAKE"],
  };
  for (const [what, [script, code, reason]] of Object.entries(before))
    it(`ends with ${code} for ${what} in place of M1`, async () => {
      const { outcome, socket } = await exchanging(() => script);
      assertFails(outcome, code, reason);
      assert.equal(socket.sent.length, 1, "HELLO and nothing else");
    });

  it("ends before M2 for a share of low order", async () => {
    const { outcome, socket } = await exchanging((hello) => [binary(m1Of(hello).fill(0, 34, 66))]);
    assertFails(outcome, "E_HANDSHAKE");
    assert.equal(socket.sent.length, 1);
  });

  it("counts the attempt before M2 goes out", async () => {
    const refuse = new SecureShareError("E_CODE_ATTEMPTS", {});
    const { outcome, socket } = await exchanging((hello) => [binary(m1Of(hello))], refuse);
    assertFails(outcome, "E_CODE_ATTEMPTS");
    assert.equal(socket.sent.length, 1);
  });

  const after: Record<string, readonly Received[]> = {
    silence: [],
    "a close": [closed(1006)],
    "a peer that leaves": [LEFT],
    "another frame": [binary(Uint8Array.of(0x0f, 1, 2))],
  };
  for (const [what, script] of Object.entries(after))
    it(`says after M2 that the code was not right, for ${what}`, async () => {
      const { outcome } = await exchanging((hello) => [binary(m1Of(hello)), ...script]);
      assertFails(outcome, "E_CODE_WRONG");
    });

  it("takes no wrong M3", async () => {
    const { outcome } = await exchanging((hello) => [binary(m1Of(hello)), binary(m3)]);
    assertFails(outcome, "E_HANDSHAKE");
  });

  it("says when the connection does not take its HELLO", async () => {
    const { room, socket } = await ScriptedSocket.room();
    socket.broken = true;
    const handshake = new ReceiverHandshake(CODE, random);
    const clock = new FakeClock();
    const outcome = new Exchange(room, handshake, clock, async () => {})
      .run(never)
      .catch((error: unknown) => error);
    await clock.advance(40_000);
    assertFails(await outcome, "E_INTERRUPTED", /connection-lost/);
  });
});

describe("joining a room", () => {
  const refusals: [object | string | number, ErrorCode][] = [
    [4002, "E_CODE_UNKNOWN"],
    [4003, "E_ROOM_OCCUPIED"],
    [4006, "E_RELAY_FULL"],
    [4007, "E_RELAY_FULL"],
    [4011, "E_RELAY_REFUSED"],
    [1006, "E_RELAY_UNREACHABLE"],
    [{ type: "error", code: 4007 }, "E_RELAY_FULL"],
    [{ type: "peer", state: "joined" }, "E_RELAY_PROTOCOL"],
    [{ type: "hello", version: 2 }, "E_RELAY_PROTOCOL"],
    ["junk", "E_RELAY_PROTOCOL"],
  ];
  for (const [first, code] of refusals)
    it(`gives ${code} for ${JSON.stringify(first)}, and closes the socket`, async () => {
      const socket = new ScriptedSocket(typeof first === "number" ? closed(first) : text(first));
      const joining = Room.join(socket.dialer, RELAY, "k7qm3", "receiver", "claim", never);
      await assert.rejects(joining, { code });
      assert.ok(socket.closed);
    });

  it("gives E_RELAY_PROTOCOL for bytes in place of a greeting", async () => {
    const socket = new ScriptedSocket(binary(new Uint8Array(3)));
    const joining = Room.join(socket.dialer, RELAY, "k7qm3", "receiver", "claim", never);
    await assert.rejects(joining, { code: "E_RELAY_PROTOCOL" });
  });

  it("ends at the first word that is none", async () => {
    const { room, socket } = await ScriptedSocket.room(text("junk"), JOINED);
    assert.deepEqual(await room.next(), { kind: "closed", code: 4008 });
    assert.ok(socket.closed);
  });
});

describe("a channel", () => {
  async function channel(...script: readonly Received[]) {
    const { room, socket } = await ScriptedSocket.room(...script);
    const secrets = {
      senderToReceiver: random.bytes(64),
      receiverToSender: random.bytes(64),
      psk: random.bytes(64),
      digits: "",
    };
    return { channel: new Channel(room, "receiver", createAead(), secrets), socket };
  }
  const received: Record<string, [readonly Received[], ErrorCode, RegExp?]> = {
    "a close": [[closed(4000)], "E_INTERRUPTED", /relay-closed-4000/],
    "a peer that leaves": [[LEFT], "E_INTERRUPTED", /peer-left/],
    "a frame of the handshake": [[binary(m3)], "E_TAMPERED"],
    "a record that is not the next one": [
      [binary(Uint8Array.from({ length: 30 }, (_, i) => [FrameType.record, 1][i] ?? 0))],
      "E_TAMPERED",
    ],
  };
  for (const [what, [script, code, reason]] of Object.entries(received))
    it(`ends with ${code} for ${what}`, async () => {
      const { channel: open } = await channel(...script);
      const outcome = await open.receive(new Uint8Array(100)).catch((error: unknown) => error);
      assertFails(outcome, code, reason);
    });

  it("sends nothing once it is closed, and says when the connection is gone", async () => {
    const { channel: open, socket } = await channel();
    socket.broken = true;
    const lost = await open.sendSmall(Kind.ping).catch((error: unknown) => error);
    assertFails(lost, "E_INTERRUPTED", /connection-lost/);
    socket.broken = false;
    await open.close();
    const late = await open.sendSmall(Kind.ping).catch((error: unknown) => error);
    assertFails(late, "E_INTERRUPTED", /connection-closed/);
    assert.equal(socket.sent.length, 0);
  });
});

describe("meeting", () => {
  const unreachable = new SecureShareError("E_RELAY_UNREACHABLE", { relay: RELAY });

  it("says why no relay would do", async () => {
    const bench = new Bench();
    bench.relay.connect = () => Promise.reject(unreachable);
    const sender = bench.send(await memorySource({ a: content }));
    await assert.rejects(sender.outcome, { code: "E_RELAY_UNREACHABLE" });
    const receiver = bench.receive(drawCode((n) => random.bytes(n)));
    await assert.rejects(receiver.outcome, { code: "E_RELAY_UNREACHABLE" });
  });

  it("draws five codes where all rooms are said to be taken, and no more", async () => {
    const bench = new Bench();
    let connects = 0;
    bench.relay.connect = () => {
      connects++;
      return connects > 20
        ? Promise.reject(unreachable)
        : Promise.resolve(new ScriptedSocket(closed(4003)));
    };
    const sender = bench.send(await memorySource({ a: content }));
    await assert.rejects(sender.outcome, { code: "E_ROOM_OCCUPIED" });
    assert.equal(connects, 5);
  });

  it("leaves the room when the code has expired", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource({ a: content }), { lifetimeMs: 1_000 });
    await sender.code;
    await bench.clock.advance(2_000);
    await assert.rejects(sender.outcome, { code: "E_CODE_EXPIRED" });
    assert.deepEqual(bench.relay.rooms(), []);
  });

  it("ends where no sender is, and closes the connection", async () => {
    const bench = new Bench();
    const socket = new ScriptedSocket(GREETING, LEFT);
    const { dialer } = socket;
    bench.relay.connect = (...args) => dialer.connect(...args);
    const receiver = bench.receive(drawCode((n) => random.bytes(n)));
    const outcome = await receiver.outcome.catch((error: unknown) => error);
    assertFails(outcome, "E_INTERRUPTED", /no-sender/);
    assert.ok(socket.closed);
  });

  it("needs something to send, and a code or a journal to receive", async () => {
    const bench = new Bench();
    const nothing = bench.send(await memorySource({}));
    await assert.rejects(nothing.outcome, { code: "E_NOTHING_TO_SEND" });
    const { ports } = bench;
    const options = { relays: [RELAY], verify: "compare", automated: false, keepForMs: 0 } as const;
    const asked = () => assert.fail();
    const ui = { event: () => {}, verify: asked, decide: asked, changed: asked };
    const receiving = receiveTransfer(
      {
        ...ports,
        attempts: { spend: async () => true },
        sink: () => bench.sink,
        spool: memorySpool,
      },
      options,
      ui,
      never,
    );
    await assert.rejects(receiving, { code: "E_RESUME_LOST" });
    assert.ok(sendTransfer);
  });
});
