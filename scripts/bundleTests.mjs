import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

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
 * Bundles test files for mocha; packages stay outside.
 * @param {string[]} files below test/
 * @param {string} outdir
 * @param {esbuild.BuildOptions} [more]
 * @returns {Promise<string[]>} what was made of the files
 */
export async function bundleTests(files, outdir, more = {}) {
  const { metafile } = await esbuild.build({
    ...more,
    absWorkingDir: root,
    entryPoints: files.map((file) => `test/${file}`),
    outdir,
    outbase: "test",
    bundle: true,
    splitting: files.length > 1,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    plugins: [scriptsOutside, ...(more.plugins ?? [])],
    metafile: true,
    outExtension: { ".js": ".mjs" },
    define: { TEST_ROOT: JSON.stringify(root) },
  });
  return Object.entries(metafile.outputs)
    .filter(([, output]) => output.entryPoint !== undefined)
    .map(([file]) => root + file);
}
