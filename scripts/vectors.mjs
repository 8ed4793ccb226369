// Writes the project's own vectors (test/vectors) anew: node scripts/vectors.mjs
//
// Only for a change of the protocol: another implementation may rest on these files.
import { writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const outfile = `${root}out/vectors.mjs`;
await esbuild.build({
  absWorkingDir: root,
  entryPoints: ["test/support/ownVectors/all.ts"],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  packages: "external",
  define: { TEST_ROOT: JSON.stringify(root) },
});
const { ownVectors } = await import(pathToFileURL(outfile).href);
for (const [file, vectors] of Object.entries(await ownVectors())) {
  await writeFile(`${root}test/vectors/${file}`, `${JSON.stringify(vectors, undefined, 2)}\n`);
  console.log(`test/vectors/${file}`);
}
