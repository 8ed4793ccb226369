import assert from "node:assert/strict";
import { windowIdentity } from "../../../src/host/windowIdentity";
import { memoryKeyring } from "../../support/memory/keyring";

/** What VS Code gives a window that has no workspace. */
const empty = () => ({ storageUri: undefined, workspaceState: memoryKeyring().memory });

describe("the identity of a window", () => {
  it("is its workspace's, wherever it runs", () => {
    const context = { ...empty(), storageUri: { fsPath: "/storage/a" } };
    for (const inBrowser of [false, true])
      assert.equal(windowIdentity(context, inBrowser), "/storage/a");
    assert.equal(context.workspaceState.get("window"), undefined);
  });

  it("outlives a reload without a workspace on a desktop, where each window has its own", () => {
    const [one, other] = [empty(), empty()];
    const before = windowIdentity(one, false);
    assert.match(before, /^[0-9a-f]{32}$/);
    assert.equal(windowIdentity(one, false), before);
    assert.notEqual(windowIdentity(other, false), before);
  });

  it("is a new one in each life of a window without a workspace in a browser", () => {
    // All such windows have one state there.
    const shared = empty();
    const lives = [1, 2, 3].map(() => windowIdentity(shared, true));
    assert.equal(new Set(lives).size, 3);
  });

  it("takes nothing for a name that is none, and outlives a state that cannot be written", async () => {
    const { workspaceState } = empty();
    await workspaceState.update("window", 7);
    const update = () => Promise.reject(new Error("read only"));
    const context = { storageUri: undefined, workspaceState: { ...workspaceState, update } };
    assert.match(windowIdentity(context, false), /^[0-9a-f]{32}$/);
    await new Promise(setImmediate);
  });
});
