import assert from "node:assert/strict";
import { useStage } from "../support/vscode/stage";

describe("the view of the transfers", function () {
  this.timeout(90_000);
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
