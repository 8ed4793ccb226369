import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * Bundles what runs inside an extension host: `index.ts` and the `*.host.ts` of a folder of
 * `test/vscode`. The bundles go below the extension's own folder, because the extension host
 * gives `vscode` to files of an extension only. mocha stays outside; it loads parts of itself by
 * their path.
 *
 * @param root the checkout
 * @param folder its name
 * @returns the path of the runner, for `extensionTestsPath`
 */
export async function bundleForHost(root: string, folder: string): Promise<string> {
  const source = join(root, "test", "vscode", folder);
  const outdir = join(root, "out", "tests", folder);
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
