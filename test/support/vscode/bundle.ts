import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * Bundles the tests that run inside an extension host: `test/vscode/host/*.host.ts` and their
 * runner. They go below the extension's own folder, because the extension host gives `vscode` to
 * files of an extension only. mocha stays outside; it loads parts of itself by their path.
 *
 * @param root the checkout
 * @returns the path of the runner, for `extensionTestsPath`
 */
export async function bundleHostTests(root: string): Promise<string> {
  const source = join(root, "test", "vscode", "host");
  const outdir = join(root, "out", "tests", "host");
  const names = await readdir(source);
  await rm(outdir, { recursive: true, force: true });
  await build({
    entryPoints: names.filter((name) => /^index\.ts$|\.host\.ts$/.test(name)),
    absWorkingDir: source,
    outdir,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["vscode", "mocha"],
    sourcemap: "inline",
    logLevel: "warning",
  });
  return join(outdir, "index.js");
}
