// Fuzzes the parsers of foreign bytes: node scripts/fuzz.mjs [TARGET...] [--seconds N]
// [--runs N] [--seed N] [--targets FILE]
//
// What it finds is written to out/fuzz, and the exit code is 1. The memory is kept small, so
// that a parser that allocates without bound ends the run. The coverage is switched on
// before the code under test is loaded: V8 counts blocks only in what it compiles later.
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = `${root}out/fuzz`;
setFlagsFromString("--max-old-space-size=256");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    runs: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    targets: { type: "string", default: "test/support/fuzz/targets.ts" },
  },
});

await esbuild.build({
  absWorkingDir: root,
  entryPoints: { loop: "test/support/fuzz/loop.ts", targets: values.targets },
  outdir: `${out}/${process.pid}`,
  bundle: true,
  format: "esm",
  platform: "node",
  packages: "external",
  define: { TEST_ROOT: JSON.stringify(root) },
  outExtension: { ".js": ".mjs" },
});
/** @param {string} name */
const load = (name) => import(pathToFileURL(`${out}/${process.pid}/${name}.mjs`).href);
const { fuzz, Coverage } = await load("loop");
const coverage = new Coverage();
const { targets } = await load("targets");
const names = positionals.length > 0 ? positionals : Object.keys(targets);
let found = 0;
for (const name of names) {
  const until = Date.now() + Number(values.seconds) * 1000;
  const most = Number(values.runs ?? Infinity);
  const { runs, corpus, blocks, findings } = await fuzz(
    targets[name],
    coverage,
    Number(values.seed),
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
console.log(`seed ${values.seed}: ${found} findings`);
process.exitCode = found === 0 ? 0 : 1;
