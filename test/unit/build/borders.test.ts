import assert from "node:assert/strict";
import { builtinModules } from "node:module";
import * as esbuild from "esbuild";
import { bundles } from "../../../scripts/build.mjs";

/** For each program: what must not be among its inputs, and what it may leave outside. */
const BORDERS: Record<string, { never: RegExp[]; external: string[] }> = {
  relay: {
    never: [/^src\/(?!core\/(wire\/|errors\.ts))/, /@noble/, /^webview\//, /^l10n\//],
    external: [],
  },
  cli: {
    never: [/^src\/(host|bridge)\//, /^webview\//, /^src\/extension/],
    // The proxy agent asks for it inside a try, for proxies that want Kerberos.
    external: ["kerberos"],
  },
  extension: { never: [/^src\/cli\//, /^webview\//], external: ["vscode"] },
  panel: {
    never: [/^src\/(host|node|cli)\//, /^src\/core\/(crypto|session)\//, /^relay\//, /@noble/],
    external: [],
  },
  page: {
    never: [
      /^src\/(host|node|cli)\//,
      /^src\/core\/(crypto|session)\//,
      /^src\/browser\/(?!messages)/,
      /^relay\//,
      /@noble/,
    ],
    external: [],
  },
  worker: { never: [/^src\/(host|node|cli)\//, /^relay\//, /^webview\//, /^ws\//], external: [] },
};

describe("bundles", () => {
  for (const [name, { never, external }] of Object.entries(BORDERS)) {
    it(`${name} holds only what it may`, async () => {
      const options = bundles[name];
      assert.ok(options !== undefined);
      const { metafile } = await esbuild.build({ ...options, write: false, metafile: true });
      const inputs = Object.keys(metafile.inputs);
      assert.ok(inputs.length > 5);
      for (const forbidden of never)
        assert.deepEqual(
          inputs.filter((input) => forbidden.test(input)),
          [],
          String(forbidden),
        );
      const left = Object.values(metafile.outputs)
        .flatMap((output) => output.imports)
        .filter((i) => i.external === true)
        .map((i) => i.path)
        .filter((path) => !/^(node:|\.\/)/.test(path) && !builtins.has(path));
      assert.deepEqual([...new Set(left)].sort(), external);
    });
  }

  it("covers every bundle", () => {
    assert.deepEqual(Object.keys(BORDERS).sort(), Object.keys(bundles).sort());
  });
});

/** `ws` names these two itself, inside a try; they are native and never shipped. */
const builtins = new Set([...builtinModules, "bufferutil", "utf-8-validate"]);
