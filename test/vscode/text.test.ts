import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import { confirmed, type User } from "../support/vscode/users";

const SHOW = "SecureShare: Show Transfers";
/** Would do something if it were run, drawn or read as markup. */
const TEXT = "rm -rf ~ # <b>$(alert)</b> [x](command:workbench.action.quit)\n\tдругий рядок";

describe("a text", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({
    sender: { extension: TEST_ROOT, settings },
    receiver: { extension: TEST_ROOT },
  });

  async function sendsText({ window, sent }: User): Promise<string> {
    const { page } = window;
    await window.showExplorer();
    await page.locator(".explorer-folders-view").getByText("лист.txt", { exact: true }).dblclick();
    await page.getByRole("tab", { name: "лист.txt" }).waitFor();
    await window.selectText();
    await window.runCommand("SecureShare: Send Selected Text");
    return sent.spoken();
  }

  it("is shown as it is, saved where its user says, and not there any more after a reload", async () => {
    const sender = await stage.sitDown("sender", { "лист.txt": TEXT });
    const receiver = await stage.sitDown("receiver");
    await receiver.receive(await sendsText(sender));
    assert.match(await sender.sent.text(), /Text message, \d+\sbytes/);
    await confirmed(sender, receiver);
    await receiver.received.press("accept");
    await Promise.all([receiver.received.reaches("done"), sender.sent.reaches("done")]);
    assert.equal(await receiver.received.root.locator("pre").innerText(), TEXT);
    await receiver.photograph("received-text");

    const saved = join(receiver.folder, "збережене.txt");
    await receiver.received.press("saveText");
    await receiver.window.chooseFolder(saved);
    await receiver.window.showExplorer();
    const explorer = receiver.window.page.locator(".explorer-folders-view");
    await explorer.getByText("збережене.txt").waitFor();
    assert.equal(await readFile(saved, "utf8"), TEXT);

    await receiver.window.reload();
    await receiver.window.runCommand(SHOW);
    await receiver.received.reaches("done");
    assert.match(await receiver.received.text(), /never written to a disk/);
    assert.equal(await receiver.received.root.locator("pre").count(), 0);
  });

  it("cannot outlive its window while it waits, which says so", async () => {
    const sender = await stage.sitDown("sender", { "лист.txt": TEXT });
    await sendsText(sender);
    await sender.window.reload();
    await sender.window.runCommand(SHOW);
    const failure = await sender.sent.failure();
    assert.equal(failure.code, "E_INTERRUPTED");
    assert.match(failure.text, /its window was closed or reloaded/);
    assert.equal(await sender.sent.root.locator("[data-action=retry]").count(), 0);
    await sender.photograph("text-after-reload");
  });
});
