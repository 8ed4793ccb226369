// Runs the tests: node scripts/test.mjs [suite...] [--grep TEXT] [--path TEXT]
//
// A suite is a folder of test/. Its *.test.ts files are found by pattern, bundled to
// out/tests/<suite> and given to mocha. Without a suite, all of them run after build, types,
// lint, format and dead-code checks. What failed is told once more at the end, where it is seen
// without the hundreds of lines before it; the last line counts the tests of the whole run.
import { spawn } from "node:child_process";
import { appendFile, readdir, readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleTests } from "./bundleTests.mjs";

/** @typedef {{ suite: string, env?: NodeJS.ProcessEnv }} Run */
/** @typedef {{ title: string, reason: string }} Failed */
/** @typedef {{ passes: number, failures: number, pending: number, failed: Failed[] }} Counts */

const root = fileURLToPath(new URL("..", import.meta.url));
/** No step may hang a run for ever; the full run has no such bound. Milliseconds. */
const STEP_TIMEOUT = 45 * 60_000;
const full = process.env["SECURESHARE_FULL"] === "1";
const checks = [
  ["build", "node", "scripts/build.mjs"],
  ["types", "npx", "tsc", "-b"],
  ["lint", "npx", "oxlint", "--type-aware", "--deny-warnings"],
  ["format", "npx", "biome", "ci"],
  ["dead code", "npx", "knip"],
];
/** One after the other: beside each other, windows and browsers starve the tests that drive them. */
const suites = ["unit", "e2e", "vscode", "mutations", "speed"];
/** The other end of the range of VS Codes; its main ways are in every run. */
const newest = { suite: "vscode", env: { SECURESHARE_VSCODE: "newest" } };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { grep: { type: "string" }, path: { type: "string", default: "" } },
});

/**
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} exit code
 */
function run([program = "", ...args], env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: "inherit",
      ...(full ? {} : { timeout: STEP_TIMEOUT }),
      env: { ...process.env, ...env },
    });
    // A run that is ended ends what it has started, which then stops its own servers.
    const forward = () => child.kill("SIGTERM");
    process.once("SIGTERM", forward);
    child.on("error", reject);
    child.on("close", (code) => {
      process.off("SIGTERM", forward);
      resolve(code ?? 1);
    });
  });
}

/**
 * @param {string} suite
 * @returns {Promise<string[]>} bundled test files
 */
async function bundle(suite) {
  const found = await readdir(`${root}test/${suite}`, { recursive: true });
  const files = found.filter((file) => file.endsWith(".test.ts") && file.includes(values.path));
  const outdir = `${root}out/tests/${suite}`;
  await rm(outdir, { recursive: true, force: true });
  return bundleTests(
    files.map((file) => `${suite}/${file}`),
    outdir,
    { sourcemap: true },
  );
}

/**
 * @param {Run} which
 * @returns {Promise<Counts>}
 */
async function runSuite({ suite, env = {} }) {
  console.log(`\n== ${[suite, ...Object.values(env)].join(", ")}`);
  const files = await bundle(suite);
  const stats = `${root}out/tests/${suite}.json`;
  await rm(stats, { force: true });
  const mocha = [
    "node_modules/mocha/bin/mocha.js",
    "--no-config",
    "--forbid-only",
    "--timeout",
    "30000",
    "--reporter",
    "scripts/reporter.cjs",
    ...(values.grep === undefined ? [] : ["--grep", values.grep]),
  ];
  const command = ["node", "--enable-source-maps", ...mocha, ...files];
  const code = await run(command, { TEST_STATS: stats, ...env });
  const counted = JSON.parse(await readFile(stats, "utf8").catch(() => "{}"));
  const { passes = 0, failures = 0, pending = 0, failed = [] } = counted;
  if (code === 0 || failures > 0) return { passes, failures, pending, failed };
  const broken = { title: `the suite ${suite}`, reason: `ended with exit code ${code}` };
  return { passes, failures: 1, pending, failed: [...failed, broken] };
}

/**
 * @param {Failed[]} failed
 * @returns {string} a block for each; nothing where none failed
 */
const told = (failed) =>
  failed.map(({ title, reason }) => `\nFAILED ${title}\n${reason}\n`).join("");

/**
 * The full run leaves its date and result in the documentation.
 * @param {string} result
 */
async function record(result) {
  const line = `| ${new Date().toISOString().slice(0, 10)} | ${process.version}, ${process.platform} | ${result} |\n`;
  await appendFile(`${root}docs/TESTING.md`, line);
}

/** @returns {Run[]} what was asked for, else everything */
function planned() {
  const named = positionals.length > 0 ? positionals : suites;
  const runs = named.map((suite) => ({ suite }));
  return positionals.length === 0 && full ? [...runs, newest] : runs;
}

async function main() {
  const whole = positionals.length === 0;
  for (const [name, ...command] of whole ? checks : []) {
    console.log(`\n== ${name}`);
    if ((await run(command)) !== 0) {
      console.log("0 passed, 1 failed, 0 skipped");
      return 1;
    }
  }
  const total = { passes: 0, failures: 0, pending: 0 };
  let endings = "";
  for (const each of planned()) {
    const { passes, failures, pending, failed } = await runSuite(each);
    total.passes += passes;
    total.failures += failures;
    total.pending += pending;
    endings += told(failed);
  }
  if (endings !== "") console.log(endings);
  const result = `${total.passes} passed, ${total.failures} failed, ${total.pending} skipped`;
  if (whole && full) await record(result);
  console.log(result);
  return total.failures === 0 && total.passes > 0 ? 0 : 1;
}

process.exitCode = await main();
