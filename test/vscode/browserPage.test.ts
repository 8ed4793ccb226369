import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { readQr } from "../support/qr";
import { openTab } from "../support/tab";
import { launchBrowser } from "../support/vscode/browser";
import { TEST_MS } from "../support/vscode/patience";
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

  it("scans the code in the view, compares digits, accepts and saves", async () => {
    const sender = await stage.sitDown("sender", { "лист.txt": "Доброго дня" });
    await sender.send("лист.txt");
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
    assert.equal(await tab.digits(), await sender.sent.digits());
    await Promise.all([tab.press("confirm"), sender.sent.press("confirm")]);
    await tab.press("accept");
    await Promise.all([tab.card("done"), sender.sent.reaches("done")]);
    const saved = await tab.download("save");
    assert.equal(saved.suggestedFilename(), "лист.txt");
    assert.equal(await readFile(await saved.path(), "utf8"), "Доброго дня");
    assert.deepEqual(await tab.problems(), []);
    await tab.close();
  });
});
