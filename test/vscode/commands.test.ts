import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EXTENSION_ID } from "../support/vscode/card";
import { eventually } from "../support/vscode/eventually";
import { PATIENCE_MS, TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import type { Window } from "../support/vscode/window";

type Texts = Readonly<Record<string, string>>;
const texts = JSON.parse(readFileSync(join(TEST_ROOT, "package.nls.json"), "utf8")) as Texts;
/** The names of the commands, as in `secureshare.NAME`. */
const ALL = Object.keys(texts).flatMap((key) => /^command\.(.*)$/.exec(key)?.[1] ?? []);
const ALWAYS = [
  "changeLanguage",
  "receive",
  "resumeInterrupted",
  "send",
  "sendClipboard",
  "show",
  "showLog",
  "startRelay",
];

const title = (name: string) => `SecureShare: ${texts[`command.${name}`]}`;

/** The commands that the palette offers now. */
async function offered(window: Window, timeout: number): Promise<string[]> {
  const { page } = window;
  await page.keyboard.press("F1");
  await window.input().fill(">SecureShare: ", { timeout });
  await page.locator(".quick-input-list").getByText(title("send")).waitFor({ timeout });
  const rows = await page.locator(".quick-input-list .monaco-list-row .label-name").allInnerTexts();
  await page.keyboard.press("Escape");
  return ALL.filter((name) => rows.includes(title(name)));
}

/** The palette comes to offer just these: the window hears a moment later what has changed. */
async function offers(window: Window, ...names: readonly string[]): Promise<void> {
  await eventually(PATIENCE_MS, async (glanceMs) => {
    assert.deepEqual((await offered(window, glanceMs)).sort(), names.toSorted());
  });
}

describe("the commands in the palette", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({ desk: { extension: TEST_ROOT, settings } });

  it("are there when they can do something, and each does it without arguments", async () => {
    const user = await stage.sitDown("desk", { "лист.txt": "зміст" });
    const { window, sent } = user;
    const { page } = window;
    const run = (name: string) => window.runCommand(title(name));
    const view = window.view(EXTENSION_ID);

    await run("show");
    await view.locator("[data-action=send]").waitFor();
    await offers(window, ...ALWAYS);

    await run("send");
    await page.getByText("What do you want to send?").waitFor();
    await page.keyboard.press("Escape");
    await run("receive");
    await page.getByText("Code or link from the sender").first().waitFor();
    await page.keyboard.press("Escape");
    await run("resumeInterrupted");
    await window.notification("There is no interrupted transfer.");

    await run("startRelay");
    await window.notification(/runs at 127\.0\.0\.1:\d+ until you stop it/);
    await offers(window, ...ALWAYS, "stopRelay");
    await run("stopRelay");
    await window.notification("The relay in this window has been stopped.");
    await offers(window, ...ALWAYS);

    await page.evaluate(() => navigator.clipboard.writeText("текст зі скриньки"));
    await run("sendClipboard");
    const code = await sent.code();
    await offers(window, ...ALWAYS, "cancel", "copyLink", "stopRelay");
    await run("copyLink");
    await window.notification("The link has been copied.");
    const link = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(link.endsWith(`#${code}`), link);
    await run("stopRelay");
    await window.dialog().getByText("1 transfer uses the relay in this window").waitFor();
    await window.dialog().getByRole("button", { name: "Cancel" }).click();
    await run("cancel");
    assert.equal((await sent.failure()).code, "E_CANCELLED");
    await sent.dismiss();

    await page.locator(".explorer-folders-view").waitFor({ state: "hidden" });
    await window.showExplorer();
    await page.locator(".explorer-folders-view").getByText("лист.txt").dblclick();
    await page.locator(".editor-instance .view-line").getByText("зміст").waitFor();
    await window.selectText();
    await eventually(PATIENCE_MS, async (glanceMs) => {
      assert.ok((await offered(window, glanceMs)).includes("sendText"));
    });
    await run("sendText");
    await sent.reaches("waiting");
    await run("cancel");
    await sent.failure();

    await run("changeLanguage");
    await window.pick("Deutsch");
    await view.getByText("Neue Übertragung").waitFor();
    await run("resumeInterrupted");
    await window.notification("Es gibt keine unterbrochene Übertragung.");
    // The last one: a log that has the keyboard opens no palette in newer releases.
    await run("showLog");
    await page
      .locator(".part.panel")
      .getByRole("tab", { name: /Output/ })
      .waitFor();
  });
});
