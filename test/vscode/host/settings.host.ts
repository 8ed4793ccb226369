import assert from "node:assert/strict";
import { ConfigurationTarget, extensions, workspace } from "vscode";
import { LiveSettings } from "../../../src/host/liveSettings";
import type { Settings } from "../../../src/host/settings";

/** For each setting a value that is not its default, and what is seen of it. */
const CHANGES: readonly [key: string, value: unknown, seen: Partial<Settings>][] = [
  ["relay.urls", ["wss://relay.test"], { relayUrls: ["wss://relay.test"] }],
  ["relay.embedded.host", "127.0.0.9", { embeddedHost: "127.0.0.9" }],
  ["relay.embedded.port", 4711, { embeddedPort: 4711 }],
  ["code.expireAfterMinutes", 3, { codeLifetimeMs: 180_000 }],
  ["verification", "type", { verification: "type" }],
  ["receive.folder", "/tmp", { receiveFolder: "/tmp" }],
  ["receive.onConflict", "skip", { onConflict: "skip" }],
  ["send.exclude", ["*.log"], { exclude: ["*.log"] }],
  ["send.respectGitignore", true, { respectGitignore: true }],
  ["padding", false, { padding: false }],
  ["resume.keepForHours", 1, { keepForMs: 3_600_000 }],
  ["language", "uk", { language: "uk" }],
];

const configuration = () => workspace.getConfiguration("secureshare");

describe("a changed setting", () => {
  const settings = new LiveSettings();
  after(() => settings.dispose());

  /** Settles once the change has been told, which is all that others wait for. */
  async function set(key: string, value: unknown): Promise<void> {
    const told = new Promise<void>((resolve) => {
      const listening = settings.onDidChange(() => {
        listening.dispose();
        resolve();
      });
    });
    await Promise.all([told, configuration().update(key, value, ConfigurationTarget.Global)]);
  }

  it("is one of these", () => {
    const manifest: unknown = extensions.getExtension("secureshare.secureshare")?.packageJSON;
    const { contributes } = manifest as {
      contributes: { configuration: { properties: Readonly<Record<string, unknown>> } };
    };
    const all = Object.keys(contributes.configuration.properties);
    assert.deepEqual(CHANGES.map(([key]) => `secureshare.${key}`).sort(), all.sort());
  });

  for (const [key, value, seen] of CHANGES)
    it(`has its effect at once, and loses it at once: ${key}`, async () => {
      const before = configuration().inspect(key)?.globalValue;
      await set(key, value);
      const now = settings.current;
      for (const [name, expected] of Object.entries(seen))
        assert.deepEqual(now[name as keyof Settings], expected);
      if (key === "language") assert.equal(settings.texts.say("show"), "Показати");
      await set(key, before);
      assert.notDeepEqual(settings.current, now);
    });
});
