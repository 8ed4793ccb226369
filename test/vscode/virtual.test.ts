import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describeTree } from "../support/tree";
import { TEST_MS } from "../support/vscode/patience";
import { PROBE_SCHEME, PROBED_TREE } from "../support/vscode/probeReports";
import { useStage } from "../support/vscode/stage";
import { confirmed } from "../support/vscode/users";

describe("a window on a folder that is on no disk", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({ desk: { extension: TEST_ROOT, probe: true, settings } });

  it("sends what VS Code reads there, and receives into a folder of the disk, for which it asks", async () => {
    const other = await stage.sitDown("desk", { "відповідь.txt": "дякую" });
    const virtual = await stage.sitDown("desk", {}, { folder: `${PROBE_SCHEME}:/Сховище` });
    await other.receive(await virtual.send("лист.txt", "Папка"));
    await confirmed(virtual, other);
    await other.received.press("accept");
    await Promise.all([other.received.reaches("done"), virtual.sent.reaches("done")]);
    for (const [path, text] of Object.entries(PROBED_TREE))
      assert.equal(await readFile(join(other.folder, path.replace("Сховище/", "")), "utf8"), text);

    await virtual.receive(await other.send("відповідь.txt"));
    await confirmed(other, virtual);
    await virtual.received.root.getByText("No folder chosen yet").waitFor();
    await virtual.window.screenshot("virtual-workspace");
    await virtual.received.press("chooseFolder");
    await virtual.window.chooseFolder(virtual.folder);
    await virtual.received.root.getByText(virtual.folder, { exact: true }).waitFor();
    await virtual.received.press("accept");
    await Promise.all([virtual.received.reaches("done"), other.sent.reaches("done")]);
    const [came = ""] = await describeTree(virtual.folder);
    assert.ok((await describeTree(other.folder)).includes(came), came);
  });
});
