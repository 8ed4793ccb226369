// Medians, rows and the table of the benchmarks.
import { cpus, loadavg } from "node:os";

/**
 * `goal` says what the figure should be, in words; `ok` whether it is.
 * @typedef {{ part: string, what: string, value: number, unit: string, goal?: string,
 *   ok?: boolean }} Row
 */

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
  return (low + high) / 2;
}

/**
 * The median of each member.
 * @template {string} K
 * @param {Record<K, number>[]} samples
 * @returns {Record<K, number>}
 */
export function medians(samples) {
  const [first] = samples;
  if (first === undefined) throw new Error("nothing was measured");
  const keys = /** @type {K[]} */ (Object.keys(first));
  const entries = keys.map((key) => [key, median(samples.map((sample) => sample[key]))]);
  return Object.fromEntries(entries);
}

const digits = (/** @type {number} */ value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

/** @param {Row} row */
export function rowText({ what, value, unit, goal, ok }) {
  const verdict = goal === undefined ? "" : `  ${ok === true ? "ok" : "NOT"}: ${goal}`;
  return `${what.padEnd(62)}${digits(value).padStart(9)} ${unit.padEnd(7)}${verdict}`;
}

/**
 * A Markdown table for the documentation.
 * @param {Row[]} rows
 */
export function markdown(rows) {
  const lines = rows.map(({ part, what, value, unit, goal = "", ok }) => {
    const reached = goal === "" ? "" : ok === true ? "yes" : "no";
    return `| ${part} | ${what} | ${digits(value)} ${unit} | ${goal} | ${reached} |`;
  });
  return ["| part | what | median | goal | reached |", "|---|---|---|---|---|", ...lines].join(
    "\n",
  );
}

export function machine() {
  const [cpu] = cpus();
  const [load = 0] = loadavg();
  const cores = `${cpus().length} x ${cpu?.model}, load average ${load.toFixed(1)}`;
  return `Node ${process.version}, ${process.platform} ${process.arch}, ${cores}`;
}
