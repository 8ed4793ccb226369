import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { describeTree } from "../support/tree";
import { TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import { confirmed, type User } from "../support/vscode/users";

/** Means something to every place of VS Code that reads markup. */
const HOSTILE =
  "[x](command:workbench.action.quit) $(alert) **b** <img src=x onerror=alert(1)>.txt";
/** What could have become of it. */
const MARKUP = "a[href], a[data-href], img, b, strong:not(.failure *), .codicon-alert";

describe("a name full of markup", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({
    sender: { extension: TEST_ROOT, settings },
    receiver: { extension: TEST_ROOT },
  });

  let sender: User;
  let receiver: User;
  before(async () => {
    sender = await stage.sitDown("sender", { [HOSTILE]: "content" });
    receiver = await stage.sitDown("receiver");
    for (const { window } of [sender, receiver])
      window.page.on("dialog", (dialog) => assert.fail(`a script ran: ${dialog.message()}`));
  });

  it("is plain text in the view, and on the disk what it was", async () => {
    const spoken = await sender.send(HOSTILE);
    await isPlain(sender.sent.root);
    await receiver.receive(spoken);
    await confirmed(sender, receiver);
    await isPlain(receiver.received.root.locator(".tree"));
    await receiver.photograph("offer-hostile");
    await receiver.received.press("accept");
    await Promise.all([receiver.received.reaches("done"), sender.sent.reaches("done")]);
    await isPlain(receiver.received.root);
    await isPlain(sender.sent.root.locator(".results"));
    assert.deepEqual(await describeTree(receiver.folder), await describeTree(sender.folder));
  });

  it("is plain text in the status bar and in lists", async () => {
    const { window } = sender;
    await sender.send(HOSTILE);
    const item = window.statusItem("transfers");
    await item.hover();
    await isPlain(window.page.locator(".monaco-hover"), "[x]");
    await sender.send(HOSTILE);
    await window.runCommand("SecureShare: Cancel Transfer");
    await isPlain(window.page.locator(".quick-input-list"), "[x]");
    await window.screenshot("list-hostile");
  });

  it("is plain text in a notification", async () => {
    const before = await describeTree(receiver.folder);
    await receiver.receive(await sender.send(HOSTILE));
    await confirmed(sender, receiver);
    // The failure is told by a notification where the view is hidden.
    await sender.window.showExplorer();
    await rm(join(sender.folder, HOSTILE));
    await receiver.received.press("accept");
    const notification = await sender.window.notification("is no longer there");
    await isPlain(notification);
    await sender.window.screenshot("notification-hostile");
    await isPlain(receiver.received.root);
    assert.equal((await receiver.received.failure()).code, "E_SOURCE_VANISHED");
    assert.doesNotMatch(await receiver.received.root.innerText(), /finished and kept/);
    assert.deepEqual(await describeTree(receiver.folder), before);
  });
});

/** The place shows the name, or the start of it where it is shortened, as text alone. */
async function isPlain(place: Locator, name = HOSTILE): Promise<void> {
  await place.getByText(name).first().waitFor();
  // Characters of no width keep the workbench from reading it as markup.
  const shown = (await place.innerText()).replaceAll("\u200b", "");
  assert.ok(shown.includes(HOSTILE.slice(0, 40)), shown);
  assert.equal(await place.locator(MARKUP).count(), 0, await place.innerHTML());
}
