// Puts the browser page together from its two bundles: names with hashes in them, the
// document with Subresource Integrity, and one hash of all that operators can compare.
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";

const FOLDER = "webview/receive";

/**
 * @param {import("esbuild").Metafile} metafile
 * @param {string} entry a source file
 * @returns {string} the name of what it became
 */
export function outputOf({ outputs }, entry) {
  const found = Object.entries(outputs).find(([, output]) => output.entryPoint === entry);
  if (found === undefined) throw new Error(`${entry} is no entry point`);
  return basename(found[0]);
}

/** @param {Buffer} body */
function integrity(body) {
  return `sha384-${createHash("sha384").update(body).digest("base64")}`;
}

/**
 * Writes index.html and the page's hash: what `LC_ALL=C sha256sum * | sha256sum` prints in the
 * folder, and a relay when it starts.
 *
 * @param {string} root of the checkout
 * @param {import("esbuild").Metafile} metafile of the page's bundle
 */
export async function writePage(root, metafile) {
  const out = `${root}dist/page/`;
  const script = outputOf(metafile, `${FOLDER}/main.ts`);
  const style = outputOf(metafile, `${FOLDER}/page.css`);
  const picture = await readFile(`${root}media/icon.svg`);
  const icon = `icon-${createHash("sha256").update(picture).digest("hex").slice(0, 8).toUpperCase()}.svg`;
  const values = {
    ICON: icon,
    STYLE_INTEGRITY: integrity(await readFile(out + style)),
    SCRIPT_INTEGRITY: integrity(await readFile(out + script)),
    STYLE: style,
    SCRIPT: script,
  };
  const template = await readFile(`${root}${FOLDER}/index.html`, "utf8");
  const html = template.replace(
    /"(ICON|STYLE_INTEGRITY|SCRIPT_INTEGRITY|STYLE|SCRIPT)"/g,
    (_, name) => `"${values[/** @type {keyof typeof values} */ (name)]}"`,
  );
  await writeFile(out + icon, picture);
  await writeFile(`${out}index.html`, html);
  await writeFile(`${root}dist/page.sha256`, `${await pageHash(out)}\n`);
}

/** @param {string} folder */
async function pageHash(folder) {
  let listing = "";
  for (const name of (await readdir(folder)).sort()) {
    const digest = createHash("sha256").update(await readFile(folder + name));
    listing += `${digest.digest("hex")}  ${name}\n`;
  }
  return createHash("sha256").update(listing).digest("hex");
}
