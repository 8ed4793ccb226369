import assert from "node:assert/strict";
import { equalConstantTime, wipe } from "../../../../src/core/crypto/bytes";

describe("byte strings", () => {
  it("are equal when all of them is, never by a common beginning", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    assert.ok(equalConstantTime(bytes, Uint8Array.of(1, 2, 3)));
    assert.ok(!equalConstantTime(bytes, Uint8Array.of(1, 2, 4)));
    assert.ok(!equalConstantTime(bytes, Uint8Array.of(1, 2)));
    assert.ok(!equalConstantTime(Uint8Array.of(1, 2), bytes));
    assert.ok(!equalConstantTime(new Uint8Array(0), bytes));
    assert.ok(!equalConstantTime(bytes.subarray(0, 2), Uint8Array.of(1, 2, 0)));
  });

  it("are zero once wiped", () => {
    const [a, b] = [Uint8Array.of(1), Uint8Array.of(2, 3)];
    wipe(a, b);
    assert.deepEqual([...a, ...b], [0, 0, 0]);
  });
});
