import assert from "node:assert/strict";
import { describeTree } from "../support/tree";
import { TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import { confirmed } from "../support/vscode/users";

describe("the view of the transfers", function () {
  this.timeout(TEST_MS);
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

  it("leaves out what .gitignore names once that is ticked, under the same code", async () => {
    const tree = { "Папка/.gitignore": "*.log\n", "Папка/a.log": "1", "Папка/b.txt": "2" };
    const user = await stage.sitDown("sender", tree);
    const spoken = await user.send("Папка");
    assert.match(await user.sent.text(), /3 files/);
    await user.sent.root.getByRole("checkbox", { name: /gitignore/ }).click();
    await user.sent.root.getByText("1 left out").waitFor();
    assert.match(await user.sent.text(), /2 files/);
    assert.equal(await user.sent.spoken(), spoken);

    const receiver = await stage.sitDown("sender");
    await receiver.receive(spoken);
    await confirmed(user, receiver);
    await receiver.received.press("accept");
    await Promise.all([receiver.received.reaches("done"), user.sent.reaches("done")]);
    const came = (await describeTree(receiver.folder)).map((line) => line.split(" ", 1)[0]);
    assert.deepEqual(came, ["Папка", "Папка/.gitignore", "Папка/b.txt"]);
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
