import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

/** Enough for the corpus to grow; `npm run fuzz` goes on from there for as long as it is let. */
const RUNS = process.env["SECURESHARE_FULL"] === "1" ? 200_000 : 1_500;

function fuzz(...args: readonly string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(
    "node",
    ["scripts/fuzz.mjs", "--seed", "1", ...args],
    {
      cwd: TEST_ROOT,
      encoding: "utf8",
      timeout: 1_200_000,
    },
  );
  return { status, said: stdout + stderr };
}

describe("parsers of foreign bytes, fuzzed with V8's coverage", () => {
  it("refuse what they do not take, in time and memory", function () {
    this.timeout(1_200_000);
    const { status, said } = fuzz("--runs", String(RUNS), "--seconds", "120");
    assert.equal(status, 0, said);
    const kept = Array.from(said.matchAll(/(\d+) inputs kept/g), ([, count]) => Number(count));
    assert.ok(kept.length >= 10, said);
    assert.ok(Math.max(...kept) > 10, said);
  });

  it("are attacked by a fuzzer that finds what only coverage leads to, and what takes too long", function () {
    this.timeout(60_000);
    const self = ["--targets", "test/support/fuzz/selfTest.ts"];
    const maze = fuzz("maze", "--runs", "200000", ...self);
    assert.equal(maze.status, 1);
    assert.match(maze.said, /the end of the maze/);
    const slow = fuzz("slow", "--runs", "1", ...self);
    assert.equal(slow.status, 1);
    assert.match(slow.said, /took \d+ ms/);
  });
});
