import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { sessionSecrets } from "../../../../src/core/crypto/schedule";
import { SecureShareError } from "../../../../src/core/errors";
import type { Random } from "../../../../src/core/ports";
import { Channel } from "../../../../src/core/session/channel";
import {
  codeCredentials,
  ReceiverHandshake,
  SenderHandshake,
} from "../../../../src/core/session/handshake";
import { openSecrets } from "../../../../src/core/session/memory";
import { FrameType } from "../../../../src/core/wire/frames";
import type { Role } from "../../../../src/core/wire/rooms";
import { createAead } from "../../../../src/node/aead";
import { memorySource } from "../../../support/memory/files";
import { MemoryJournal } from "../../../support/memory/journal";
import { ScriptedSocket } from "../../../support/memory/scripted";
import { Bench, random } from "../../../support/memory/session";
import { scripted } from "../../../support/ownVectors/fixed";
import { bytesOf, smallVectors } from "../../../support/vectors";
import { type Wipes, wipesDuring } from "../../../support/wipes";

type Hexes = Readonly<Record<string, string>>;
interface Agreement {
  random: Hexes;
  agreement: Hexes;
  schedule: Hexes;
}

const CODE = codeCredentials("k7qm3", "x9dt2v");
const { agreements } = smallVectors<{ agreements: Agreement[] }>("handshake.json");
const [vector] = agreements;
assert.ok(vector !== undefined);
const drawn = (name: string) => bytesOf(vector.random[name] ?? "");
const made = (name: string) => bytesOf(vector.agreement[name] ?? vector.schedule[name] ?? "");

/** The vectors' handshake, with its frames changed on the way. */
function handshake(change: (frame: Uint8Array) => Uint8Array = (frame) => frame): void {
  const receiver = new ReceiverHandshake(
    CODE,
    scripted(drawn("nR"), drawn("kemMessage"), drawn("yb")),
  );
  const values = ["nS", "ya", "nC", "kemSeed"].map(drawn);
  const sender = SenderHandshake.start(receiver.hello, CODE, scripted(...values));
  assert.ok(typeof sender !== "string");
  const m2 = receiver.answer(change(sender.m1));
  if (typeof m2 === "string") return;
  const finished = sender.finish(change(m2));
  if (typeof finished === "string") receiver.wipe();
  else receiver.finish(change(finished.m3));
}

const flip = (type: number, at: number) => (frame: Uint8Array) => {
  if (frame[0] !== type) return frame;
  const changed = frame.slice();
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
};

const ways: Readonly<Record<string, (frame: Uint8Array) => Uint8Array>> = {
  "that succeeds": (frame) => frame,
  "with a wrong tagR": flip(FrameType.m2, 1122),
  "whose commitment does not open": flip(FrameType.m3, 2),
  "with a wrong tagS": flip(FrameType.m3, 34),
};

describe("a handshake's secrets", () => {
  for (const [what, change] of Object.entries(ways))
    it(`are zero after one ${what}`, async () => {
      const wiped = await wipesDuring(() => handshake(change));
      for (const name of ["ya", "nC", "kemSeed", "yb", "kemMessage"])
        assert.ok(wiped(drawn(name)) >= 1, name);
      // Once at each side.
      for (const name of ["ISK", "kemSecret", "PRK", "generator"])
        assert.ok(wiped(made(name)) >= 2, name);
    });

  it("are zero when M1 was refused", async () => {
    const zeroShare = (frame: Uint8Array) =>
      frame[0] === FrameType.m1 ? frame.slice().fill(0, 34, 66) : frame;
    const wiped = await wipesDuring(() => handshake(zeroShare));
    for (const name of ["yb", "kemMessage", "kemSeed"]) assert.ok(wiped(drawn(name)) >= 1, name);
  });
});

describe("a channel's secrets", () => {
  for (const role of ["sender", "receiver"] as const satisfies readonly Role[])
    it(`of the ${role} are zero once it is closed`, async () => {
      const secrets = {
        senderToReceiver: random.bytes(64),
        receiverToSender: random.bytes(64),
        psk: random.bytes(64),
        digits: "",
      };
      const copies = [secrets.senderToReceiver, secrets.receiverToSender].map((s) => s.slice());
      const psk = secrets.psk.slice();
      const wiped = await wipesDuring(async () => {
        const { room } = await ScriptedSocket.room();
        await new Channel(room, role, createAead(), secrets).close();
      });
      for (const copy of copies) assert.equal(wiped(copy), 2, "what it got, and its own copy");
      assert.equal(wiped(psk), 1);
    });
});

const KILLED = new SecureShareError("E_CANCELLED", { by: "us" });

