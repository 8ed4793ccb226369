// Fuzzes the parsers of foreign bytes: node scripts/fuzz.mjs [TARGET...] [--seconds N]
// [--runs N] [--seed N] [--targets FILE]
//
// What it finds is written to out/fuzz, and the exit code is 1. The memory is kept small, so
// that a parser that allocates without bound ends the run. The coverage is switched on
// before the code under test is loaded: V8 counts blocks only in what it compiles later.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import * as esbuild from "esbuild";
import { wholeNumber } from "./wholeNumber.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = `${root}out/fuzz`;
setFlagsFromString("--max-old-space-size=256");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    runs: { type: "string" },
    seed: { type: "string", default: String((Date.now() % 2 ** 31) + 1) },
    targets: { type: "string", default: "test/support/fuzz/targets.ts" },
  },
});
const seconds = wholeNumber("seconds", values.seconds);
const most = values.runs === undefined ? Infinity : wholeNumber("runs", values.runs);
const seed = wholeNumber("seed", values.seed);

const bundled = `${out}/${process.pid}`;
await esbuild.build({
  absWorkingDir: root,
  entryPoints: { loop: "test/support/fuzz/loop.ts", targets: values.targets },
  outdir: bundled,
  bundle: true,
  format: "esm",
  platform: "node",
  packages: "external",
  define: { TEST_ROOT: JSON.stringify(root) },
  outExtension: { ".js": ".mjs" },
});
/** @param {string} name */
const load = (name) => import(pathToFileURL(`${bundled}/${name}.mjs`).href);
const { fuzz, Coverage } = await load("loop");
const coverage = new Coverage();
const { targets } = await load("targets");
await rm(bundled, { recursive: true });
const names = positionals.length > 0 ? positionals : Object.keys(targets);
for (const name of names)
  if (!Object.hasOwn(targets, name))
    throw new Error(`no target ${name}; there are ${Object.keys(targets).join()}`);
let found = 0;
for (const name of names) {
  const until = Date.now() + seconds * 1000;
  const { runs, corpus, blocks, findings } = await fuzz(
    targets[name],
    coverage,
    seed,
    (/** @type {number} */ done) => done < most && Date.now() < until,
  );
  console.log(
    `${name}: ${runs} runs, ${corpus} inputs kept, ${blocks} blocks, ${findings.length} findings`,
  );
  for (const { input, problem } of findings) {
    const file = `${out}/${name}-${found++}`;
    await mkdir(out, { recursive: true });
    await writeFile(file, input);
    console.log(`${file}\n${problem}`);
  }
}
coverage.stop();
console.log(`seed ${seed}: ${found} findings`);
process.exitCode = found === 0 ? 0 : 1;
