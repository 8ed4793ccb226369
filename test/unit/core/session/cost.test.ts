/** What a stranger can make the two sides spend before it has proved anything. */
import assert from "node:assert/strict";
import { x25519 } from "@noble/curves/ed25519.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import {
  codeCredentials,
  ReceiverHandshake,
  SenderHandshake,
} from "../../../../src/core/session/handshake";
import { classifyFrame, FrameType } from "../../../../src/core/wire/frames";
import { memorySource } from "../../../support/memory/files";
import { Bench, RELAY, random } from "../../../support/memory/session";

const CODE = codeCredentials("k7qm3", "x9dt2v");
const ROUNDS = 12;
const hello = () => new ReceiverHandshake(CODE, random).hello;

/** Milliseconds of the processor for one round, without the first one, which compiles. */
function cost(round: () => void): number {
  round();
  const start = process.cpuUsage();
  for (let i = 0; i < ROUNDS; i++) round();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / ROUNDS;
}

/** The unit: what everybody must do who takes part in such a key agreement. */
const unit = cost(() => {
  x25519.scalarMult(random.bytes(32), x25519.getPublicKey(random.bytes(32)));
  ml_kem768.keygen(random.bytes(64));
});

describe("the cost of a stranger", () => {
  it("to a sender, for a HELLO of 35 bytes: one M1, and less than four key agreements", () => {
    const spent = cost(() => void SenderHandshake.start(hello(), CODE, random));
    assert.ok(spent < 4 * unit, `${(spent / unit).toFixed(1)} key agreements`);
  });

  it("to a sender, for an M2 of 1154 bytes: less than four key agreements, and a guess", () => {
    const junk = Uint8Array.from({ length: 1154 }, (_, i) => [FrameType.m2, 1, 9][i] ?? 0);
    const waiting = Array.from({ length: ROUNDS + 1 }, () =>
      SenderHandshake.start(hello(), CODE, random),
    );
    const spent = cost(() => {
      const next = waiting.pop();
      assert.ok(next !== undefined && typeof next !== "string");
      assert.equal(next.finish(junk), "wrong-tag");
    });
    assert.ok(spent < 4 * unit, `${(spent / unit).toFixed(1)} key agreements`);
  });

  it("to a receiver, for an M1 of 1282 bytes: less than six key agreements, once an attempt", () => {
    const sender = SenderHandshake.start(hello(), CODE, random);
    assert.ok(typeof sender !== "string");
    const spent = cost(() => void new ReceiverHandshake(CODE, random).answer(sender.m1));
    assert.ok(spent < 6 * unit, `${(spent / unit).toFixed(1)} key agreements`);
  });

  it("to both, for a frame that is none: nothing that grows with it", () => {
    const [short, long] = [new Uint8Array(3), new Uint8Array(262_000)];
    const many = (frame: Uint8Array) => () => {
      for (let i = 0; i < 20_000; i++) classifyFrame(frame);
    };
    assert.ok(cost(many(long)) < 10 * cost(many(short)) + 1);
  });

  it("to a sender in a minute of a thousand HELLOs: 32 answers of 1282 bytes", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource({ a: Buffer.from("a") }));
    const { room } = await sender.code;
    const url = `${RELAY}/v1/rooms/${room}?role=receiver`;
    const signal = new AbortController().signal;
    let stranger = await bench.relay.connect(url, [], signal);
    for (let i = 0; i < 1_000; i++) {
      // Whoever was put out comes back.
      await stranger.send(hello()).catch(async () => {
        stranger = await bench.relay.connect(url, [], signal);
      });
      await bench.clock.advance(60);
    }
    const sent = bench.relay.frames.filter(({ from }) => from === "sender");
    const bytes = sent.reduce((sum, frame) => sum + frame.bytes.length, 0);
    assert.ok(sent.length >= 20);
    assert.ok(bytes <= 33 * 1282, `${bytes} bytes`);
    sender.cancel(new Error("end"));
    await assert.rejects(sender.outcome);
  });
});
