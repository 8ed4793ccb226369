import assert from "node:assert/strict";
import { LANGUAGES } from "../../../l10n/language";
import { plainText } from "../../../src/host/plainText";
import { textsIn } from "../../../src/host/texts";

const HOSTILE = "[x](command:workbench.action.quit) $(flame) \u202e\u001b[31m\n";

describe("texts for VS Code's own surfaces", () => {
  it("make links, icons and control characters harmless", () => {
    const text = plainText(HOSTILE);
    assert.doesNotMatch(text, /\]\(/);
    assert.doesNotMatch(text, /\$\(/);
    assert.doesNotMatch(text, /[\u202e\p{Cc}]/u);
  });

  it("bound what a name can fill", () => {
    assert.ok(plainText("x".repeat(100_000)).length <= 201);
  });

  it("name what is sent, shortened", () => {
    const contents = {
      names: ["a.txt", HOSTILE, "c", "d", "e"],
      files: 5,
      bytes: 5,
      leftOut: [],
      leftOutCount: 0,
    };
    for (const language of LANGUAGES) {
      const title = textsIn(language).title("sender", contents);
      assert.match(title, /a\.txt/);
      assert.match(title, /2/);
      assert.doesNotMatch(title, /\]\(|\$\(/);
    }
  });

  it("tell apart what has the same names", () => {
    const contents = { names: ["a"], files: 1, bytes: 1536, leftOut: [], leftOutCount: 0 };
    const at = Date.UTC(2026, 10, 14, 10, 0, 1);
    for (const language of LANGUAGES) {
      const texts = textsIn(language);
      assert.match(texts.details(contents, at), /1[.,]5.*14.*:01/);
      assert.notEqual(texts.details(contents, at), texts.details(contents, at + 1000));
      assert.equal(texts.details(undefined, undefined), "");
    }
  });

  it("write a failure into logs by its code alone, without names", () => {
    const failure = { code: "E_DISK_FULL", details: { path: "secret plan.pdf" } } as const;
    for (const language of LANGUAGES) {
      const texts = textsIn(language);
      assert.equal(texts.step({ step: "failed", failure }), "E_DISK_FULL");
      assert.match(texts.failure(failure).message, /secret plan\.pdf/);
    }
  });
});
