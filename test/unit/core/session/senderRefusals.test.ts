import assert from "node:assert/strict";
import type { ErrorCode } from "../../../../src/core/errors";
import type { Source } from "../../../../src/core/ports";
import { abortable } from "../../../../src/core/session/async";
import { Kind, segmentBody } from "../../../../src/core/session/plaintext";
import { SEGMENT } from "../../../../src/core/session/recheck";
import { assertFails } from "../../../support/assertFails";
import { HostilePeer } from "../../../support/hostile/peer";
import { settle } from "../../../support/memory/clock";
import { memorySource } from "../../../support/memory/files";
import { MemoryJournal } from "../../../support/memory/journal";
import { Bench } from "../../../support/memory/session";
import { turnsAsked } from "./turnsAsked";

const HOUR = 3_600_000;
const content = Buffer.from("content");

const READY = {
  t: "ready",
  policy: "compare",
  automated: false,
  stage: "offer",
  item: 0,
  offset: 0,
};
const ACCEPT = { t: "accept", runs: [[0, 2]], last: true };

const NO_DIGEST = new Uint8Array(32);

describe("a sender", () => {
  async function against(attack: (r: HostilePeer, bench: Bench) => Promise<void>, keepForMs = 0) {
    const bench = new Bench();
    const journal = new MemoryJournal();
    const source = await memorySource({ "a.txt": content, "b.txt": content });
    const sender = bench.send(source, { keepForMs, journal });
    const peer = await HostilePeer.receiver(bench, await sender.code);
    await peer.control(READY);
    await peer.until("offer-end");
    await attack(peer, bench);
    const ended = sender.outcome.catch((error: unknown) => error);
    await bench.clock.advance(40_000);
    return { outcome: await ended, sender, journal };
  }

  it("refuses rubbish in a record, and forgets the transfer", async () => {
    const { outcome, journal } = await against((r) => r.raw(Buffer.of(77, 0, 0, 0)));
    assertFails(outcome, "E_PROTOCOL");
    assert.ok(journal.forgotten);
  });

  it("refuses more runs than there are items before it keeps them", async () => {
    const runs = [0, 2, 4].map((first) => [first, 1]);
    const { outcome } = await against((r) => r.control({ t: "accept", runs, last: false }));
    assertFails(outcome, "E_PROTOCOL");
  });

  const reasons: [number, ErrorCode][] = [
    [1, "E_CANCELLED"],
    [2, "E_DECLINED"],
    [3, "E_VERIFY_REJECTED"],
    [4, "E_INTERRUPTED"],
  ];
  for (const [reason, code] of reasons)
    it(`says ${code} for CANCEL ${reason}`, async () => {
      const { outcome } = await against((r) => r.frame(Kind.cancel, Buffer.of(reason)));
      assertFails(outcome, code);
    });

  it("says how much the other side could not write", async () => {
    const { outcome } = await against(async (r) => {
      await r.control(ACCEPT);
      await r.control({ t: "results", skipped: [], failed: [1] });
      await r.frame(Kind.done, Buffer.alloc(0));
    });
    assertFails(outcome, "E_NOT_ALL_WRITTEN", /1/);
  });

  it("waits for others to have their turn, however many frames come at once", async () => {
    let asked = 0;
    await against(async (peer, bench) => {
      asked = await turnsAsked(peer, bench);
    });
    assert.equal(asked, 1);
  });

  it("says that it was interrupted when the connection is cut in the content", async () => {
    const { outcome, journal } = await against(async (r) => {
      await r.control(ACCEPT);
      await r.channel.close();
    });
    assertFails(outcome, "E_INTERRUPTED");
    assert.ok(!journal.forgotten, "it can go on");
  });

  it("answers no third segment while two are open", async () => {
    const size = 3 * SEGMENT;
    const whole = await memorySource({ "a.txt": Buffer.alloc(size) });
    let held = 0;
    const source: Source = {
      ...whole,
      async open(index, item, from, signal) {
        const reader = await whole.open(index, item, from, signal);
        const never = () => {
          held++;
          return abortable(new Promise<number>(() => {}), signal);
        };
        return from === 0 ? { ...reader, read: never } : reader;
      },
    };
    const bench = new Bench();
    const sender = bench.send(source, { keepForMs: HOUR, journal: new MemoryJournal() });
    const peer = await HostilePeer.receiver(bench, await sender.code);
    // It has all of it but the last byte, and asks about what it has.
    await peer.control({ ...READY, offset: size - 1 });
    await peer.until("offer-end");
    await peer.control({ ...ACCEPT, runs: [[0, 1]] });
    const segment = (index: number) =>
      peer.frame(Kind.segments, segmentBody({ item: 0, index, length: 1, digest: NO_DIGEST }));
    await segment(0);
    await segment(1);
    await settle();
    assert.equal(held, 2, "its own hash of the file, and one segment after the other");
    const ended = sender.outcome.catch((error: unknown) => error);
    await segment(2);
    await bench.clock.advance(1_000);
    assertFails(await ended, "E_PROTOCOL", /SEGMENTS/);
  });

  it("refuses another answer after a resume than before it", async () => {
    const { outcome } = await against(async (r, bench) => {
      await r.control(ACCEPT);
      await settle();
      await r.channel.close();
      const coming = HostilePeer.again(bench, r.psk);
      await bench.clock.advance(1_000);
      const again = await coming;
      await again.control({ ...READY, stage: "content" });
      await again.control({ ...ACCEPT, runs: [[0, 1]] });
    }, HOUR);
    assertFails(outcome, "E_PROTOCOL", /accepted runs/);
  });

  it("ends at the frame behind a wrong segment", async () => {
    const { outcome } = await against(async (r, bench) => {
      await r.control(ACCEPT);
      await settle();
      await r.channel.close();
      const coming = HostilePeer.again(bench, r.psk);
      await bench.clock.advance(1_000);
      const again = await coming;
      await again.control({ ...READY, stage: "content", offset: 3 });
      // The content stands still, so that nothing else ends the epoch.
      await again.control({ t: "pause", paused: true });
      await again.control(ACCEPT);
      await again.frame(Kind.segments, Buffer.alloc(44));
      await settle();
      await again.frame(Kind.segments, Buffer.alloc(44));
    }, HOUR);
    assertFails(outcome, "E_PROTOCOL", /SEGMENTS/);
  });

  it("refuses a cursor inside an item that was not accepted", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource({ "a.txt": content, "b.txt": content }));
    const peer = await HostilePeer.receiver(bench, await sender.code);
    await peer.control({ ...READY, item: 0, offset: 3 });
    await peer.until("offer-end");
    await peer.control({ ...ACCEPT, runs: [[1, 1]] });
    const ended = sender.outcome.catch((error: unknown) => error);
    await bench.clock.advance(40_000);
    assertFails(await ended, "E_PROTOCOL", /cursor/);
  });
});
