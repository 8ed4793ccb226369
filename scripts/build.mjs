// Bundles the programs into dist/ and writes each bundle's list of inputs to
// out/meta/<name>.json, from which a test holds the import borders.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

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

/** @type {Record<string, esbuild.BuildOptions>} */
export const bundles = {
  extension: {
    ...node,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    external: ["vscode"],
  },
  cli: {
    ...node,
    entryPoints: ["src/cli/main.ts"],
    outfile: "dist/cli.js",
    banner: shebang,
    define: { PROGRAM_VERSION: JSON.stringify(version) },
  },
  relay: { ...node, entryPoints: ["relay/main.ts"], outfile: "dist/relay.js", banner: shebang },
  panel: {
    ...common,
    platform: "browser",
    target: "es2022",
    format: "esm",
    entryPoints: ["webview/panel/main.ts", "webview/panel/panel.css"],
    outdir: "dist/panel",
    entryNames: "[name]",
    loader: { ".ttf": "file" },
    assetNames: "[name]",
  },
};

async function build() {
  await rm(`${root}dist`, { recursive: true, force: true });
  await mkdir(`${root}out/meta`, { recursive: true });
  await Promise.all(
    Object.entries(bundles).map(async ([name, options]) => {
      const { metafile } = await esbuild.build(options);
      await writeFile(`${root}out/meta/${name}.json`, JSON.stringify(metafile));
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
