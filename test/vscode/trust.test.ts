import assert from "node:assert/strict";
import { TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";

/** A folder as it may come from someone else: its settings leave out what its user means to send. */
const FOREIGN = {
  ".vscode/settings.json": JSON.stringify({ "secureshare.send.exclude": ["лист.*"] }),
  "Папка/лист.txt": "1",
  "Папка/other.txt": "2",
};

describe("a folder that is not trusted", function () {
  this.timeout(TEST_MS);
  const settings = {
    "secureshare.relay.embedded.host": "127.0.0.1",
    // Newer releases ask no more by themselves.
    "security.workspace.trust.startupPrompt": "always",
  };
  const stage = useStage({
    // Without the flag by which the other tests' windows trust every folder.
    cautious: { extension: TEST_ROOT, settings, flags: [] },
  });

  it("can be sent from, while its settings have no say until it is trusted", async () => {
    const user = await stage.sitDown("cautious", FOREIGN);
    const { window, sent } = user;
    await window
      .dialog()
      .getByRole("button", { name: /No, I don't trust/ })
      .click();
    await window.page.getByText("Restricted Mode").first().waitFor();
    await user.send("Папка");
    assert.match(await sent.root.innerText(), /2 files/);
    await sent.press("cancel");
    await sent.reaches("failed");
    await sent.dismiss();

    await window.runCommand("Workspaces: Manage Workspace Trust");
    await window.page.getByRole("button", { name: "Trust", exact: true }).click();
    await window.page.getByText("You trust this folder").first().waitFor();
    await user.send("Папка");
    assert.match(await sent.root.innerText(), /1 file,.*\s+1 left out/);
  });
});
