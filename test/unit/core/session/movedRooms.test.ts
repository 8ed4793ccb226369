import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Socket } from "../../../../src/core/ports";
import { FrameType } from "../../../../src/core/wire/frames";
import type { Role } from "../../../../src/core/wire/rooms";
import { settle } from "../../../support/memory/clock";
import { memorySource, type Tree } from "../../../support/memory/files";
import { MemoryRelay } from "../../../support/memory/relay";
import { Bench } from "../../../support/memory/session";

const HOUR = 3_600_000;
/** Who is alone asks again after this, at first. Milliseconds. */
const ALONE = 15_000;
const tree: Tree = { big: randomBytes(2_000_000) };

/** Two relays behind one address; where a newcomer is sent depends on the moment. */
class TwoRelays extends MemoryRelay {
  readonly second = new MemoryRelay();
  readonly goesToSecond: Record<Role, boolean> = { sender: false, receiver: false };

  joins = 0;

  override connect(
    url: string,
    protocols: readonly string[],
    signal: AbortSignal,
  ): Promise<Socket> {
    this.joins += 1;
    const role: Role = url.includes("role=sender") ? "sender" : "receiver";
    if (this.goesToSecond[role]) return this.second.connect(url, protocols, signal);
    return super.connect(url, protocols, signal);
  }
}

describe("rooms that move to another relay behind a balancer", () => {
  for (const left of ["sender", "receiver"] as const)
    it(`the ${left} waits alone on one relay, the other side on another: they meet`, async () => {
      const relays = new TwoRelays();
      const bench = new Bench(relays);
      const sender = bench.send(await memorySource(tree), { keepForMs: HOUR });
      const code = await sender.code;
      let records = 0;
      relays.tap = (from, frame, room) => {
        if (from === "sender" && frame[0] === FrameType.record && ++records === 4)
          queueMicrotask(() => {
            const other = left === "sender" ? "receiver" : "sender";
            relays.goesToSecond[other] = true;
            for (const role of [left, other] as const) relays.cut(room, role);
          });
        return [frame];
      };
      const receiver = bench.receive(code, { keepForMs: HOUR });
      await settle();
      await bench.clock.advance(ALONE / 2);
      assert.equal(relays.rooms().length, 1);
      assert.equal(relays.second.rooms().length, 1);
      relays.goesToSecond[left] = true;
      await bench.clock.advance(ALONE);
      await Promise.all([sender.outcome, receiver.outcome]);
      assert.deepEqual(Object.fromEntries(bench.sink.published), tree);
    });

  it("a sender with a code asks again before its relay has waited long enough", async () => {
    const relays = new TwoRelays();
    const bench = new Bench(relays);
    const sender = bench.send(await memorySource(tree), { lifetimeMs: HOUR });
    const code = await sender.code;
    await settle();
    for (const role of ["sender", "receiver"] as const) relays.goesToSecond[role] = true;
    await assert.rejects(bench.receive(code).outcome, { code: "E_CODE_UNKNOWN" });
    // What the relay says is 600 s.
    await bench.clock.advance(540_000);
    assert.deepEqual([relays.rooms(), relays.second.rooms()], [[], [code.room]]);
    await Promise.all([bench.receive(code).outcome, sender.outcome]);
    assert.equal(sender.events.filter(({ kind }) => kind === "code").length, 1);
  });

  it("is not spun by a relay that lets nobody wait", async () => {
    const relays = new TwoRelays();
    relays.waitMs = 0;
    const bench = new Bench(relays);
    const sender = bench.send(await memorySource(tree), { lifetimeMs: 60_000 });
    await sender.code;
    await bench.clock.advance(60_000);
    await assert.rejects(sender.outcome, { code: "E_CODE_EXPIRED" });
    assert.ok(relays.joins > 2 && relays.joins < 10, `${relays.joins} joins in a minute`);
  });

  it("stays where it is while it cannot come anew, and asks later", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree), { lifetimeMs: HOUR });
    const code = await sender.code;
    await settle();
    bench.relay.up = false;
    await bench.clock.advance(550_000);
    bench.relay.up = true;
    await Promise.all([bench.receive(code).outcome, sender.outcome]);
  });
});
