import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { EXTENSION_ID } from "../support/vscode/card";
import { TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import { confirmed, type User } from "../support/vscode/users";

const SHOW = "SecureShare: Show Transfers";
const NAME = "лист.txt";

describe("a window that is reloaded", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({
    sender: { extension: TEST_ROOT, settings },
    receiver: { extension: TEST_ROOT },
  });

  async function reloaded(...users: readonly User[]): Promise<void> {
    for (const { window } of users) {
      await window.reload();
      await window.runCommand(SHOW);
    }
  }

  async function finished() {
    const sender = await stage.sitDown("sender", { [NAME]: "зміст" });
    const receiver = await stage.sitDown("receiver");
    await receiver.receive(await sender.send(NAME));
    await confirmed(sender, receiver);
    await receiver.received.press("accept");
    await Promise.all([receiver.received.reaches("done"), sender.sent.reaches("done")]);
    return { sender, receiver };
  }

  it("shows the same result, and lists it once its card is closed, until it is forgotten", async () => {
    const { sender, receiver } = await finished();
    const before = await Promise.all([sender.sent.text(), receiver.received.text()]);
    await reloaded(sender, receiver);
    await Promise.all([receiver.received.reaches("done"), sender.sent.reaches("done")]);
    assert.deepEqual(await Promise.all([sender.sent.text(), receiver.received.text()]), before);

    await receiver.received.dismiss();
    await reloaded(receiver);
    const view = receiver.window.view(EXTENSION_ID);
    await view.locator(".history summary").click();
    const line = view.locator("[data-finished]").filter({ hasText: NAME });
    await line.locator("[data-action=revealFinished]").click();
    await receiver.window.page.locator(".explorer-folders-view").getByText(NAME).waitFor();
    await receiver.window.runCommand(SHOW);
    await receiver.photograph("history");
    await rm(join(receiver.folder, NAME));
    await view.locator(".history summary").click();
    await line.locator("[data-action=revealFinished]").click();
    await receiver.window.notification(/is no longer there/);
    await line.locator("[data-action=forgetFinished]").click();
    await line.waitFor({ state: "detached" });
    await reloaded(receiver);
    await view.locator("[data-action=send]").waitFor();
    assert.equal(await line.count(), 0);
    assert.deepEqual(await readdir(receiver.folder), []);
  });

  it("shows the same failure, and one for a code that waited: from both the sender begins anew", async () => {
    const sender = await stage.sitDown("sender", { [NAME]: "зміст" });
    const waiting = sender.window.view(EXTENSION_ID).locator("article[data-phase=waiting]");
    const beginsAnew = async () => {
      await sender.sent.press("retry");
      const asked = sender.window.page.getByText("This computer only", { exact: true });
      const waits = waiting.waitFor();
      await Promise.race([waits, asked.waitFor().catch(() => waits)]);
      // A window that has just started may not have its settings yet, and asks.
      if (await asked.isVisible()) await asked.click();
      await waits;
    };
    await sender.send(NAME);
    await sender.sent.press("cancel");
    await sender.sent.reaches("failed");
    const before = await sender.sent.text();
    await reloaded(sender);
    await sender.sent.reaches("failed");
    assert.equal(await sender.sent.text(), before);
    await beginsAnew();

    const spoken = await sender.sent.spoken();
    await reloaded(sender);
    const failure = await sender.sent.failure();
    assert.equal(failure.code, "E_INTERRUPTED");
    assert.match(failure.text, /its window was closed or reloaded/);
    await beginsAnew();
    assert.notEqual(await sender.sent.spoken(), spoken);
  });
});
