import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { EXTENSION_ID } from "../support/vscode/card";
import { TEST_MS } from "../support/vscode/patience";
import { readActivation } from "../support/vscode/probe";
import { useStage } from "../support/vscode/stage";

/** Milliseconds of CPU: what else runs on the machine makes them no longer. */
const LIMIT_MS = 30;

describe("a window that starts", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({ desk: { extension: TEST_ROOT, probe: true, settings } });

  it("spends under 30 ms on the extension, of which nothing else runs before its first use", async () => {
    const user = await stage.sitDown("desk", { "лист.txt": "зміст" });
    const { load, activate, loaded, servers } = await readActivation(user.window);
    assert.ok(load.cpuMs + activate.cpuMs < LIMIT_MS, `${load.cpuMs} + ${activate.cpuMs} ms`);
    // The entry, and what the build splits off it so that others can share it.
    assert.deepEqual(
      loaded.filter((path) => /(app|engine)-/.test(path)),
      [],
    );
    assert.equal(servers, 0);
    assert.deepEqual(await left(stage.root("desk")), []);

    await user.send("лист.txt");
    const used = await readActivation(user.window);
    assert.ok(used.loaded.some((path) => /engine-/.test(path)));
    assert.equal(used.servers, 1);
    assert.notDeepEqual(await left(stage.root("desk")), []);
  });
});

/** What lies in folders of the extension's own, anywhere on the computer. */
async function left(root: string): Promise<string[]> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  return found
    .filter(({ parentPath }) => basename(parentPath) === EXTENSION_ID)
    .map(({ name }) => name);
}
