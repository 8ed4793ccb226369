import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configuredRelays, readSettings } from "../../../src/host/settings";

interface Property {
  readonly default: unknown;
  readonly scope: string;
}
interface Manifest {
  readonly contributes: {
    readonly configuration: { readonly properties: Record<string, Property> };
  };
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] };
  };
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(TEST_ROOT, name), "utf8"));
const manifest = read("package.json") as Manifest;
const { properties } = manifest.contributes.configuration;

describe("settings", () => {
  it("have the defaults that package.json declares", () => {
    const asked: string[] = [];
    const declared = readSettings((key) => {
      asked.push(`secureshare.${key}`);
      return properties[`secureshare.${key}`]?.default;
    });
    assert.deepEqual(asked.sort(), Object.keys(properties).sort());
    assert.deepEqual(
      declared,
      readSettings(() => undefined),
    );
  });

  it("count as their defaults when they are not valid", () => {
    const junk = [null, 0, -1, 1.5, 2 ** 53, "x", "relative/path", [1], {}, Number.NaN];
    for (const value of junk) {
      const settings = readSettings(() => value);
      assert.ok(["compare", "type", "code-only"].includes(settings.verification));
      assert.equal(settings.receiveFolder, undefined);
      assert.ok(settings.embeddedPort >= 0 && settings.embeddedPort <= 65_535);
      assert.ok(settings.codeLifetimeMs >= 60_000 && settings.codeLifetimeMs <= 86_400_000);
    }
  });

  it("never fall back to the window's relay when a configured one is mistyped", () => {
    const settings = readSettings((key) => (key === "relay.urls" ? ["wss//relay"] : undefined));
    assert.throws(() => configuredRelays(settings), { code: "E_USAGE" });
  });

  it("take relays as users write them", () => {
    const urls = ["https://relay.example.org/", "192.168.1.5:4711", " "];
    const settings = readSettings((key) => (key === "relay.urls" ? urls : undefined));
    assert.deepEqual(configuredRelays(settings), [
      "wss://relay.example.org",
      "ws://192.168.1.5:4711",
    ]);
  });

  it("that decide where bytes go are no workspace's to set while it is not trusted", () => {
    const restricted = new Set(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations);
    const workspaceScopes = new Set(["window", "resource", "language-overridable"]);
    for (const [name, { scope }] of Object.entries(properties))
      if (/relay|receive|verification|send/.test(name))
        assert.ok(restricted.has(name) || !workspaceScopes.has(scope), name);
  });

  it("and commands are described in every language", () => {
    const text = readFileSync(join(TEST_ROOT, "package.json"), "utf8");
    const used = new Set([...text.matchAll(/"%([\w.-]+)%"/g)].map(([, key]) => key));
    for (const name of ["package.nls.json", "package.nls.uk.json", "package.nls.de.json"])
      assert.deepEqual(new Set(Object.keys(read(name) as object)), used, name);
  });
});
