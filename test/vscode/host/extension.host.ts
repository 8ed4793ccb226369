import assert from "node:assert/strict";
import { commands, extensions, workspace } from "vscode";

const ID = "secureshare.secureshare";

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, object>> };
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
  };
}

function extension() {
  const found = extensions.getExtension<unknown>(ID);
  assert.ok(found, `${ID} is not installed`);
  return found;
}

function manifest(): Manifest {
  return extension().packageJSON as Manifest;
}

describe("the extension in its host", () => {
  it("starts with its window, and loads nothing more until it is used", async () => {
    await extension().activate();
    assert.equal(extension().isActive, true);
    const loaded = Object.keys(require.cache);
    assert.ok(loaded.some((path) => /dist[\\/]extension\.js$/.test(path)));
    assert.ok(!loaded.some((path) => /extension[\\/](app|engine)-/.test(path)));
    await commands.executeCommand("secureshare.cancel");
    const used = Object.keys(require.cache);
    assert.ok(used.some((path) => /extension[\\/]app-/.test(path)));
    assert.ok(!used.some((path) => /extension[\\/]engine-/.test(path)));
  });

  it("registers every command that it contributes", async () => {
    const registered = new Set(await commands.getCommands(true));
    const contributed = manifest().contributes.commands.map(({ command }) => command);
    assert.ok(contributed.length >= 8);
    assert.deepEqual(
      contributed.filter((command) => !registered.has(command)),
      [],
    );
  });

  it("has a translated title for every command", () => {
    for (const { title } of manifest().contributes.commands) assert.doesNotMatch(title, /^%/);
  });

  it("contributes its settings with defaults that VS Code knows", () => {
    const configuration = workspace.getConfiguration();
    for (const key of Object.keys(manifest().contributes.configuration.properties))
      assert.notEqual(configuration.inspect(key)?.defaultValue, undefined, key);
  });

  it("shows its view in a container of its own", async () => {
    assert.deepEqual(
      manifest().contributes.views["secureshare"]?.map(({ id }) => id),
      ["secureshare.transfers"],
    );
    await commands.executeCommand("secureshare.show");
  });

  it("says so, and does nothing, when a command has nothing to do", async () => {
    for (const command of [
      "cancel",
      "copyLink",
      "stopRelay",
      "sendText",
      "pause",
      "resume",
      "resumeInterrupted",
    ])
      await commands.executeCommand(`secureshare.${command}`);
  });

  it("shows its log", async () => {
    await commands.executeCommand("secureshare.showLog");
  });
});
