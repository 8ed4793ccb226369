// Bundles the programs into dist/ and writes each bundle's list of inputs to
// out/meta/<name>.json, from which a test holds the import borders.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { outputOf, writePage } from "./page.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @type {esbuild.BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
  sourcemap: false,
};
/** @type {esbuild.BuildOptions} */
const node = { ...common, platform: "node", target: "node20", format: "cjs" };
const { version } = JSON.parse(await readFile(`${root}package.json`, "utf8"));
const shebang = { js: "#!/usr/bin/env node" };

/** @type {esbuild.BuildOptions} */
const browser = { ...common, platform: "browser", target: "es2022", format: "esm" };
/** What the page's relay serves: names change with content, so that browsers can keep it. */
const served = {
  outdir: "dist/page",
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
};

/** @type {Record<string, esbuild.BuildOptions>} */
export const bundles = {
  extension: {
    ...node,
    entryPoints: ["src/extension.ts"],
    external: ["vscode"],
    // Split, then written as CommonJS, see build(). What activation does not need lies in a file of its own: reading it takes longer than all
    // that activation does.
    format: "esm",
    splitting: true,
    outdir: "dist",
    chunkNames: "extension/[name]-[hash]",
    write: false,
    // Cyrillic as it is: escaped, it takes three times the room.
    charset: "utf8",
  },
  cli: {
    ...node,
    entryPoints: { cli: "src/cli/main.ts" },
    // As above: what a code can be shown without is read when it is needed.
    format: "esm",
    splitting: true,
    outdir: "dist",
    chunkNames: "cli/[name]-[hash]",
    write: false,
    banner: shebang,
    define: { PROGRAM_VERSION: JSON.stringify(version) },
  },
  relay: { ...node, entryPoints: ["relay/main.ts"], outfile: "dist/relay.js", banner: shebang },
  panel: {
    ...browser,
    entryPoints: ["webview/panel/main.ts", "webview/panel/panel.css"],
    outdir: "dist/panel",
    entryNames: "[name]",
    loader: { ".ttf": "file" },
    assetNames: "[name]",
  },
  page: {
    ...browser,
    ...served,
    entryPoints: ["webview/receive/main.ts", "webview/receive/page.css"],
    loader: { ".ttf": "file" },
    // The build puts in what the worker's file is called.
    define: { WORKER_FILE: '"worker.js"' },
  },
  worker: { ...browser, ...served, entryPoints: ["src/browser/worker.ts"] },
};

/**
 * Writes what was built as ES modules, the one format that esbuild can split, as CommonJS,
 * the one that every supported VS Code loads.
 *
 * @param {esbuild.OutputFile} file
 * @param {esbuild.Charset} [charset]
 */
async function writeAsCommonJs({ path, text }, charset = "ascii") {
  const { code } = await esbuild.transform(text, {
    format: "cjs",
    platform: "node",
    target: "node20",
    minify: true,
    charset,
    supported: { "dynamic-import": false },
    // As modules are.
    banner: '"use strict";',
  });
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, code);
}

/**
 * Bundles one program into its place in dist.
 *
 * @param {string} name
 * @param {esbuild.BuildOptions} [changes]
 */
export async function bundle(name, changes) {
  const options = { ...bundles[name], ...changes };
  const { metafile, outputFiles = [] } = await esbuild.build(options);
  if (metafile === undefined) throw new Error("no metafile");
  await Promise.all(outputFiles.map((file) => writeAsCommonJs(file, options.charset)));
  await mkdir(`${root}out/meta`, { recursive: true });
  await writeFile(`${root}out/meta/${name}.json`, JSON.stringify(metafile));
  return metafile;
}

async function buildPage() {
  const worker = outputOf(await bundle("worker"), "src/browser/worker.ts");
  await writePage(root, await bundle("page", { define: { WORKER_FILE: JSON.stringify(worker) } }));
}

/** A link into the sources; an image is none. */
const SOURCE_LINK = /(?<!!)\[([^\]]+)\]\((?!https?:|#)[^)]+\)/g;

/** The README as the installed extension has it: what it links to beside itself is not there. */
async function writeReadme() {
  const readme = await readFile(`${root}README.md`, "utf8");
  await writeFile(`${root}dist/README.md`, readme.replaceAll(SOURCE_LINK, "$1"));
}

async function build() {
  await rm(`${root}dist`, { recursive: true, force: true });
  const programs = Object.keys(bundles).filter((name) => name !== "page" && name !== "worker");
  await Promise.all([...programs.map((name) => bundle(name)), buildPage()]);
  await writeReadme();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
