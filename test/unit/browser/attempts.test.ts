import assert from "node:assert/strict";
import { type AttemptLog, createAttempts } from "../../../src/browser/attempts";
import { FakeClock } from "../../support/memory/clock";

const HOUR = 3_600_000;
const RELAY = "ws://127.0.0.1:8080";

type Change = Parameters<AttemptLog["update"]>[0];

/** What tabs share; `failing` says what the browser says to it. */
function log() {
  let kept: ReturnType<Change> = [];
  const given = {
    failing: undefined as DOMException | undefined,
    kept: () => kept,
    update: async (change: Change) => {
      if (given.failing !== undefined) throw given.failing;
      kept = change(kept);
    },
  };
  return given;
}

describe("a page's attempts at a code", () => {
  let shared: ReturnType<typeof log>;
  let now: number;
  let clock: FakeClock;
  beforeEach(() => {
    shared = log();
    now = 1_800_000_000_000;
    clock = Object.assign(new FakeClock(), { wall: () => now });
  });
  const tab = () => createAttempts(shared, clock);

  it("are three for a room, whichever tabs make them, and three for another", async () => {
    const [first, second] = [tab(), tab()];
    assert.ok(await first.spend(RELAY, "k7qm3"));
    assert.ok(await second.spend(RELAY, "k7qm3"));
    assert.ok(await tab().spend(RELAY, "k7qm3"), "a tab that was loaded anew");
    for (const each of [first, second, tab()])
      assert.equal(await each.spend(RELAY, "k7qm3"), false);
    assert.ok(await second.spend(RELAY, "aaaaa"));
    assert.ok(await second.spend("wss://relay.example", "k7qm3"));
  });

  it("count for a day each, and are forgotten then", async () => {
    for (let n = 0; n < 3; n++, now += HOUR) assert.ok(await tab().spend(RELAY, "k7qm3"));
    now += 21 * HOUR - 1;
    assert.equal(await tab().spend(RELAY, "k7qm3"), false);
    now += 1;
    assert.ok(await tab().spend(RELAY, "k7qm3"), "the first is a day old");
    assert.equal(await tab().spend(RELAY, "k7qm3"), false);
    now += 24 * HOUR;
    assert.ok(await tab().spend(RELAY, "other"));
    assert.deepEqual(shared.kept(), [{ place: `${RELAY} other`, at: now }]);
  });

  it("end in a day though they were made under a clock that was ahead", async () => {
    const right = now;
    now += 1000 * HOUR;
    for (let n = 0; n < 3; n++) await tab().spend(RELAY, "k7qm3");
    now = right;
    assert.equal(await tab().spend(RELAY, "k7qm3"), false);
    now += 24 * HOUR;
    assert.ok(await tab().spend(RELAY, "k7qm3"));
  });

  for (const name of ["SecurityError", "QuotaExceededError"])
    it(`are three a tab where the browser keeps nothing: ${name}`, async () => {
      shared.failing = new DOMException("no", name);
      const attempts = tab();
      for (let n = 0; n < 3; n++) assert.ok(await attempts.spend(RELAY, "k7qm3"));
      assert.equal(await attempts.spend(RELAY, "k7qm3"), false);
    });

  it("are three a tab where the browser's database does not answer", async () => {
    const attempts = createAttempts({ update: () => new Promise(() => {}) }, clock);
    const spent: boolean[] = [];
    for (let n = 0; n < 4; n++) {
      void attempts.spend(RELAY, "k7qm3").then((allowed) => spent.push(allowed));
      await clock.advance(10_000);
    }
    assert.deepEqual(spent, [true, true, true, false]);
  });
});
