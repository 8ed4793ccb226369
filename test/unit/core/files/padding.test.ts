import assert from "node:assert/strict";
import fc from "fast-check";
import {
  paddedAnswer,
  paddedContent,
  paddedOffer,
  padme,
  RECORD_LOSS,
  recordPlan,
} from "../../../../src/core/files/padding";

const size = fc.integer({ min: 2, max: 2 ** 52 });

describe("padding", () => {
  it("has Padmé's known values", () => {
    assert.deepEqual([9, 100, 1_000_000, 2 ** 40 + 1].map(padme), [
      10,
      104,
      1_015_808,
      2 ** 40 + 2 ** 34,
    ]);
  });

  it("never shrinks, is monotonic and idempotent, and costs under 12 %", () => {
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        assert.ok(padme(a) >= a);
        assert.ok(padme(low) <= padme(high));
        assert.equal(padme(padme(a)), padme(a));
        assert.ok(padme(a) <= a * 1.12 + 1);
      }),
    );
  });

  it("costs about 3 % at most above its floor", () => {
    fc.assert(
      fc.property(fc.integer({ min: 65_536, max: 2 ** 52 }), (a) => {
        assert.ok(paddedContent(a) <= a * 1.0323);
      }),
    );
  });

  it("has its floors", () => {
    assert.deepEqual([paddedContent(1), paddedAnswer(1), paddedOffer(1)], [65_536, 1024, 65_536]);
    assert.deepEqual([paddedOffer(65_537), paddedOffer(262_144)], [131_072, 262_144]);
  });

  it("plans records that carry the total even when each loses all it may", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (total) => {
        const { records, lastLength } = recordPlan(total, 262_144);
        const carried = (records - 1) * (262_144 - RECORD_LOSS) + (lastLength - RECORD_LOSS);
        assert.equal(carried, total);
        assert.ok(lastLength > RECORD_LOSS && lastLength <= 262_144);
      }),
    );
  });
});
