// Runs the tests: node scripts/test.mjs [suite...] [--grep TEXT] [--path TEXT]
//
// A suite is a folder of test/. Its *.test.ts files are found by pattern, bundled to
// out/tests/<suite> (packages stay outside) and given to mocha. Without a suite, all of
// them run after build, types, lint, format and dead-code checks; the last line counts the
// tests of the whole run.
import { spawn } from "node:child_process";
import { appendFile, readdir, readFile, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
/** No step may hang a run for ever; the full run has no such bound. Milliseconds. */
const STEP_TIMEOUT = 35 * 60_000;
const full = process.env["SECURESHARE_FULL"] === "1";
const suites = ["unit", "e2e", "vscode"];
const checks = [
  ["build", "node", "scripts/build.mjs"],
  ["types", "npx", "tsc", "-b"],
  ["lint", "npx", "oxlint", "--type-aware", "--deny-warnings"],
  ["format", "npx", "biome", "ci"],
  ["dead code", "npx", "knip"],
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { grep: { type: "string" }, path: { type: "string", default: "" } },
});

/**
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} exit code
 */
function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
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
 * The build's own modules find their files by their own place, so they stay where they are.
 * @type {esbuild.Plugin}
 */
const scriptsOutside = {
  name: "scripts-outside",
  setup(build) {
    build.onResolve({ filter: /\/scripts\/.*\.mjs$/ }, ({ path, resolveDir }) => ({
      path: pathToFileURL(resolve(resolveDir, path)).href,
      external: true,
    }));
  },
};

/**
 * @param {string} suite
 * @returns {Promise<string[]>} bundled test files
 */
async function bundle(suite) {
  const found = await readdir(`${root}test/${suite}`, { recursive: true });
  const entryPoints = found
    .filter((file) => file.endsWith(".test.ts") && file.includes(values.path))
    .map((file) => `test/${suite}/${file}`);
  const outdir = `${root}out/tests/${suite}`;
  await rm(outdir, { recursive: true, force: true });
  const { outputs } = (
    await esbuild.build({
      absWorkingDir: root,
      entryPoints,
      outdir,
      outbase: `test/${suite}`,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      packages: "external",
      plugins: [scriptsOutside],
      sourcemap: true,
      metafile: true,
      outExtension: { ".js": ".mjs" },
      define: { TEST_ROOT: JSON.stringify(root) },
    })
  ).metafile;
  return Object.entries(outputs)
    .filter(([, output]) => output.entryPoint !== undefined)
    .map(([file]) => `${root}${file}`);
}

/**
 * @param {string} suite
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{passes: number, failures: number, pending: number}>}
 */
async function runSuite(suite, env = {}) {
  const files = await bundle(suite);
  const stats = `${root}out/tests/${suite}.json`;
  await rm(stats, { force: true });
  const grep = values.grep === undefined ? [] : ["--grep", values.grep];
  const mocha = [
    "--no-config",
    "--forbid-only",
    "--timeout",
    "30000",
    "--reporter",
    "scripts/reporter.cjs",
    ...grep,
  ];
  const code = await run(
    "node",
    ["--enable-source-maps", "node_modules/mocha/bin/mocha.js", ...mocha, ...files],
    { TEST_STATS: stats, ...env },
  );
  const counted = JSON.parse(await readFile(stats, "utf8").catch(() => "{}"));
  const { passes = 0, failures = 0, pending = 0 } = counted;
  return { passes, failures: code !== 0 && failures === 0 ? 1 : failures, pending };
}

/**
 * The full run leaves its date and result in the documentation.
 * @param {string} result
 */
async function record(result) {
  const line = `| ${new Date().toISOString().slice(0, 10)} | ${process.version}, ${process.platform} | ${result} |\n`;
  await appendFile(`${root}docs/TESTING.md`, line);
}

async function main() {
  const whole = positionals.length === 0;
  for (const [name, command, ...args] of whole ? checks : []) {
    console.log(`\n== ${name}`);
    if ((await run(/** @type {string} */ (command), args)) !== 0) {
      console.log("0 passed, 1 failed, 0 skipped");
      return 1;
    }
  }
  const total = { passes: 0, failures: 0, pending: 0 };
  const runs = (whole ? suites : positionals).map((suite) => ({ suite, env: {} }));
  // The other end of the range of VS Codes; its main ways are in every run.
  if (whole && full) runs.push({ suite: "vscode", env: { SECURESHARE_VSCODE: "newest" } });
  for (const { suite, env } of runs) {
    console.log(`\n== ${[suite, ...Object.values(env)].join(", ")}`);
    const { passes, failures, pending } = await runSuite(suite, env);
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
