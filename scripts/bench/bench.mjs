// Transfers on this machine: npm run bench -- [PART...] [--json] [--markdown] [--rounds N]
//
// Parts: large, small, memory, latency, link, page, guard; without one, all of them. Real programs
// (dist/), loopback, files in memory unless a part needs a disk; rounds are interleaved and
// figures are medians. docs/BENCHMARKS.md says what is measured and how.
import { parseArgs } from "node:util";
import { wholeNumber } from "../wholeNumber.mjs";
import { machine, markdown, rowText } from "./figures.mjs";
import { large } from "./large.mjs";
import { latency } from "./latency.mjs";
import { link } from "./link.mjs";
import { memory } from "./memory.mjs";
import { page } from "./page.mjs";
import { guard } from "./ratios.mjs";
import { small } from "./small.mjs";

/** @typedef {import("./figures.mjs").Row} Row */
/**
 * `tell` takes a figure, `note` what cannot be measured here and why.
 * @typedef {{ tell: (row: Omit<Row, "part">) => void, note: (text: string) => void,
 *   rounds: number }} Report
 */

/** @type {Record<string, (report: Report) => Promise<void>>} */
const parts = { large, small, memory, latency, link, page, guard };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
  },
});

const rounds = wholeNumber("rounds", values.rounds);

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** @type {Row[]} */
const rows = [];
/** @type {string[]} */
const notes = [];
const quiet = values.json || values.markdown;
const say = (/** @type {string} */ line) => {
  if (!quiet) console.log(line);
};

say(`${new Date().toISOString()}, ${machine()}`);
for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
  const part = parts[name];
  if (part === undefined)
    throw new Error(`no part ${name}; there are ${Object.keys(parts).join()}`);
  say(`\n${name}`);
  await part({
    rounds,
    tell(row) {
      rows.push({ part: name, ...row });
      say(rowText({ part: name, ...row }));
    },
    note(text) {
      notes.push(`${name}: ${text}`);
      say(text);
    },
  });
}
if (values.json)
  console.log(JSON.stringify({ date: new Date(), machine: machine(), rows, notes }, undefined, 2));
if (values.markdown)
  console.log(
    [`${new Date().toISOString()}, ${machine()}\n`, markdown(rows), "", ...notes].join("\n"),
  );
