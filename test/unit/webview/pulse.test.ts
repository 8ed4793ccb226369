import assert from "node:assert/strict";
import { BEATS_MAX, createPulse, type Pulse } from "../../../webview/receive/pulse";

describe("the pulse of the page's worker", () => {
  let asked: number;
  let told: boolean[];
  let pulse: Pulse;
  const beats = (count: number) => {
    for (let n = 0; n < count; n++) pulse.beat();
  };
  beforeEach(() => {
    [asked, told] = [0, []];
    pulse = createPulse(
      () => void asked++,
      (silent) => told.push(silent),
    );
  });

  it("is felt as long as it answers now and then", () => {
    for (let n = 0; n < 3; n++) {
      beats(BEATS_MAX - 1);
      pulse.heard();
    }
    assert.deepEqual(told, []);
    assert.equal(asked, 3, "asked once for each answer");
  });

  it("is missed once when it has been silent for too long", () => {
    beats(BEATS_MAX - 1);
    assert.deepEqual(told, []);
    beats(2 * BEATS_MAX);
    assert.deepEqual(told, [true]);
    assert.equal(asked, 1, "one that cannot answer is not asked on and on");
  });

  it("may come back, and be missed again", () => {
    beats(BEATS_MAX);
    pulse.heard();
    pulse.heard();
    assert.deepEqual(told, [true, false]);
    beats(BEATS_MAX);
    assert.deepEqual(told, [true, false, true]);
  });
});
