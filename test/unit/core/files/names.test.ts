import assert from "node:assert/strict";
import { posix, win32 } from "node:path";
import fc from "fast-check";
import {
  type NameTraits,
  type Platform,
  type RefusalReason,
  refusePath,
  toWireName,
  usualTraits,
  visible,
} from "../../../../src/core/files/names";

const platforms: readonly Platform[] = ["linux", "darwin", "win32"];
const on = (platform: Platform): NameTraits => usualTraits(platform);

/** Path-like strings: pieces that matter to some platform, glued together. */
const pieces = fc.constantFrom(
  "/",
  "//",
  "\\",
  "..",
  ".",
  "...",
  " ",
  "a",
  "C:",
  "c:\\",
  "\\\\?\\",
  "\\\\.\\",
  "~",
  ":",

  "nul",
  "CON.txt",
  "aux ",
  "COM¹",
  "$DATA",
  "\0",
  "\n",
  "\u202e",
  "\ud800",
  "é",
  "💾",
  "x.",
  "%2e",
);
const pathLike = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
);

describe("name rules", () => {
  it("accept nothing that leaves the folder, on any platform", function () {
    this.timeout(20_000);
    fc.assert(
      fc.property(pathLike, (path) => {
        for (const platform of platforms) {
          if (refusePath(path, on(platform)) !== undefined) continue;
          const target = platform === "win32" ? win32 : posix;
          const folder = platform === "win32" ? "D:\\chosen" : "/chosen";
          const resolved = target.resolve(folder, path);
          assert.ok(
            resolved.startsWith(folder + target.sep),
            `${platform} ${JSON.stringify(path)}`,
          );
          // Exactly: one part of the path, one part of the name on disk.
          assert.equal(resolved, folder + target.sep + path.split("/").join(target.sep));
        }
      }),
      { numRuns: 10_000 },
    );
  });

  const everywhere: [RefusalReason, string[]][] = [
    ["empty", ["", "a//b", "a/", "a/b/"]],
    ["dot", [".", "..", "../a", "a/../b", "a/./b", "a/.."]],
    [
      "absolute",
      ["/", "/etc/passwd", "//server/share", "\\\\server\\share", "C:\\a", "c:/a", "C:"],
    ],
    ["control", ["a\0b", "\u0000", "a\nb", "\u001b[31m", "a\u007f", "a\u0085b", "a\u2028b"]],
    ["bidi", ["a\u202egpj.exe", "\u2066a", "\u200fa", "a\u061c"]],
    ["surrogate", ["a\ud800", "\udc00b", "\udc00\ud800"]],
    [
      "long",
      [
        "a".repeat(256),
        "ж".repeat(128),
        "💾".repeat(64),
        `${"a/".repeat(2048)}b`,
        "x".repeat(1e7),
        `${`${"ж".repeat(127)}/`.repeat(20)}a`,
      ],
    ],
    ["deep", [`${"a/".repeat(64)}b`]],
  ];
  for (const [reason, paths] of everywhere)
    it(`refuse as "${reason}" on every platform`, () => {
      for (const platform of platforms)
        for (const path of paths) assert.equal(refusePath(path, on(platform)), reason, path);
    });

  const windowsOnly: [RefusalReason, string[]][] = [
    [
      "device",
      ["NUL", "nul.txt", "a/con", "COM1", "com0.log", "LPT³", "aux .c", "CONIN$", "prn:x"],
    ],
    ["colon", ["file:stream", "a/b:c", "a:b", ".git::$INDEX_ALLOCATION"]],
    ["backslash", ["a\\b", "..\\a", "\\a", "a/..\\..\\b"]],
    ["character", ["a?", "a*b", "<a>", "a|b", 'a"b']],
    ["trailing", ["a.", "a ", "dir./b", "...", "a/ "]],
  ];
  for (const [reason, paths] of windowsOnly)
    it(`refuse as "${reason}" on Windows alone`, () => {
      for (const path of paths) {
        assert.equal(refusePath(path, on("win32")), reason, path);
        assert.equal(refusePath(path, on("linux")), undefined, path);
        assert.equal(refusePath(path, on("darwin")), undefined, path);
      }
    });

  it("take everyday names of many languages, emoji and the longest ones", () => {
    const names = [
      "Звіт за їжу.pdf",
      "Größenübersicht.xlsx",
      "👩‍💻 notes.md",
      "🏴󠁧󠁢󠁥󠁮󠁧󠁿.svg",
      "日本語",
      "a b",
      "~",
      "-rf",
      "$HOME",

      "communication.txt",
      "console",
      "nullable.ts",
      "auxiliary",
      "..a",
      "a..b",
      ".env",
      "café",
      "cafe\u0301",
      "a".repeat(255),
      "ж".repeat(127),
      `${"a/".repeat(63)}b`,
    ];
    for (const platform of platforms)
      for (const name of names) assert.equal(refusePath(name, on(platform)), undefined, name);
  });

  it("write names in NFC", () => {
    assert.equal(toWireName("cafe\u0301/и\u0306"), "café/й");
  });
});

describe("visible", () => {
  it("shows what would act or hide", () => {
    assert.equal(visible("a\0b\u001b[31m\n\u007f"), "a␀b␛[31m␊␡");
    assert.equal(
      visible("a\u202egpj\u200b\u0085\ud800\ue000\ufeff"),
      "a\\u{202e}gpj\\u{200b}\\u{85}\\u{d800}\\u{e000}\\u{feff}",
    );
  });

  it("leaves names of people alone", () => {
    for (const name of ["Звіт.pdf", "Größe", "👩‍💻🏴󠁧󠁢󠁥󠁮󠁧󠁿❤️", "نامه\u200cها", "日本語", "naïve (2).txt"])
      assert.equal(visible(name), name);
  });

  it("lets no control, format or broken character through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        assert.doesNotMatch(visible(name), /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
