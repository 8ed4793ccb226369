import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { ReceiverDocument } from "../../../../src/core/files/journal";
import { Manifest } from "../../../../src/core/files/manifest";
import type { Dialer, Source } from "../../../../src/core/ports";
import { openSecrets } from "../../../../src/core/session/memory";
import { drawCode } from "../../../../src/core/wire/code";
import { FrameType } from "../../../../src/core/wire/frames";
import { assertFails } from "../../../support/assertFails";
import { settle } from "../../../support/memory/clock";
import { memorySource, memorySpool } from "../../../support/memory/files";
import { MemoryJournal } from "../../../support/memory/journal";
import { closed, GREETING, ScriptedSocket } from "../../../support/memory/scripted";
import { acceptAll, Bench, confirm, RELAY, random } from "../../../support/memory/session";

const HOUR = 3_600_000;
const content = Buffer.from("content");

describe("what a former run left", () => {
  const psk = random.bytes(64);
  const head = (digits: string, candidate: number, count: number) =>
    Buffer.from(`${JSON.stringify([digits, candidate, count])}\n`);
  const journal = new MemoryJournal();
  const sealed = async (bytes: Uint8Array) => openSecrets(journal, await journal.seal(bytes));

  it("opens as it was sealed", async () => {
    const bytes = Buffer.concat([head("123456", -1, 1), psk]);
    assert.deepEqual(await sealed(bytes), { digits: "123456", candidate: -1, psks: [psk] });
  });

  const foreign: Record<string, Buffer> = {
    "digits that are none": Buffer.concat([head("12345", -1, 1), psk]),
    "a candidate that is none": Buffer.concat([head("123456", 2, 1), psk]),
    "more secrets than it says": Buffer.concat([head("123456", -1, 1), psk, psk]),
    "a secret cut short": Buffer.concat([head("123456", -1, 1), psk.subarray(1)]),
    "no head": Buffer.from(psk),
  };
  for (const [what, bytes] of Object.entries(foreign))
    it(`is lost with ${what}`, async () => assert.equal(await sealed(bytes), undefined));

  it("is lost without its key, without its code, and with runs outside its offer", async () => {
    const bench = new Bench();
    const source: Source = await memorySource({ a: content });
    const manifest = new Manifest(memorySpool());
    await manifest.appendPage((await source.manifest.page(0)).items);
    const document: ReceiverDocument = {
      version: 1,
      role: "receiver",
      id: journal.id,
      createdAt: 0,
      touchedAt: 0,
      relays: [RELAY],
      sealed: await journal.seal(Buffer.concat([head("123456", -1, 1), psk])),
      verified: true,
      verify: "compare",
      automated: false,
      peer: null,
      offered: true,
      accepted: [[0, 2]],
      folder: "folder",
      conflict: "rename",
      changed: [],
      keepForMs: 0,
    };
    const code = drawCode((n) => random.bytes(n));
    for (const key of ["key", "another"]) {
      const next = new MemoryJournal();
      next.document = JSON.stringify(document);
      next.key = key;
      const past = next.past(manifest);
      const receiver = bench.receive(code, {
        journal: next,
        past,
        decide: acceptAll,
        verify: confirm,
      });
      const ended = receiver.outcome.catch((error: unknown) => error);
      await bench.clock.advance(1_000);
      receiver.cancel(new Error("end"));
      assertFails(await ended, "E_RESUME_LOST");
    }
  });
});

describe("coming back", () => {
  /** A transfer that was cut, and whose relay is now what `dialer` makes of it. */
  async function cut(dialer: (bench: Bench) => Dialer["connect"]) {
    const bench = new Bench();
    const journal = new MemoryJournal();
    const tree = { big: randomBytes(5_000_000) };
    const sender = bench.send(await memorySource(tree), { keepForMs: HOUR, journal });
    const code = await sender.code;
    const cutting = { done: false };
    bench.relay.tap = (from, frame, room) => {
      if (
        !cutting.done &&
        from === "sender" &&
        frame[0] === FrameType.record &&
        bench.relay.frames.length > 20
      ) {
        cutting.done = true;
        bench.relay.connect = dialer(bench);
        queueMicrotask(() => bench.relay.cut(room, "receiver"));
        queueMicrotask(() => bench.relay.cut(room, "sender"));
      }
      return [frame];
    };
    const receiver = bench.receive(code, { keepForMs: HOUR });
    for (let i = 0; i < 100 && !cutting.done; i++) await settle();
    return { bench, sender, receiver, journal };
  }

  it("is not hurried by a relay that closes at once", async () => {
    let connects = 0;
    const { bench, sender, receiver } = await cut(() => async () => {
      connects++;
      assert.ok(connects < 1_000, "spins");
      return new ScriptedSocket(GREETING, closed(1006));
    });
    await bench.clock.advance(30_000);
    assert.ok(connects > 10 && connects < 150, `${connects} in half a minute by both`);
    for (const side of [sender, receiver]) side.cancel(new Error("end"));
    await Promise.allSettled([sender.outcome, receiver.outcome]);
  });

  it("sends no M3 before the new secret is on disk", async () => {
    const same = (b: Bench) => b.relay.connect.bind(b.relay);
    const { bench, sender, receiver, journal } = await cut(same);
    // What follows is of the handshakes with which they come back.
    bench.relay.frames.length = 0;
    journal.beforeWrite = () => {
      throw new Error("crash");
    };
    await bench.clock.advance(10_000);
    const types = new Set(bench.relay.frames.map((f) => f.bytes[0]));
    assert.ok(types.has(FrameType.m2));
    assert.ok(!types.has(FrameType.m3));
    for (const side of [sender, receiver]) side.cancel(new Error("end"));
    await Promise.allSettled([sender.outcome, receiver.outcome]);
  });
});
