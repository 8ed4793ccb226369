import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { CreditAccount, CreditGate } from "../../../../src/core/session/credit";
import { HostilePeer } from "../../../support/hostile/peer";
import { READY } from "../../../support/hostile/peerAttacks";
import { settle } from "../../../support/memory/clock";
import { memorySource } from "../../../support/memory/files";
import { Bench } from "../../../support/memory/session";

const MIB = 1024 * 1024;
const RECORD = 256 * 1024;

/** Every grant while that many bytes leave memory, with what had left by then. */
function grantsOf(account: CreditAccount, total: number): { freed: number; grant: number }[] {
  const grants: { freed: number; grant: number }[] = [];
  for (let freed = RECORD; freed <= total; freed += RECORD) {
    const grant = account.free(RECORD);
    if (grant !== undefined) grants.push({ freed, grant });
  }
  return grants;
}

describe("credit", () => {
  it("opens the window to 64 MiB, and no further", () => {
    const windows = grantsOf(new CreditAccount(false), 1024 * MIB).map((g) => g.grant - g.freed);
    assert.equal(windows[0], 8 * MIB);
    assert.equal(Math.max(...windows), 64 * MIB);
    assert.equal(windows.at(-1), 64 * MIB);
  });

  it("doubles it only when as many bytes have left memory", () => {
    const grants = grantsOf(new CreditAccount(false), 256 * MIB);
    for (const { freed, grant } of grants)
      assert.ok(grant - freed <= Math.max(8 * MIB, 2 * freed), `${grant} after ${freed}`);
  });

  it("grows without end and never shrinks", () => {
    const grants = grantsOf(new CreditAccount(false), 256 * MIB).map(({ grant }) => grant);
    assert.ok(grants.every((grant, i) => grant > (grants[i - 1] ?? 8 * MIB)));
  });

  it("stays at 8 MiB where the socket reads without being asked", () => {
    const grants = grantsOf(new CreditAccount(true), 256 * MIB);
    assert.ok(grants.length > 100);
    assert.ok(grants.every(({ freed, grant }) => grant - freed === 8 * MIB));
  });
});

describe("a sender without credit", () => {
  it("waits until there is some, or until it is to end", async () => {
    const gate = new CreditGate();
    const ending = new AbortController();
    let reached = 0;
    const reach = (total: number) => gate.reach(total, ending.signal).then(() => reached++);
    await reach(8 * MIB);
    const more = reach(8 * MIB + 1);
    const most = reach(10 * MIB);
    gate.grant(9 * MIB);
    await more;
    await settle();
    assert.equal(reached, 2);
    ending.abort(new Error("over"));
    await assert.rejects(most, /over/);
  });

  it("sends no more than it has", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource({ big: randomBytes(20 * MIB) }));
    const code = await sender.code;
    let sent = 0;
    bench.relay.tap = (from, frame) => {
      if (from === "sender") sent += frame.length;
      return [frame];
    };
    const peer = await HostilePeer.receiver(bench, code);
    await peer.control(READY);
    await peer.until("offer-end");
    await peer.control({ t: "accept", runs: [[0, 1]], last: true });
    const reading = (async () => {
      for (;;) await peer.next();
    })().catch(() => {});
    await settle();
    assert.ok(sent > 7 * MIB && sent < 8 * MIB + 2 * RECORD, `${sent / MIB} MiB`);
    sender.cancel(new Error("end"));
    await peer.channel.close();
    await reading;
  });
});
