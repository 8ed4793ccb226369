// Judges what the unit tests reach of the core, from the report of `npm run coverage`.
//
// A branch that no test reaches and that `unreached.mjs` does not explain is a failure, and so
// is an explanation of what is reached or gone.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { unreached } from "./unreached.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
/** @typedef {{ start: { line: number } }} Place */
/** @typedef {Record<string, number[]>} Counts */
/** @typedef {{ b: Counts, branchMap: Record<string, { locations: Place[] }> }} FileCoverage */

/**
 * The lines on which a branch begins that was never run.
 * @param {FileCoverage} coverage
 * @returns {number[]}
 */
function missed({ b, branchMap }) {
  return Object.entries(b).flatMap(([id, counts]) =>
    (branchMap[id]?.locations ?? [])
      .filter((_, at) => counts[at] === 0)
      .map(({ start }) => start.line),
  );
}

/** @type {Record<string, FileCoverage>} */
const files = JSON.parse(await readFile(`${root}out/coverage/coverage-final.json`, "utf8"));
const left = new Set(unreached);
/** @type {string[]} */
const failures = [];
for (const [path, coverage] of Object.entries(files)) {
  const file = path.slice(root.length);
  if (!file.startsWith("src/core/")) continue;
  const lines = (await readFile(path, "utf8")).split("\n");
  for (const number of missed(coverage)) {
    const line = lines[number - 1] ?? "";
    const known = unreached.filter((one) => one.file === file && line.includes(one.line));
    for (const one of known) left.delete(one);
    if (known.length === 0) failures.push(`${file}:${number} is not reached: ${line.trim()}`);
  }
}
for (const { file, line } of left) failures.push(`${file} is reached or gone: ${line}`);
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${unreached.length} branches of the core have a reason, ${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;
