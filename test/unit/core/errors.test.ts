import assert from "node:assert/strict";
import { errorCode, SecureShareError, toSecureShareError } from "../../../src/core/errors";

describe("errors", () => {
  it("know their own codes, and nothing that every object has", () => {
    assert.equal(errorCode("E_INTEGRITY"), "E_INTEGRITY");
    for (const text of ["", "E_NOTHING_LIKE_IT", "toString", "__proto__"])
      assert.equal(errorCode(text), undefined, text);
  });

  it("pass as they are, and everything else becomes one with its reason", () => {
    const ours = new SecureShareError("E_PERMISSION", { path: "a" });
    assert.equal(toSecureShareError(ours), ours);
    const foreign: readonly unknown[] = [new Error("broken"), "broken"];
    for (const error of foreign)
      assert.deepEqual(toSecureShareError(error).failure, {
        code: "E_INTERNAL",
        details: { reason: "broken" },
      });
  });
});
