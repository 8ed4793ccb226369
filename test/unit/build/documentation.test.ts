import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const read = (file: string) => readFileSync(join(TEST_ROOT, file), "utf8");
const below = (folder: string, name: RegExp) =>
  readdirSync(join(TEST_ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => name.test(file))
    .map((file) => `${folder}/${file}`);

const PAGES = ["README.md", "SECURITY.md", "test/vectors/README.md", ...below("docs", /\.md$/)];
const SOURCES = ["src", "relay", "webview", "l10n"].flatMap((folder) => below(folder, /\.ts$/));

const headings = (page: string) =>
  Array.from(read(page).matchAll(/^#+ (.+)$/gm), ([, h = ""]) => h);
/** As a page's readers are led to it. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\d -]/gu, "")
    .replaceAll(" ", "-");

describe("the documentation", () => {
  it("links to files and sections that are there", () => {
    for (const page of PAGES)
      for (const [, link = ""] of read(page).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
        const [path = "", section] = link.split("#");
        const target = path === "" ? page : join(dirname(page), path);
        assert.ok(existsSync(join(TEST_ROOT, target)), `${page}: ${link}`);
        if (section !== undefined)
          assert.ok(headings(target).map(anchor).includes(section), `${page}: ${link}`);
      }
  });

  it("has the sections to which the sources refer", () => {
    const known = new Set(headings("docs/PROTOCOL.md"));
    const wrong = SOURCES.flatMap((file) =>
      Array.from(read(file).matchAll(/PROTOCOL\.md, "([^"]+)"/g), ([, section = ""]) => section)
        .filter((section) => !known.has(section))
        .map((section) => `${file}: ${section}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("names tests and scripts that are there", () => {
    const tests = below("test", /\.test\.ts$/);
    const { scripts } = JSON.parse(read("package.json")) as {
      scripts: Readonly<Record<string, string>>;
    };
    for (const page of PAGES) {
      for (const [, name = ""] of read(page).matchAll(/`([\w/-]+\.test\.ts)`/g))
        assert.ok(
          tests.some((test) => test.endsWith(`/${name.replace(/^test\//, "")}`)),
          `${page}: ${name}`,
        );
      for (const [, name = ""] of read(page).matchAll(/`npm run ([\w:]+)/g))
        assert.ok(name in scripts, `${page}: npm run ${name}`);
    }
  });
});
