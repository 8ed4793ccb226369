import assert from "node:assert/strict";
import { mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { describeTree } from "../support/tree";
import { EXTENSION_ID } from "../support/vscode/card";
import { eventually } from "../support/vscode/eventually";
import { networkTo, TRICKLE } from "../support/vscode/network";
import { PATIENCE_MS, TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import { confirmed, type User } from "../support/vscode/users";

/** Means something to every place of VS Code that reads markup. */
const HOSTILE =
  "[x](command:workbench.action.quit) $(alert) **b** <img src=x onerror=alert(1)>.txt";
/** Colours a terminal, rings, and reads from right to left: such a name is left out. */
const CONTROLS = "\u001b[31mred\u0007 invoice\u202efdp.exe";
const CONTROLS_SHOWN = "␛[31mred␇ invoice\\u{202e}fdp.exe";
const UNSEEN = /(?![\n\t])[\p{Cc}\u202e]/u;
const LARGE = 16 * 2 ** 20;
const SHOW = "SecureShare: Show Transfers";
/** What could have become of it. */
const MARKUP = "a[href], a[data-href], img, b, strong:not(.failure *), .codicon-alert";

describe("a name full of markup", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({
    sender: { extension: TEST_ROOT, settings },
    receiver: { extension: TEST_ROOT },
  });

  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  let sender: User;
  let receiver: User;
  before(async () => {
    sender = await stage.sitDown("sender", {
      [HOSTILE]: "content",
      [`Тека/${CONTROLS}`]: "content",
      [`Тека/${HOSTILE}`]: "",
    });
    receiver = await stage.sitDown("receiver");
    for (const { window } of [sender, receiver])
      window.page.on("dialog", (dialog) => assert.fail(`a script ran: ${dialog.message()}`));
  });

  it("is plain text in the view, and on the disk what it was", async () => {
    const spoken = await sender.send(HOSTILE, "Тека");
    await isPlain(sender.sent.root);
    await sender.sent.root.getByText(CONTROLS_SHOWN).waitFor({ state: "attached" });
    await receiver.receive(spoken);
    await confirmed(sender, receiver);
    await isPlain(receiver.received.root.locator(".tree"));
    await receiver.photograph("offer-hostile");
    await receiver.received.press("accept");
    await Promise.all([receiver.received.reaches("done"), sender.sent.reaches("done")]);
    await isPlain(receiver.received.root);
    await isPlain(sender.sent.root.locator(".results"));
    const kept = await describeTree(sender.folder);
    assert.deepEqual(
      await describeTree(receiver.folder),
      kept.filter((line) => !line.includes("invoice")),
    );

    await receiver.received.dismiss();
    const history = receiver.window.view(EXTENSION_ID).locator(".history");
    await history.locator("summary").click();
    await isPlain(history);
  });

  it("is plain text in the status bar and in lists", async () => {
    const { window } = sender;
    await sender.send(HOSTILE);
    const item = window.statusItem("transfers");
    const waiting = window.view(EXTENSION_ID).locator("article[data-phase=waiting]");
    const hover = window.page.locator(".monaco-hover");
    // What is hovered over may be drawn anew just then.
    await eventually(PATIENCE_MS, async (glanceMs) => {
      await window.page.mouse.move(0, 0);
      await item.hover();
      await hover.getByText("[x]").waitFor({ timeout: glanceMs });
    });
    await isPlain(hover, "[x]");
    await sender.send(HOSTILE);
    // With two that wait, it asks which.
    await waiting.nth(1).waitFor();
    await window.runCommand("SecureShare: Cancel Transfer");
    await isPlain(window.page.locator(".quick-input-list"), "[x]");
    await window.screenshot("list-hostile");
    await window.page.keyboard.press("Escape");
    // What still waits would be taken for what is sent next.
    await sender.clear();
  });

  it("is plain text while it moves, and where it is listed as interrupted", async () => {
    await receiver.clear();
    const folder = await mkdtemp(join(stage.root("sender"), "large-"));
    const file = await open(join(folder, HOSTILE), "w");
    await file.truncate(LARGE);
    await file.close();
    const first = await stage.sitDown("sender", {}, { folder });
    const { network, spoken } = await networkTo(await first.send(HOSTILE));
    closing.push(() => network.close());
    await receiver.receive(spoken);
    await confirmed(first, receiver);
    network.bytesPerSecond = TRICKLE;
    await receiver.received.press("accept");
    await Promise.all([first.sent.reaches("moving"), receiver.received.reaches("moving")]);
    for (const card of [first.sent, receiver.received])
      await isPlain(card.root.locator(".current"));
    await receiver.received.press("pause");

    // To the window it is the same as being closed.
    await first.window.page.goto("about:blank");
    network.cut();
    await receiver.received.reaches("reconnecting");
    await isPlain(receiver.received.root);
    const { window } = sender;
    // A view that comes to the front looks for what other windows have left.
    await window.showExplorer();
    await window.runCommand(SHOW);
    const listed = window.view(EXTENSION_ID).locator("[data-journal]");
    await listed.locator("[data-action=resume]").waitFor();
    await isPlain(listed);
    await window.runCommand("SecureShare: Resume Interrupted Transfer…");
    await isPlain(window.page.locator(".quick-input-list"), "[x]");
    await window.page.keyboard.press("Escape");
    await listed.locator("[data-action=forget]").click();
    await window.dialog().getByRole("button", { name: "Forget" }).click();
    await listed.waitFor({ state: "detached" });
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
  assert.doesNotMatch(shown, UNSEEN);
  assert.equal(await place.locator(MARKUP).count(), 0, await place.innerHTML());
}
