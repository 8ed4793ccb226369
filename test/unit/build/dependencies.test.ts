import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import * as esbuild from "esbuild";
import * as v from "valibot";
import { bundles } from "../../../scripts/build.mjs";

const read = (path: string): unknown => JSON.parse(readFileSync(TEST_ROOT + path, "utf8"));
const manifest = v.object({
  license: v.optional(v.string()),
  scripts: v.optional(v.record(v.string(), v.string()), {}),
  dependencies: v.optional(v.record(v.string(), v.string()), {}),
});
const lockfile = v.object({
  packages: v.record(
    v.string(),
    v.object({ version: v.optional(v.string()), hasInstallScript: v.optional(v.boolean()) }),
  ),
});
const { packages } = v.parse(lockfile, read("package-lock.json"));

/** Licences that ask for no more than their text. */
const LICENSES: ReadonlySet<string> = new Set(
  "MIT ISC BSD-2-Clause BSD-3-Clause Apache-2.0 0BSD CC0-1.0".split(" "),
);
/** With another one: pictures under a licence that asks for the author's name, which docs give. */
const NAMED: Readonly<Record<string, string>> = { "@vscode/codicons": "CC-BY-4.0" };
/** Tools, never part of a bundle, whose installation runs a program of theirs. */
const INSTALL_SCRIPTS: Readonly<Record<string, string>> = {
  "node_modules/esbuild": "finds the binary for this platform, which it can do later as well",
  "node_modules/@vscode/vsce-sign": "a tool for signing; packaging works without it",
  "node_modules/keytar": "the packaging tool's store for a publisher's token; optional",
  "node_modules/fsevents": "watches files on macOS, for mocha's watch mode",
};

/** Packages of which something is in one of our programs. */
async function bundled(): Promise<string[]> {
  const names = new Set<string>();
  for (const options of Object.values(bundles)) {
    const { metafile } = await esbuild.build({ ...options, write: false, metafile: true });
    for (const input of Object.keys(metafile.inputs)) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
      if (name !== undefined) names.add(name);
    }
  }
  return [...names].sort();
}

describe("dependencies", function () {
  this.timeout(180_000);

  it("that are shipped have a licence of the list", async () => {
    const names = await bundled();
    assert.ok(names.length > 5, "nothing was found");
    const licenses = names.map((name) => {
      const { license } = v.parse(manifest, read(`node_modules/${name}/package.json`));
      return [name, license ?? "none"] as const;
    });
    assert.deepEqual(
      licenses.filter(([name, license]) => !LICENSES.has(license) && NAMED[name] !== license),
      [],
    );
    const readme = readFileSync(`${TEST_ROOT}README.md`, "utf8");
    for (const name of Object.keys(NAMED)) assert.ok(readme.includes(name), `${name} in README.md`);
  });

  it("are all in the bundles: an installed package brings no other, and runs nothing", () => {
    const { dependencies, scripts } = v.parse(manifest, read("package.json"));
    assert.deepEqual(dependencies, {});
    for (const name of ["preinstall", "install", "postinstall", "prepare"])
      assert.equal(scripts[name], undefined);
  });

  it("run no program when they are installed, but for tools that are listed with a reason", () => {
    const running = Object.entries(packages)
      .filter(([, entry]) => entry.hasInstallScript === true)
      .map(([path]) => path)
      .filter((path) => INSTALL_SCRIPTS[path] === undefined);
    assert.deepEqual(running, []);
  });

  it("have a version each, and are listed by `npm sbom`", () => {
    for (const [path, { version }] of Object.entries(packages))
      assert.ok(version !== undefined, path);
    const { scripts } = v.parse(manifest, read("package.json"));
    assert.match(scripts["sbom"] ?? "", /^npm sbom /);
  });
});

/** All that an extension needs to run, and what its page in the marketplace shows. */
const IN_VSIX = [
  /^package(?:\.nls(?:\.\w+)?)?\.json$/,
  /^(?:README\.md|CHANGELOG\.md|LICENSE)$/,
  /^dist\/(?:extension\.js|page\.sha256)$/,
  /^dist\/(?:extension|panel|page)\/[\w.-]+$/,
  /^media\/(?:icon\.png|walkthrough\/[\w.-]+)$/,
  /^docs\/images\/(?:editor|page)\.png$/,
];

describe("the VSIX", function () {
  this.timeout(180_000);

  it("holds what is listed and nothing else", () => {
    const vsce = `${TEST_ROOT}node_modules/@vscode/vsce/vsce`;
    const listed = execFileSync(process.execPath, [vsce, "ls", "--no-dependencies"], {
      cwd: TEST_ROOT,
      encoding: "utf8",
    });
    const files = listed.trim().split("\n");
    assert.ok(files.includes("package.json"), listed);
    assert.deepEqual(
      files.filter((file) => !IN_VSIX.some((pattern) => pattern.test(file))),
      [],
    );
  });
});
