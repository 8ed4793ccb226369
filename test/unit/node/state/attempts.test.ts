import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAttempts } from "../../../../src/node/state/attempts";
import { inFolder } from "../support";

const HOUR = 3_600_000;
const START = 1_800_000_000_000;
const relay = "wss://relay.example:4711";

async function spendAll(
  folder: string,
  now: number,
  times: number,
  room = "k7qm3",
): Promise<number> {
  const attempts = createAttempts(folder, () => now);
  let granted = 0;
  for (let i = 0; i < times; i++) if (await attempts.spend(relay, room)) granted++;
  return granted;
}

describe("attempts", () => {
  it("are three in a day for each relay and room", () =>
    inFolder(async (folder) => {
      const attempts = createAttempts(join(folder, "a"), () => START);
      for (const expected of [true, true, true, false, false])
        assert.equal(await attempts.spend(relay, "k7qm3"), expected);
      assert.equal(await attempts.spend("ws://relay.example:4711/", "k7qm3"), false);
      assert.equal(await attempts.spend(relay, "k7qm4"), true);
      assert.equal(await attempts.spend("wss://other.example", "k7qm3"), true);
      assert.equal(await spendAll(join(folder, "a"), START + 23 * HOUR, 1), 0);
      assert.equal(await spendAll(join(folder, "a"), START + 24 * HOUR, 5), 3);
    }));

  it("never exceed three among processes that race", () =>
    inFolder(async (folder) => {
      await spendAll(folder, START, 1);
      const racers = Array.from({ length: 12 }, () => createAttempts(folder, () => START));
      const granted = await Promise.all(racers.map((each) => each.spend(relay, "k7qm3")));
      assert.equal(granted.filter((one) => one).length, 2);
    }));

  it("do not lock out for ever when the clock was set back", () =>
    inFolder(async (folder) => {
      const wrong = START + 10 * 365 * 24 * HOUR;
      assert.equal(await spendAll(folder, wrong, 3), 3);
      assert.equal(await spendAll(folder, START, 1), 0);
      assert.equal(await spendAll(folder, START + 23 * HOUR, 1), 0);
      assert.equal(await spendAll(folder, START + 24 * HOUR, 3), 3);
    }));

  it("count an attempt whose process died before it wrote the time", () =>
    inFolder(async (folder) => {
      await spendAll(folder, START, 2);
      const [name = ""] = readdirSync(folder);
      writeFileSync(join(folder, name.replace(/\d+$/, "9")), "");
      assert.equal(await spendAll(folder, START, 1), 0);
      assert.equal(await spendAll(folder, START + 25 * HOUR, 1), 1);
    }));

  it("keep neither relay nor room in clear, are private, and are forgotten", () =>
    inFolder(async (folder) => {
      await spendAll(folder, START, 1);
      const [name = ""] = readdirSync(folder);
      assert.match(name, /^[0-9a-f]{32}\.1$/);
      assert.equal(readFileSync(join(folder, name), "utf8"), String(START));
      if (process.platform !== "win32")
        assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
      await spendAll(folder, START + 49 * HOUR, 1, "other");
      assert.ok(!readdirSync(folder).includes(name));
    }));
});
