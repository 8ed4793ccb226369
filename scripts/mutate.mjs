// Takes security checks out of the sources, one at a time, and asks the tests whether they
// notice: node scripts/mutate.mjs [--sample N] [--only TEXT]
//
// The sources stay as they are: an edit is made while the mapped tests are bundled. A
// mutation that no longer applies, and one that no test notices, is a failure.
import { spawn } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import * as esbuild from "esbuild";
import { mutations } from "./mutations/all.mjs";
import { mutated } from "./mutations/mutation.mjs";

/** @typedef {import("./mutations/mutation.mjs").Mutation} Mutation */

const root = fileURLToPath(new URL("..", import.meta.url));
const out = `${root}out/mutations`;
/** A mutant that never comes to an end was noticed, too. Milliseconds. */
const TIMEOUT = 60_000;

const { values } = parseArgs({
  options: { sample: { type: "string" }, only: { type: "string", default: "" } },
});

/**
 * Puts the mutation in place of its file, and keeps the build's own modules outside.
 * @param {Mutation | undefined} mutation
 * @returns {esbuild.Plugin}
 */
function editing(mutation) {
  return {
    name: "mutation",
    setup(build) {
      build.onResolve({ filter: /\/scripts\/.*\.mjs$/ }, ({ path, resolveDir }) => ({
        path: pathToFileURL(resolve(resolveDir, path)).href,
        external: true,
      }));
      if (mutation === undefined) return;
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== root + mutation.file) return undefined;
        return { contents: mutated(mutation, await readFile(path, "utf8")), loader: "ts" };
      });
    },
  };
}

/**
 * @param {readonly string[]} tests
 * @param {Mutation | undefined} mutation
 * @param {string} outdir
 * @returns {Promise<string[]>} bundled files
 */
async function bundle(tests, mutation, outdir) {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: tests.map((test) => `test/${test}.test.ts`),
    outdir,
    outbase: "test",
    bundle: true,
    splitting: tests.length > 1,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    plugins: [editing(mutation)],
    metafile: true,
    logLevel: "silent",
    outExtension: { ".js": ".mjs" },
    define: { TEST_ROOT: JSON.stringify(root) },
  });
  return Object.entries(metafile.outputs)
    .filter(([, output]) => output.entryPoint !== undefined)
    .map(([file]) => root + file);
}

/**
 * @param {string[]} files
 * @returns {Promise<{ code: number | null, said: string }>} `null`: it had to be ended
 */
function run(files) {
  return new Promise((settle) => {
    const child = spawn("node", ["scripts/mutations/run.mjs", ...files], {
      cwd: root,
      stdio: ["ignore", "pipe", "ignore"],
      timeout: TIMEOUT,
      killSignal: "SIGKILL",
    });
    let said = "";
    child.stdout.on("data", (chunk) => {
      said = (said + chunk).slice(0, 2_000);
    });
    child.on("close", (code) => settle({ code, said: said.trim() }));
  });
}

let made = 0;

/**
 * What the tests say of the mutation: the first test that failed, or what is wrong with it.
 * @param {readonly string[]} tests
 * @param {Mutation | undefined} mutation
 * @returns {Promise<{ noticed: boolean, said: string }>}
 */
async function judge(tests, mutation) {
  const outdir = `${out}/${made++}`;
  try {
    const { code, said } = await run(await bundle(tests, mutation, outdir));
    if (code === 2) return { noticed: false, said: "no test ran" };
    return { noticed: code !== 0, said: code === null ? "never ended" : said };
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

/**
 * Runs jobs, as many at a time as there are processors.
 * @param {readonly (() => Promise<void>)[]} jobs
 */
async function inParallel(jobs) {
  const left = [...jobs];
  const worker = async () => {
    for (let job = left.shift(); job !== undefined; job = left.shift()) await job();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** @type {string[]} */
const failures = [];

/** @param {readonly Mutation[]} chosen Without a mutation the tests must pass. */
async function soundTests(chosen) {
  const sets = new Map(chosen.map(({ tests }) => [tests.join(), tests]));
  await inParallel(
    Array.from(sets.values(), (tests) => async () => {
      const { noticed, said } = await judge(tests, undefined);
      if (noticed || said !== "")
        failures.push(`without any mutation: ${tests.join(", ")}: ${said}`);
    }),
  );
}

/** @param {readonly Mutation[]} chosen */
async function mutants(chosen) {
  await inParallel(
    chosen.map((mutation) => async () => {
      const what = `${mutation.file}: ${mutation.find.replace(/\s+/g, " ")}`;
      const to = mutation.replace === "" ? "" : ` => ${mutation.replace.replace(/\s+/g, " ")}`;
      const start = performance.now();
      const { noticed, said } = await judge(mutation.tests, mutation).catch((error) => ({
        noticed: false,
        said: String(error),
      }));
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(`${noticed ? "noticed " : "SURVIVED"} ${seconds} s  ${what}${to}`);
      console.log(`         ${said.split("\n")[0]}`);
      if (!noticed) failures.push(`${what}${to} (${mutation.tests.join(", ")}) ${said}`);
    }),
  );
}

const matching = mutations.filter(({ file, find, tests }) =>
  `${file} ${find} ${tests.join(" ")}`.includes(values.only),
);
const step = Math.max(1, Math.floor(matching.length / Number(values.sample ?? matching.length)));
const chosen = matching.filter((_, i) => i % step === 0);
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await soundTests(chosen);
await mutants(chosen);
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${chosen.length} of ${mutations.length} mutations, ${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;