/** Every psk that a journal has ever held, and how often each was wiped in both programs. */
async function transfer(end: "completed" | "cancelled" | "dropped"): Promise<{
  psks: Uint8Array[];
  wiped: Wipes;
  secret: string;
}> {
  const documents = new Set<string>();
  const journal = new MemoryJournal();
  const save = journal.save;
  journal.save = async (document) => {
    await save(document);
    documents.add(journal.sender.sealed);
  };
  let secret = "";
  const wiped = await wipesDuring(async () => {
    const bench = new Bench();
    const source = await memorySource({ big: randomBytes(8_000_000) });
    const sender = bench.send(source, { journal, keepForMs: end === "dropped" ? 60_000 : 0 });
    const code = await sender.code;
    ({ secret } = code);
    let records = 0;
    bench.relay.tap = (from, frame, room) => {
      if (from === "sender" && frame[0] === FrameType.record && ++records === 10) {
        if (end === "cancelled") sender.cancel(KILLED);
        if (end === "dropped") queueMicrotask(() => bench.relay.cut(room, "receiver"));
      }
      return [frame];
    };
    const receiver = bench.receive(code, { keepForMs: end === "dropped" ? 60_000 : 0 });
    const both = Promise.allSettled([sender.outcome, receiver.outcome]);
    await bench.clock.advance(5_000);
    const [sent] = await both;
    assert.equal(sent.status, end === "cancelled" ? "rejected" : "fulfilled");
  });
  const psks = new Map<string, Uint8Array>();
  for (const sealed of documents)
    for (const psk of (await openSecrets(journal, sealed))?.psks ?? [])
      psks.set(Buffer.from(psk).toString("hex"), psk);
  return { psks: [...psks.values()], wiped, secret };
}

/** How often the HKDF zeroes a buffer of its own that held what it gives. */
async function wipedByHkdf(): Promise<number> {
  const made: Uint8Array[] = [];
  const wiped = await wipesDuring(() => {
    made.push(sessionSecrets(new Uint8Array(64), new Uint8Array(64)).psk);
  });
  return made.reduce((sum, psk) => sum + wiped(psk), 0);
}

describe("a transfer's secrets", () => {
  // S: the handshake's, the epoch's and the ratchet's copy; R: the handshake's and its own.
  const copies = async () => 5 + 2 * (await wipedByHkdf());

  for (const end of ["completed", "cancelled"] as const)
    it(`are zero when it was ${end}`, async () => {
      const { psks, wiped, secret } = await transfer(end);
      assert.equal(psks.length, 1);
      for (const psk of psks) assert.equal(wiped(psk), await copies());
      // The code's secret part, once at each side.
      assert.equal(wiped(Buffer.from(secret)), 2);
    });

  it("are zero when it went on after a drop: those that the ratchet left behind, too", async () => {
    const { psks, wiped } = await transfer("dropped");
    assert.equal(psks.length, 2);
    for (const psk of psks) assert.equal(wiped(psk), await copies());
  });
});

describe("a receiver's handshake", () => {
  it("is wiped when the receiver stops while it waits for M3", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource({ a: Buffer.from("a") }));
    const code = await sender.code;
    let tagR: Uint8Array = new Uint8Array(0);
    bench.relay.tap = (_, frame) => {
      if (frame[0] === FrameType.m2) tagR = frame.slice(1122);
      return frame[0] === FrameType.m3 ? [] : [frame];
    };
    const wiped = await wipesDuring(async () => {
      const receiver = bench.receive(code);
      await bench.clock.advance(100);
      receiver.cancel(KILLED);
      await assert.rejects(receiver.outcome);
    });
    assert.equal(tagR.length, 32);
    assert.equal(wiped(tagR) > 0, true);
    sender.cancel(KILLED);
    await assert.rejects(sender.outcome);
  });
});

describe("a sender's handshake", () => {
  it("is wiped when the sender stops in the middle of it", async () => {
    const scalars: Uint8Array[] = [];
    const bench = new Bench();
    const noting: Random = {
      bytes: (n) => {
        const bytes = random.bytes(n);
        if (n === 32) scalars.push(bytes);
        return bytes;
      },
    };
    const ports = { ...bench.ports, random: noting };
    Object.defineProperty(bench, "ports", { value: ports });
    const sender = bench.send(await memorySource({ a: Buffer.from("a") }));
    const code = await sender.code;
    const hello = new ReceiverHandshake(codeCredentials(code.room, code.secret), random).hello;
    const url = `ws://relay.test/v1/rooms/${code.room}?role=receiver`;
    const stranger = await bench.relay.connect(url, [], new AbortController().signal);
    await stranger.send(hello);
    await bench.clock.advance(1);
    assert.equal(scalars.length, 3, "nS, the scalar and nC");
    sender.cancel(KILLED);
    await assert.rejects(sender.outcome);
    for (const secret of scalars.slice(1)) assert.ok(secret.every((byte) => byte === 0));
  });
});
