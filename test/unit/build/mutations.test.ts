import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { mutations } from "../../../scripts/mutations/all.mjs";
import { exceptions } from "../../../scripts/mutations/exceptions.mjs";
import { mutated } from "../../../scripts/mutations/mutation.mjs";

const read = (file: string) => readFileSync(TEST_ROOT + file, "utf8");
const sources = (folder: string) =>
  readdirSync(TEST_ROOT + folder)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => `${folder}/${name}`);

/** Where something is refused. */
const THROW = /\bthrow\b/g;
const REFUSAL = /\bthrow\b|(?<!code === )\bCloseCode\.\w+|\brefuseUpgrade\(|\.resetAndDestroy\(/g;
/** Programs and their settings that are refused before they serve anybody. */
const NO_SERVICE = [
  "admin",
  "certificate",
  "counters",
  "listen",
  "main",
  "run",
  "server",
  "answers",
];

/** Places of `file` that look like a refusal and are neither mutated nor excepted. */
function uncovered(file: string, refusal: RegExp): string[] {
  const source = read(file);
  const spans = [
    ...mutations.filter((m) => m.file === file).map(({ find }) => find),
    ...exceptions.filter((e) => e.file === file).map(({ text }) => text),
  ].map((text) => ({ start: source.indexOf(text), length: text.length }));
  const covered = (at: number) => spans.some((s) => at >= s.start && at < s.start + s.length);
  return Array.from(source.matchAll(refusal))
    .filter(({ index }) => !covered(index))
    .map(({ index }) => {
      const line = source.slice(0, index).split("\n").length;
      return `${file}:${line} ${source.split("\n")[line - 1]?.trim()}`;
    })
    .filter((place) => !/:\d+ (\*|\/\/|import)/.test(place));
}

describe("mutations", () => {
  it("all apply to the sources as they are, and name tests that are there", () => {
    for (const mutation of mutations) {
      assert.notEqual(mutated(mutation, read(mutation.file)), read(mutation.file));
      assert.ok(mutation.tests.length > 0);
      for (const test of mutation.tests) read(`test/${test}.test.ts`);
    }
    for (const { file, text } of exceptions)
      assert.ok(read(file).includes(text), `${file}: ${text}`);
  });

  it("are there for every throw of the core", () => {
    const folders = ["crypto", "session", "files", "wire"].map((name) => `src/core/${name}`);
    const places = folders.flatMap(sources).flatMap((file) => uncovered(file, THROW));
    assert.deepEqual(places, []);
  });

  it("are there for every refusal of the relay", () => {
    const serving = sources("relay").filter(
      (file) => !NO_SERVICE.some((name) => file === `relay/${name}.ts`),
    );
    assert.deepEqual(
      serving.flatMap((file) => uncovered(file, REFUSAL)),
      [],
    );
  });
});
