/**
 * A short benchmark, so that a change that makes transfers dearer is noticed with the change.
 * Only ratios to the bare pipe of the same run are judged: they hold on any machine, and what
 * else runs there disturbs both alike.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import * as v from "valibot";

const recordedRatios = v.strictObject({ cpu: v.number(), throughput: v.number() });
const SIZE = { bytes: 128 * 1024 * 1024, rounds: 3 };
/** CPU may grow by this factor against what was recorded. */
const GROWTH = 1.25;
const THROUGHPUT_MIN = 0.6;
/** A machine that is busy in bursts gets another chance; a real loss shows every time. */
const ATTEMPTS = 3;

interface Ratios {
  readonly cpu: number;
  readonly throughput: number;
}

async function measure(): Promise<Ratios> {
  const race: unknown = await import(pathToFileURL(`${TEST_ROOT}scripts/bench/race.mjs`).href);
  const { ratios } = race as { ratios: (size: typeof SIZE) => Promise<Ratios> };
  return ratios(SIZE);
}

describe("speed", () => {
  it("costs no more CPU than was recorded, and keeps up with the bare pipe", async function () {
    this.timeout(240_000);
    const json: unknown = JSON.parse(
      await readFile(`${TEST_ROOT}scripts/bench/recorded.json`, "utf8"),
    );
    const recorded = v.parse(recordedRatios, json);
    const best = { cpu: Infinity, throughput: 0 };
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { cpu, throughput } = await measure();
      best.cpu = Math.min(best.cpu, cpu);
      best.throughput = Math.max(best.throughput, throughput);
      if (best.cpu <= recorded.cpu * GROWTH && best.throughput >= THROUGHPUT_MIN) return;
    }
    assert.fail(
      `CPU ${best.cpu.toFixed(2)} times the bare pipe's (recorded: ${recorded.cpu}), ` +
        `throughput ${best.throughput.toFixed(2)} of it`,
    );
  });
});
