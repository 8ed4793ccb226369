import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

interface Entry {
  version?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

const { packages } = JSON.parse(readFileSync(`${TEST_ROOT}package-lock.json`, "utf8")) as {
  packages: Record<string, Entry>;
};

/** Where Node would find `name` from the package at `from`: the nearest node_modules. */
function resolves(from: string, name: string): boolean {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf("/node_modules/")))) {
    if (packages[`${base === "" ? "" : `${base}/`}node_modules/${name}`] !== undefined) return true;
    if (base === "") return false;
  }
}

describe("package-lock.json", () => {
  it("names no registry", () => {
    for (const [path, { resolved }] of Object.entries(packages))
      assert.equal(resolved, undefined, path);
  });

  // npm leaves out what its registry does not serve for other platforms, and npm ci then
  // refuses the file.
  it("has an entry for every optional package, whatever the platform", () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !resolves(path, name)),
    );
    assert.deepEqual(missing, []);
  });
});
