// Takes security checks out of the sources, one at a time, and asks the tests whether they
// notice: node scripts/mutate.mjs [--sample N] [--only TEXT]
//
// The sources stay as they are: an edit is made while the mapped tests are bundled. A
// mutation that no longer applies, and one that no test notices, is a failure. One that keeps a
// test from coming to its end is told apart from one that makes a test fail.
import { spawn } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleTests } from "./bundleTests.mjs";
import { mutations } from "./mutations/all.mjs";
import { mutated } from "./mutations/mutation.mjs";
import { wholeNumber } from "./wholeNumber.mjs";

/** @typedef {import("./mutations/mutation.mjs").Mutation} Mutation */

const root = fileURLToPath(new URL("..", import.meta.url));
const out = `${root}out/mutations`;
/** A mutant may take so many times as much of a processor as the sources as they are. */
const TIMES = 3;
/** And so much more, so that a start on a busy machine is none of it. Seconds. */
const START = 5;
/** By the clock: where sockets keep a mutant alive that waits for ever. Milliseconds. */
const LONGEST = 60_000;
/** Where there is no mutation: seconds of a processor, and milliseconds by the clock. */
const SOUND = 300;
const SOUND_LONGEST = 1_200_000;

const { values } = parseArgs({
  options: { sample: { type: "string" }, only: { type: "string", default: "" } },
});

/**
 * Puts the mutation in place of its file.
 * @param {Mutation} mutation
 * @returns {import("esbuild").Plugin}
 */
function editing(mutation) {
  return {
    name: "mutation",
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== root + mutation.file) return undefined;
        return { contents: mutated(mutation, await readFile(path, "utf8")), loader: "ts" };
      });
    },
  };
}

/**
 * @param {string[]} files
 * @param {number} limit seconds of a processor
 * @param {number} longest milliseconds
 * @returns {Promise<{ code: number | null, said: string, cpuMs: number }>} `null`: it had to be
 * ended
 */
function run(files, limit, longest) {
  return new Promise((settle) => {
    // Time by the clock would say more of the machine's other work than of the mutant.
    const limited = `ulimit -t ${limit}; exec node scripts/mutations/run.mjs "$@"`;
    const child = spawn("sh", ["-c", limited, "sh", ...files], {
      cwd: root,
      stdio: ["ignore", "pipe", "ignore"],
      timeout: longest,
      killSignal: "SIGKILL",
    });
    let said = "";
    child.stdout.on("data", (chunk) => {
      said = (said + chunk).slice(0, 2_000);
    });
    child.on("close", (code) => {
      const cpuMs = Number(/^CPU (\d+)$/m.exec(said)?.[1] ?? 0);
      settle({ code, said: said.replace(/^CPU \d+$/m, "").trim(), cpuMs });
    });
  });
}

/** @typedef {"noticed" | "never ends" | "SURVIVED" | "BROKEN"} Verdict */

/** @type {Readonly<Record<number, Verdict>>} */
const VERDICTS = { 0: "SURVIVED", 1: "noticed", 2: "BROKEN", 3: "never ends" };

let made = 0;

/**
 * What the tests say of the mutation: the first test that failed, or what is wrong with it.
 * @param {readonly string[]} tests
 * @param {Mutation | undefined} mutation
 * @param {number} limit seconds of a processor
 * @returns {Promise<{ verdict: Verdict, said: string, cpuMs?: number }>}
 */
async function judge(tests, mutation, limit) {
  const outdir = `${out}/${made++}`;
  try {
    const files = tests.map((test) => `${test}.test.ts`);
    const plugins = mutation === undefined ? [] : [editing(mutation)];
    const bundled = await bundleTests(files, outdir, { plugins, logLevel: "silent" });
    const longest = mutation === undefined ? SOUND_LONGEST : LONGEST;
    const { code, said, cpuMs } = await run(bundled, limit, longest);
    if (code === null)
      return {
        verdict: "never ends",
        said: `ended: ${limit} s of a processor, or ${longest / 1000} s`,
      };
    return { verdict: VERDICTS[code] ?? "BROKEN", said: code === 2 ? "no test ran" : said, cpuMs };
  } catch (error) {
    return { verdict: "BROKEN", said: String(error) };
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

/**
 * Without a mutation the tests must pass.
 * @param {readonly Mutation[]} chosen
 * @returns {Promise<ReadonlyMap<string, number>>} how much a mutant may take, by its tests
 */
async function soundTests(chosen) {
  const sets = new Map(chosen.map(({ tests }) => [tests.join(), tests]));
  /** @type {Map<string, number>} */
  const limits = new Map();
  await inParallel(
    Array.from(sets, ([name, tests]) => async () => {
      const { verdict, said, cpuMs = 0 } = await judge(tests, undefined, SOUND);
      limits.set(name, Math.ceil(START + (TIMES * cpuMs) / 1000));
      if (verdict !== "SURVIVED" || said !== "")
        failures.push(`without any mutation: ${tests.join(", ")}: ${verdict} ${said}`);
    }),
  );
  return limits;
}

/**
 * @param {readonly Mutation[]} chosen
 * @param {ReadonlyMap<string, number>} limits
 * @returns {Promise<Readonly<Record<Verdict, number>>>} how many came to what
 */
async function mutants(chosen, limits) {
  /** @type {Record<Verdict, number>} */
  const counts = { noticed: 0, "never ends": 0, SURVIVED: 0, BROKEN: 0 };
  await inParallel(
    chosen.map((mutation) => async () => {
      const { file, find, replace, tests } = mutation;
      const to = replace === "" ? "" : ` => ${replace.replace(/\s+/g, " ")}`;
      const what = `${file}: ${find.replace(/\s+/g, " ")}${to}`;
      const start = performance.now();
      const { verdict, said } = await judge(tests, mutation, limits.get(tests.join()) ?? START);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      counts[verdict]++;
      console.log(`${verdict} ${seconds} s  ${what}\n         ${said.split("\n")[0]}`);
      if (verdict === "SURVIVED" || verdict === "BROKEN")
        failures.push(`${verdict} ${what} (${tests.join(", ")}) ${said}`);
    }),
  );
  return counts;
}

const matching = mutations.filter(({ file, find, tests }) =>
  `${file} ${find} ${tests.join(" ")}`.includes(values.only),
);
if (matching.length === 0) throw new Error(`no mutation holds ${JSON.stringify(values.only)}`);
const wanted = values.sample === undefined ? Infinity : wholeNumber("sample", values.sample);
const step = Math.max(1, Math.floor(matching.length / wanted));
const chosen = matching.filter((_, i) => i % step === 0);
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const counts = await mutants(chosen, await soundTests(chosen));
for (const failure of failures) console.log(`FAILED ${failure}`);
const told = Object.entries(counts).map(([verdict, count]) => `${count} ${verdict}`);
console.log(`${chosen.length} of ${mutations.length} mutations: ${told.join(", ")}`);
console.log(`${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;
