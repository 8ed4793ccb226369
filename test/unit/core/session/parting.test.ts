import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type ErrorCode, SecureShareError } from "../../../../src/core/errors";
import type { Socket } from "../../../../src/core/ports";
import { deferred } from "../../../../src/core/session/async";
import type { OfferDecision, VerifyAnswer } from "../../../../src/core/session/events";
import { openSecrets } from "../../../../src/core/session/memory";
import { FrameType } from "../../../../src/core/wire/frames";
import { type Role, roomKind } from "../../../../src/core/wire/rooms";
import { settle } from "../../../support/memory/clock";
import { memorySource, type Tree } from "../../../support/memory/files";
import { MemoryJournal } from "../../../support/memory/journal";
import { MemoryRelay } from "../../../support/memory/relay";
import { Bench, type Side } from "../../../support/memory/session";
import { wipesDuring } from "../../../support/wipes";

const HOUR = 3_600_000;
const ROLES: readonly Role[] = ["sender", "receiver"];
const otherOf = (role: Role): Role => (role === "sender" ? "receiver" : "sender");
const tree: Tree = { first: randomBytes(300_000), "big.bin": randomBytes(3_000_000) };
const cancelled = () => new SecureShareError("E_CANCELLED", { by: "us" });

/** What a user of either side says no to. */
interface Answers {
  readonly rejects?: Role;
  readonly declines?: boolean;
}

/**
 * Two sides that keep their transfer, and what they have left in their journals. Whoever says
 * no `thinks` first.
 */
async function begin({ rejects, declines }: Answers = {}, thinks = async () => {}) {
  const bench = new Bench();
  const journals = { sender: new MemoryJournal(), receiver: new MemoryJournal() };
  const verify = (role: Role) => async (): Promise<VerifyAnswer> => {
    if (rejects !== role) return { kind: "confirmed" };
    await thinks();
    return { kind: "rejected" };
  };
  const decline = async (): Promise<OfferDecision> => {
    await thinks();
    return { kind: "declined" };
  };
  const sender = bench.send(await memorySource(tree), {
    keepForMs: 72 * HOUR,
    journal: journals.sender,
    verify: verify("sender"),
  });
  const code = await sender.code;
  const receive = () =>
    bench.receive(code, {
      keepForMs: 72 * HOUR,
      journal: journals.receiver,
      verify: verify("receiver"),
      ...(declines && { decide: decline }),
    });
  return { bench, journals, sender, receive };
}

/** Loses the `n`th record of `from`, and every connection with it. */
function loseRecord(relay: MemoryRelay, from: Role, n: number): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    relay.tap = (side, frame, room) => {
      if (side !== from || frame[0] !== FrameType.record || ++seen !== n) return [frame];
      for (const role of ROLES) relay.cut(room, role);
      relay.tap = (_, later) => [later];
      resolve();
      return [];
    };
  });
}

/** Calls `act` when the `n`th record of `from` has passed. */
function after(relay: MemoryRelay, from: Role, n: number, act: (room: string) => void): void {
  let seen = 0;
  relay.tap = (side, frame, room) => {
    if (side === from && frame[0] === FrameType.record && ++seen === n) act(room);
    return [frame];
  };
}

/** How a side ended, within so many seconds; of its code and who it was. */
async function endOf(bench: Bench, side: Side, seconds: number): Promise<[string, unknown]> {
  const over = { yet: false };
  const end = side.outcome.then(
    (): [string, unknown] => ["completed", undefined],
    (error: unknown): [string, unknown] => {
      assert.ok(error instanceof SecureShareError);
      return [error.code, "by" in error.details ? error.details.by : undefined];
    },
  );
  end
    .finally(() => {
      over.yet = true;
    })
    .catch(() => {});
  for (let i = 0; i < seconds * 10 && !over.yet; i++) await bench.clock.advance(100);
  assert.ok(over.yet, "ends in its time");
  return end;
}

const parted = (side: Side) =>
  side.events.some((event) => event.kind === "step" && event.step === "parting");

