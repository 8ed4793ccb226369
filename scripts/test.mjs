// Runs the tests: node scripts/test.mjs [suite...] [--grep TEXT] [--path TEXT]
//
// A suite is a folder of test/. Its *.test.ts files are found by pattern, bundled to
// out/tests/<suite> and given to mocha. Without a suite, all of them run after build, types,
// lint, format and dead-code checks; the last line counts the tests of the whole run.
import { spawn } from "node:child_process";
import { appendFile, readdir, readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleTests } from "./bundleTests.mjs";

/** @typedef {{ suite: string, env?: NodeJS.ProcessEnv }} Run */
/** @typedef {{ passes: number, failures: number, pending: number }} Counts */

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
/**
 * Stages follow each other. The lanes of a stage run beside each other, for these suites mostly
 * wait; what measures time has the machine to itself.
 * @type {Run[][][]}
 */
const stages = [
  [[{ suite: "unit" }]],
  [[{ suite: "e2e" }], [{ suite: "vscode" }, { suite: "mutations" }]],
  [[{ suite: "speed" }]],
];
/** The other end of the range of VS Codes; its main ways are in every run. */
const newest = { suite: "vscode", env: { SECURESHARE_VSCODE: "newest" } };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { grep: { type: "string" }, path: { type: "string", default: "" } },
});

/**
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} [env]
 * @param {Buffer[]} [said] takes the output, which is shown at once without it
 * @returns {Promise<number>} exit code
 */
function run([program = "", ...args], env = {}, said) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: said === undefined ? "inherit" : ["ignore", "pipe", "pipe"],
      ...(full ? {} : { timeout: STEP_TIMEOUT }),
      env: { ...process.env, ...env },
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk) => said?.push(chunk));
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
 * @param {Buffer[]} [said] as for `run`
 * @returns {Promise<Counts>}
 */
async function runSuite({ suite, env = {} }, said) {
  const title = `\n== ${[suite, ...Object.values(env)].join(", ")}\n`;
  if (said === undefined) process.stdout.write(title);
  else said.push(Buffer.from(title));
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
  const code = await run(command, { TEST_STATS: stats, ...env }, said);
  const counted = JSON.parse(await readFile(stats, "utf8").catch(() => "{}"));
  const { passes = 0, failures = 0, pending = 0 } = counted;
  return { passes, failures: code !== 0 && failures === 0 ? 1 : failures, pending };
}

/**
 * Runs a stage. The first lane is seen as it goes, the others when all have ended.
 * @param {Run[][]} lanes
 * @returns {Promise<Counts[]>}
 */
async function runStage(lanes) {
  const outputs = lanes.map((_, lane) => (lane === 0 ? undefined : []));
  const counts = await Promise.all(
    lanes.map(async (suites, lane) => {
      const counted = [];
      for (const suite of suites) counted.push(await runSuite(suite, outputs[lane]));
      return counted;
    }),
  );
  for (const output of outputs) process.stdout.write(Buffer.concat(output ?? []));
  return counts.flat();
}

/**
 * The full run leaves its date and result in the documentation.
 * @param {string} result
 */
async function record(result) {
  const line = `| ${new Date().toISOString().slice(0, 10)} | ${process.version}, ${process.platform} | ${result} |\n`;
  await appendFile(`${root}docs/TESTING.md`, line);
}

/** What was asked for, else everything; the long forms measure, too, and run one by one. */
function planned() {
  if (positionals.length > 0) return positionals.map((suite) => [[{ suite }]]);
  if (!full) return stages;
  return [...stages.flat(2), newest].map((which) => [[which]]);
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
  for (const lanes of planned())
    for (const { passes, failures, pending } of await runStage(lanes)) {
      total.passes += passes;
      total.failures += failures;
      total.pending += pending;
    }
  const result = `${total.passes} passed, ${total.failures} failed, ${total.pending} skipped`;
  if (whole && full) await record(result);
  console.log(result);
  return total.failures === 0 && total.passes > 0 ? 0 : 1;
}

process.exitCode = await main();
