import assert from "node:assert/strict";
import {
  bytesPerSecond,
  msLeft,
  NO_THROUGHPUT,
  sampled,
  type Throughput,
} from "../../../src/core/throughput";

function after(samples: readonly (readonly [at: number, bytes: number])[]): Throughput {
  return samples.reduce((sum, [at, bytes]) => sampled(sum, at, bytes), NO_THROUGHPUT);
}

describe("throughput", () => {
  it("is unknown before two moments are known", () => {
    assert.equal(bytesPerSecond(NO_THROUGHPUT), 0);
    assert.equal(msLeft(NO_THROUGHPUT, 100), undefined);
    assert.equal(bytesPerSecond(after([[0, 10]])), 0);
    assert.equal(
      bytesPerSecond(
        after([
          [5, 10],
          [5, 20],
        ]),
      ),
      0,
    );
  });

  it("counts the bytes of the last seconds only", () => {
    const burst = after([
      [0, 0],
      [1_000, 1_000_000],
      [7_000, 1_000_000],
      [8_000, 1_001_000],
      [9_000, 1_002_000],
    ]);
    assert.equal(bytesPerSecond(burst), 1_000);
    assert.equal(msLeft(burst, 1_012_000), 10_000);
  });

  it("is never negative: what has to be moved again begins anew", () => {
    const samples = [
      [0, 0],
      [1_000, 9_000],
      [2_000, 5_000],
    ] as const;
    assert.equal(bytesPerSecond(after(samples)), 0);
    assert.equal(bytesPerSecond(after([...samples, [3_000, 6_000]])), 1_000);
  });

  it("keeps few samples, however often progress is told", () => {
    let throughput = NO_THROUGHPUT;
    for (let at = 0; at < 60_000; at++) throughput = sampled(throughput, at, at * 10);
    assert.ok(throughput.samples.length <= 24, String(throughput.samples.length));
    assert.ok(Math.abs(bytesPerSecond(throughput) - 10_000) < 100);
  });
});
