import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ALPHABET,
  checkSymbol,
  drawCode,
  formatCode,
  parseCode,
} from "../../../../src/core/wire/code";

const symbols = (n: number) =>
  fc.array(fc.constantFrom(...ALPHABET), { minLength: n, maxLength: n }).map((s) => s.join(""));

describe("session code", () => {
  it("has the check symbols of the published vectors", () => {
    assert.equal(checkSymbol("k7qm3x9dt2v"), "7");
    assert.equal(checkSymbol("00000000001"), "2");
  });

  it("is drawn from 11 bytes and comes back from what was typed", () => {
    const code = drawCode((n) => Uint8Array.from({ length: n }, (_, i) => i * 37));
    assert.deepEqual(parseCode(formatCode(code)), code);
    assert.match(formatCode(code), /^[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}$/);
  });

  it("tolerates case, spaces, dashes and look-alikes", () => {
    const code = parseCode("k7qm-3x9d-t2v7");
    assert.deepEqual(parseCode(" K7QM 3X9D T2V7 "), code);
    assert.deepEqual(parseCode("k7qm3x9dt2v7"), code);
    assert.deepEqual(parseCode("OOOO-OOOO-OOI2"), parseCode("0000-0000-0012"));
    assert.deepEqual(parseCode("oooo-oooo-ool2"), parseCode("0000-0000-0012"));
  });

  it("refuses u, wrong lengths and huge input", () => {
    for (const typed of ["", "u7qm-3x9d-t2v7", "k7qm-3x9d-t2v", "k7qm-3x9d-t2v77", "0".repeat(1e6)])
      assert.throws(() => parseCode(typed), { code: "E_CODE_MISTYPED" });
  });

  it("catches every single slip and every swap of neighbours", () => {
    fc.assert(
      fc.property(symbols(11), fc.nat(11), fc.nat(31), (eleven, at, replacement) => {
        const code = eleven + checkSymbol(eleven);
        const slip = code.slice(0, at) + ALPHABET.charAt(replacement) + code.slice(at + 1);
        if (slip !== code) assert.throws(() => parseCode(slip), { code: "E_CODE_MISTYPED" });
        const swap =
          code.slice(0, at) + (code[at + 1] ?? "") + (code[at] ?? "") + code.slice(at + 2);
        if (swap !== code) assert.throws(() => parseCode(swap), { code: "E_CODE_MISTYPED" });
      }),
    );
  });
});
