import assert from "node:assert/strict";
import fc from "fast-check";
import type { ItemKind, OfferItem } from "../../../../src/core/files/manifest";
import { usualTraits } from "../../../../src/core/files/names";
import { OfferNames } from "../../../../src/core/files/offerNames";

function item(path: string, kind: ItemKind = "file"): OfferItem {
  return { path, kind, size: 0, mtime: 0, executable: false };
}

function check(platform: "linux" | "darwin" | "win32", ...items: OfferItem[]) {
  const names = new OfferNames(usualTraits(platform), 0x12345678);
  return items.map((each) => names.check(each));
}

describe("names of an offer", () => {
  it("may not come twice", () => {
    assert.deepEqual(check("linux", item("a"), item("a"), item("b")), [
      undefined,
      "duplicate",
      undefined,
    ]);
    assert.deepEqual(check("linux", item("d", "folder"), item("d", "folder")), [
      undefined,
      "duplicate",
    ]);
  });

  it("may not use a file as a folder, in either order", () => {
    assert.deepEqual(check("linux", item("a"), item("a/b")), [undefined, "through-file"]);
    assert.deepEqual(check("linux", item("a/b"), item("a")), [undefined, "through-file"]);
    assert.deepEqual(check("linux", item("a", "folder"), item("a")), [undefined, "through-file"]);
    assert.deepEqual(check("linux", item("a"), item("a", "folder")), [undefined, "through-file"]);
    assert.deepEqual(check("linux", item("a"), item("a/b/c/d")), [undefined, "through-file"]);
  });

  it("may name a folder before or after what lies in it", () => {
    const after = check(
      "linux",
      item("a/b"),
      item("a", "folder"),
      item("a/c"),
      item("a", "folder"),
    );
    assert.deepEqual(after, [undefined, undefined, undefined, "duplicate"]);
  });

  it("collide where the target folds case or normalises, and only there", () => {
    const pairs = [
      ["README", "readme"],
      ["Straße", "STRASSE"],
      ["ЗВІТ/a", "звіт/a"],
    ] as const;
    for (const [one, two] of pairs) {
      assert.deepEqual(check("win32", item(one), item(two)), [undefined, "collision"]);
      assert.deepEqual(check("darwin", item(one), item(two)), [undefined, "collision"]);
      assert.deepEqual(check("linux", item(one), item(two)), [undefined, undefined]);
    }
    const forms = [item("café"), item("cafe\u0301")];
    assert.deepEqual(check("darwin", ...forms), [undefined, "collision"]);
    assert.deepEqual(check("linux", ...forms), [undefined, undefined]);
    assert.deepEqual(check("darwin", item("A"), item("a/b")), [undefined, "through-file"]);
  });

  it("of text items are empty, and nothing else", () => {
    assert.deepEqual(check("linux", item("", "text"), item("", "text")), [undefined, undefined]);
    assert.deepEqual(check("linux", item("a", "text")), ["absolute"]);
  });

  it("that were refused take no place", () => {
    assert.deepEqual(check("win32", item("a:b"), item("a"), item("a?/b"), item("a?")), [
      "colon",
      undefined,
      "character",
      "character",
    ]);
  });

  it("agree with a plain model for any mix of paths", () => {
    const path = fc.array(fc.constantFrom("a", "b", "A", "é"), { minLength: 1, maxLength: 4 });
    const entry = fc.tuple(path, fc.constantFrom<ItemKind>("file", "folder"));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), fc.nat(), (entries, seed) => {
        const names = new OfferNames(usualTraits("linux"), seed);
        const seen = new Map<string, ItemKind | "passed">();
        for (const [parts, kind] of entries) {
          const refused = names.check(item(parts.join("/"), kind)) !== undefined;
          const above = parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("/"));
          const before = seen.get(parts.join("/"));
          const taken = before !== undefined && !(before === "passed" && kind === "folder");
          assert.equal(refused, taken || above.some((folder) => seen.get(folder) === "file"));
          if (refused) continue;
          for (const folder of above) if (!seen.has(folder)) seen.set(folder, "passed");
          seen.set(parts.join("/"), kind);
        }
      }),
    );
  });

  it("fit in memory by the hundred thousand, with no false refusal", function () {
    this.timeout(20_000);
    const names = new OfferNames(usualTraits("linux"), 7);
    for (let i = 0; i < 100_000; i++)
      assert.equal(names.check(item(`folder ${i % 977}/sub/${i}.bin`)), undefined);
    for (let i = 0; i < 100_000; i += 1000)
      assert.equal(names.check(item(`folder ${i % 977}/sub/${i}.bin`)), "duplicate");
  });

  it("that bring endless folders are refused before they fill the memory", function () {
    this.timeout(20_000);
    const names = new OfferNames(usualTraits("linux"), 7);
    let refused: string | undefined;
    for (let i = 0; refused === undefined && i < 200_000; i++)
      refused = names.check(item(`${i}${"/d".repeat(40)}/f`));
    assert.equal(refused, "deep");
  });
});
