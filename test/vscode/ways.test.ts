import assert from "node:assert/strict";
import { join } from "node:path";
import { describeTree } from "../support/tree";
import { type Card, EXTENSION_ID } from "../support/vscode/card";
import { eventually } from "../support/vscode/eventually";
import { PATIENCE_MS, TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import { SEND, type User } from "../support/vscode/users";
import type { Window } from "../support/vscode/window";

describe("ways into a transfer", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({
    sender: { extension: TEST_ROOT, settings },
    receiver: { extension: TEST_ROOT },
  });

  let sender: User;
  let receiver: User;
  before(async () => {
    const tree = { "один.txt": "1", "two.txt": "2", "лист.txt": "1", "Папка/лист.txt": "1" };
    sender = await stage.sitDown("sender", tree);
    receiver = await stage.sitDown("receiver");
  });

  it("start at a dialog for folders when nothing is open", async () => {
    const { window, folder, sent } = sender;
    await window.runCommand(`SecureShare: ${SEND}`);
    await window.pick("Folders…");
    await window.chooseFolder(join(folder, "Папка"));
    await isSending(sent, "Папка");
  });

  it("start at an editor's title menu, its tab and the palette", async () => {
    const { window, sent } = sender;
    const { page } = window;
    await openInEditor(window, "один.txt");
    const more = page.locator(".editor-actions").getByLabel("More Actions...");
    await window.chooseFromMenuOf(more, SEND, "left");
    await isSending(sent, "один.txt");

    await openInEditor(window, "two.txt");
    await window.chooseFromMenuOf(page.getByRole("tab", { name: "two.txt" }), SEND);
    await isSending(sent, "two.txt");

    await page.getByRole("tab", { name: "один.txt" }).click();
    await window.runCommand(`SecureShare: ${SEND}`);
    await window.pick("The file in the editor");
    await isSending(sent, "один.txt");
  });

  it("lead through the code alone, when the address is told on demand", async () => {
    const [code = "", address = ""] = (await sender.send("лист.txt")).split("@");
    await receiver.receive(code.toUpperCase().replaceAll("-", " "));
    await receiver.window.page.getByText("Where is the sender?").waitFor();
    await receiver.window.answer(address);
    await meets(sender, receiver);
  });

  it("lead through a link in the view, whose relay the user agrees to", async () => {
    await sender.send("лист.txt");
    const link = await sender.sent.root.locator("figcaption bdi").innerText();
    const { window } = receiver;
    await window.runCommand("SecureShare: Show Transfers");
    const view = window.view(EXTENSION_ID);
    const field = view.locator("vscode-textfield input");
    // The command gives the view the keyboard a moment after it was chosen.
    await eventually(PATIENCE_MS, async () => {
      await field.fill(link);
      assert.equal(await field.inputValue(), link);
    });
    // Pressed twice, as some do, it asks and receives once.
    await view.locator("[data-action=receive]").dblclick();
    await window.dialog().getByText(new URL(link).host).waitFor();
    await window.screenshot("link-question");
    await window.dialog().getByRole("button", { name: "Connect" }).click();
    await meets(sender, receiver);
    assert.deepEqual(await describeTree(receiver.folder), []);
  });
});

async function openInEditor(window: Window, name: string): Promise<void> {
  const { page } = window;
  await window.showExplorer();
  await page.locator(".explorer-folders-view").getByText(name, { exact: true }).dblclick();
  await page.getByRole("tab", { name }).waitFor();
}

/** The only transfer waits with just this; it is taken away, to make room for the next. */
async function isSending(sent: Card, name: string): Promise<void> {
  await sent.reaches("waiting");
  assert.equal(await sent.root.locator("h2").innerText(), `Sending:\n${name}`);
  await sent.press("cancel");
  assert.equal((await sent.failure()).code, "E_CANCELLED");
  await sent.dismiss();
}

/** They compare the same digits; both leave it at that, to make room for the next. */
async function meets(sender: User, receiver: User): Promise<void> {
  assert.equal(await receiver.received.digits(), await sender.sent.digits());
  for (const user of [sender, receiver]) await user.clear();
}
