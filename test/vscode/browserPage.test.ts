import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { readQr } from "../support/qr";
import { openTab } from "../support/tab";
import { launchBrowser } from "../support/vscode/browser";
import { eventually } from "../support/vscode/eventually";
import { PATIENCE_MS, TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";

/** The window's own relay serves the page, and its QR code leads there. */
describe("a receiver who has only a browser", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({ sender: { extension: TEST_ROOT, settings } });
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());

  it("scans the code in the view, compares digits, accepts and saves, and none of it is in the log", async () => {
    const sender = await stage.sitDown("sender", { "лист.txt": "Доброго дня" });
    const spoken = await sender.send("лист.txt");
    const qr = sender.sent.root.locator("svg.qr");
    const path = (await qr.locator("path").getAttribute("d")) ?? "";
    const size = Number((await qr.getAttribute("viewBox"))?.split(" ")[3]);
    const tab = await openTab(browser, readQr({ size, path }));
    assert.match(
      await tab.page.locator("section.send").innerText(),
      /takes files from there only/,
      "a window's relay is its owner's to send through",
    );
    await tab.press("receive");
    await tab.card("verify");
    const digits = await sender.sent.digits();
    assert.equal(await tab.digits(), digits);
    await Promise.all([tab.press("confirm"), sender.sent.press("confirm")]);
    await tab.press("accept");
    await Promise.all([tab.card("done"), sender.sent.reaches("done")]);
    const saved = await tab.download("save");
    assert.equal(saved.suggestedFilename(), "лист.txt");
    assert.equal(await readFile(await saved.path(), "utf8"), "Доброго дня");
    assert.deepEqual(await tab.problems(), []);
    await tab.close();

    const log = await logBelow(stage.root("sender"));
    const code = spoken.split("@", 1)[0] ?? "";
    const secret = code.replaceAll("-", "").slice(5, 11);
    for (const hidden of [code, code.replaceAll("-", ""), secret, digits, "лист", "Доброго"])
      assert.ok(!log.includes(hidden), `${hidden} in the log:\n${log}`);
  });
});

/** What the window's log says, once it says that all is done. */
function logBelow(root: string): Promise<string> {
  return eventually(PATIENCE_MS, async () => {
    const entries = await readdir(root, { recursive: true });
    const file = entries.find((path) => path.endsWith("/SecureShare.log"));
    const log = await readFile(join(root, file ?? ""), "utf8");
    assert.match(log, /Completed/);
    return log;
  });
}