/** In the middle of the content, and for long. */
async function loseNetwork({ relay, clock }: Awaited<ReturnType<typeof begin>>["bench"]) {
  after(relay, "sender", 5, (room) =>
    queueMicrotask(() => {
      relay.up = false;
      for (const role of ROLES) relay.cut(room, role);
    }),
  );
  await clock.advance(60_000);
}

describe("a last word", () => {
  for (const who of ROLES)
    it(`of the ${who} is answered, so that nobody comes back for it`, async () => {
      const { bench, journals, sender, receive } = await begin();
      const receiver = receive();
      const sides = { sender, receiver };
      after(bench.relay, "sender", 5, () => queueMicrotask(() => sides[who].cancel(cancelled())));
      await settle();
      await settle();
      // The clock stands still: what follows waits for nothing but the other side.
      await Promise.allSettled([sender.outcome, receiver.outcome]);
      assert.deepEqual(await endOf(bench, sides[who], 0.1), ["E_CANCELLED", "us"]);
      assert.deepEqual(await endOf(bench, sides[otherOf(who)], 0.1), ["E_CANCELLED", "peer"]);
      assert.ok(!parted(sender) && !parted(receiver));
      assert.ok(!bench.relay.frames.some(({ bytes }) => bytes[0] === FrameType.hello && bytes[2]));
      assert.ok(journals.sender.forgotten && journals.receiver.forgotten);
    });

  for (const who of ROLES)
    it(`of the ${who} that is lost with its connection is said in a new one`, async () => {
      const { bench, journals, sender, receive } = await begin();
      const receiver = receive();
      const sides = { sender, receiver };
      after(bench.relay, "sender", 5, () => {
        queueMicrotask(() => {
          sides[who].cancel(cancelled());
          // What is under way goes first; then comes the word.
          bench.relay.tap = (from, frame, room) => {
            if (from !== who || frame.length > 2048) return [frame];
            for (const role of ROLES) bench.relay.cut(room, role);
            bench.relay.tap = (_, later) => [later];
            return [];
          };
        });
      });
      assert.deepEqual(await endOf(bench, sides[who], 3), ["E_CANCELLED", "us"]);
      assert.deepEqual(await endOf(bench, sides[otherOf(who)], 1), ["E_CANCELLED", "peer"]);
      assert.ok(parted(sides[who]) && !parted(sides[otherOf(who)]));
      assert.ok(journals.sender.forgotten && journals.receiver.forgotten);
      assert.deepEqual(bench.relay.rooms(), []);
    });

  for (const who of ROLES)
    it(`of the ${who} is said once there is a connection, when there was none`, async () => {
      const { bench, sender, receive } = await begin();
      const receiver = receive();
      const sides = { sender, receiver };
      await loseNetwork(bench);
      sides[who].cancel(cancelled());
      await bench.clock.advance(1_000);
      bench.relay.up = true;
      assert.deepEqual(await endOf(bench, sides[who], 10), ["E_CANCELLED", "us"]);
      assert.deepEqual(await endOf(bench, sides[otherOf(who)], 1), ["E_CANCELLED", "peer"]);
    });

  const answers: [string, Answers, Role, number, ErrorCode][] = [
    ["that declines", { declines: true }, "receiver", 2, "E_DECLINED"],
    ["of a sender that rejects", { rejects: "sender" }, "sender", 2, "E_VERIFY_REJECTED"],
    ["of a receiver that rejects", { rejects: "receiver" }, "receiver", 2, "E_VERIFY_REJECTED"],
  ];
  for (const [what, answer, who, n, code] of answers)
    it(`${what} is said again as well`, async () => {
      const { bench, sender, receive } = await begin(answer);
      const lost = loseRecord(bench.relay, who, n);
      const sides = { sender, receiver: receive() };
      await lost;
      assert.deepEqual(await endOf(bench, sides[who], 10), [code, "us"]);
      assert.deepEqual(await endOf(bench, sides[otherOf(who)], 1), [code, "peer"]);
    });

  for (const [what, answer, who, , code] of answers)
    it(`${what} while the connection is lost waits for nobody`, async () => {
      const asked = deferred<void>();
      const answered = deferred<void>();
      const { bench, journals, sender, receive } = await begin(answer, async () => {
        asked.resolve();
        await answered.promise;
      });
      const sides = { sender, receiver: receive() };
      await asked.promise;
      bench.relay.up = false;
      for (const room of bench.relay.rooms()) for (const role of ROLES) bench.relay.cut(room, role);
      await bench.clock.advance(60_000);
      answered.resolve();
      await bench.clock.advance(1_000);
      assert.ok(journals[who].forgotten);
      bench.relay.up = true;
      assert.deepEqual(await endOf(bench, sides[who], 10), [code, "us"]);
      assert.deepEqual(await endOf(bench, sides[otherOf(who)], 1), [code, "peer"]);
    });

  for (const [what, answer, who, , code] of answers)
    it(`${what} stands, though the program is stopped before it was heard`, async () => {
      const asked = deferred<void>();
      const { bench, journals, sender, receive } = await begin(answer, async () => {
        bench.relay.tap = () => [];
        asked.resolve();
      });
      const sides = { sender, receiver: receive() };
      await asked.promise;
      await bench.clock.advance(500);
      sides[who].cancel(new SecureShareError("E_INTERRUPTED", { reason: "stopped" }));
      assert.deepEqual(await endOf(bench, sides[who], 10), [code, "us"]);
      assert.ok(journals[who].forgotten);
      sides[otherOf(who)].cancel(cancelled());
      await endOf(bench, sides[otherOf(who)], 10);
    });

  it("of both at once, while the connection is lost, ends both", async () => {
    const { bench, sender, receive } = await begin();
    const receiver = receive();
    after(bench.relay, "sender", 5, (room) =>
      queueMicrotask(() => {
        for (const role of ROLES) bench.relay.cut(room, role);
        for (const side of [sender, receiver]) side.cancel(cancelled());
      }),
    );
    assert.deepEqual(await endOf(bench, sender, 10), ["E_CANCELLED", "us"]);
    assert.deepEqual(await endOf(bench, receiver, 1), ["E_CANCELLED", "us"]);
  });

  for (const who of ROLES)
    it(`of the ${who} at any moment of a handshake that brings both back is heard`, async () => {
      for (let turns = 0; turns < 48; turns += 4) {
        const { bench, sender, receive } = await begin();
        const sides = { sender, receiver: receive() };
        const coming = who === "sender" ? FrameType.m2 : FrameType.m3;
        after(bench.relay, "sender", 5, (room) => {
          bench.relay.tap = (_, frame) => {
            if (frame[0] !== coming) return [frame];
            void (async () => {
              for (let i = 0; i < turns; i++) await Promise.resolve();
              sides[who].cancel(cancelled());
            })();
            return [frame];
          };
          queueMicrotask(() => bench.relay.cut(room, "receiver"));
        });
        assert.deepEqual(await endOf(bench, sides[who], 10), ["E_CANCELLED", "us"], `${turns}`);
        const other = sides[otherOf(who)];
        assert.deepEqual(await endOf(bench, other, 1), ["E_CANCELLED", "peer"], `${turns}`);
        assert.deepEqual(bench.relay.rooms(), [], `${turns}`);
      }
    });

  it("that nobody comes to hear holds nobody up, and what it ends is forgotten first", async () => {
    for (const who of ROLES) {
      const { bench, journals, sender, receive } = await begin();
      const sides = { sender, receiver: receive() };
      await loseNetwork(bench);
      sides[who].cancel(cancelled());
      await bench.clock.advance(100);
      assert.ok(journals[who].forgotten, who);
      assert.deepEqual(await endOf(bench, sides[who], 6), ["E_CANCELLED", "us"]);
      sides[otherOf(who)].cancel(cancelled());
      await endOf(bench, sides[otherOf(who)], 6);
    }
  });

  it("that a relay swallows holds nobody up either", async () => {
    for (const who of ROLES) {
      const { bench, sender, receive } = await begin();
      const sides = { sender, receiver: receive() };
      after(bench.relay, "sender", 5, () => {
        bench.relay.tap = () => [];
        queueMicrotask(() => sides[who].cancel(cancelled()));
      });
      assert.deepEqual(await endOf(bench, sides[who], 10), ["E_CANCELLED", "us"]);
      sides[otherOf(who)].cancel(cancelled());
      await endOf(bench, sides[otherOf(who)], 10);
    }
  });

  it("leaves nothing in a journal that was forgotten, and no secret in memory", async () => {
    for (const who of ROLES) {
      const secrets: Uint8Array[] = [];
      const wiped = await wipesDuring(async () => {
        const { bench, journals, sender, receive } = await begin();
        const sides = { sender, receiver: receive() };
        after(bench.relay, "sender", 5, (room) =>
          queueMicrotask(() => {
            sides[who].cancel(cancelled());
            for (const role of ROLES) bench.relay.cut(room, role);
          }),
        );
        const { document } = journals[who];
        assert.equal(document, undefined);
        for (const role of ROLES) {
          const { save } = journals[role];
          journals[role].save = async (next) => {
            assert.ok(!journals[role].forgotten, "nothing is written after the end");
            await save(next);
            const sealed = journals[role][role].sealed;
            secrets.push(...((await openSecrets(journals[role], sealed))?.psks ?? []));
          };
        }
        assert.deepEqual(await endOf(bench, sides[who], 10), ["E_CANCELLED", "us"]);
        assert.deepEqual(await endOf(bench, sides[otherOf(who)], 1), ["E_CANCELLED", "peer"]);
      });
      assert.ok(secrets.length > 0);
      for (const psk of secrets) assert.ok(wiped(psk) >= 2, who);
    }
  });

  it("is not waited for where a drop ends the transfer", async () => {
    const bench = new Bench();
    const sender = bench.send(await memorySource(tree));
    const receiver = bench.receive(await sender.code);
    after(bench.relay, "sender", 5, (room) =>
      queueMicrotask(() => {
        sender.cancel(cancelled());
        for (const role of ROLES) bench.relay.cut(room, role);
      }),
    );
    assert.deepEqual(await endOf(bench, sender, 3), ["E_CANCELLED", "us"]);
    assert.deepEqual(await endOf(bench, receiver, 1), ["E_INTERRUPTED", undefined]);
    assert.ok(!parted(sender));
    assert.ok(!bench.relay.rooms().some((room) => roomKind(room) === "resume"));
  });

  it("of a sender whose connection takes nothing more comes in a new one", async () => {
    const stuck = new StuckRelay();
    const bench = new Bench(stuck);
    const sender = bench.send(await memorySource(tree), { keepForMs: 72 * HOUR });
    const receiver = bench.receive(await sender.code, { keepForMs: 72 * HOUR });
    after(stuck, "sender", 5, () => {
      stuck.stuck = true;
    });
    await settle();
    sender.cancel(cancelled());
    assert.deepEqual(await endOf(bench, sender, 10), ["E_CANCELLED", "us"]);
    assert.deepEqual(await endOf(bench, receiver, 1), ["E_CANCELLED", "peer"]);
  });
});

/** Its first sender's connection stops taking frames, as one does whose reader stands still. */
class StuckRelay extends MemoryRelay {
  stuck = false;
  #first = true;

  override async connect(
    url: string,
    protocols: readonly string[],
    signal: AbortSignal,
  ): Promise<Socket> {
    const socket = await super.connect(url, protocols, signal);
    if (!this.#first) return socket;
    this.#first = false;
    const waiting: (() => void)[] = [];
    return {
      receive: () => socket.receive(),
      send: async (frame, released) => {
        if (!this.stuck) return socket.send(frame, released);
        await new Promise<void>((_, reject) => waiting.push(() => reject(new Error("closed"))));
      },
      close: () => {
        socket.close();
        for (const fail of waiting) fail();
      },
    };
  }
}
