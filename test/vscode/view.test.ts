import assert from "node:assert/strict";
import { EXTENSION_ID } from "../support/vscode/card";
import { useStage } from "../support/vscode/stage";

describe("the view of the transfers", function () {
  this.timeout(180_000);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({ sender: { extension: TEST_ROOT, settings } });

  async function waiting() {
    const user = await stage.sitDown("sender", { "лист.txt": "1" });
    const spoken = await user.send("лист.txt");
    return { window: user.window, sent: user.sent, spoken };
  }

  it("shows the same after it was closed, and the status bar leads to it", async () => {
    const { window, sent, spoken } = await waiting();
    const item = window.statusItem("transfers");
    await item.getByText("waiting").waitFor();
    await window.runCommand("View: Toggle Primary Side Bar Visibility");
    await sent.root.waitFor({ state: "hidden" });
    await item.click();
    assert.equal(await sent.spoken(), spoken);
    await sent.press("cancel");
    await item.waitFor({ state: "hidden" });
  });

  it("leaves out what .gitignore names once that is ticked, under a new code", async () => {
    const tree = { "Папка/.gitignore": "*.log\n", "Папка/a.log": "1", "Папка/b.txt": "2" };
    const user = await stage.sitDown("sender", tree);
    const spoken = await user.send("Папка");
    assert.match(await user.sent.text(), /3 files/);
    await user.sent.root.getByRole("checkbox", { name: /gitignore/ }).click();
    await user.sent.root.getByText("1 left out").waitFor();
    assert.match(await user.sent.text(), /2 files/);
    assert.notEqual(await user.sent.spoken(), spoken);
    assert.equal(await user.window.view(EXTENSION_ID).locator("article").count(), 1);
  });

  it("shows the same at another place", async () => {
    const { window, sent, spoken } = await waiting();
    await window.runCommand("View: Move View");
    await window.pick("Transfers");
    await window.pick("New Panel Entry");
    await window.page
      .locator(".part.panel")
      .getByRole("tab", { name: /SecureShare/ })
      .waitFor();
    assert.equal(await sent.spoken(), spoken);
    await window.screenshot("view-in-panel");
  });
});
