import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { CliBench } from "../../support/cli";
import { Opened } from "../../support/opened";
import { openTab, type Tab } from "../../support/tab";
import { makeTree } from "../../support/tree";
import { launchBrowser } from "../../support/vscode/browser";
import { TEST_MS } from "../../support/vscode/patience";

/** Drops a file of this computer on the page, as a user's hand does. */
async function drop(tab: Tab, file: string): Promise<void> {
  const session = await tab.page.context().newCDPSession(tab.page);
  const zone = await tab.page.locator(".drop").boundingBox();
  assert.ok(zone);
  const at = { x: zone.x + zone.width / 2, y: zone.y + zone.height / 2 };
  const data = { items: [], files: [file], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await session.send("Input.dispatchDragEvent", { type, ...at, data });
}

describe("browser page: files that change", function () {
  this.timeout(TEST_MS);
  const opened = new Opened();
  let browser: Browser;
  let bench: CliBench;
  before(async () => {
    browser = opened.add(await launchBrowser());
    bench = opened.add(await CliBench.open());
  });
  after(() => opened.close());

  it("are sent anew when both users agree, where they were dropped one by one", async () => {
    await makeTree(bench.path("from"), { "a.txt": "as it was" });
    const { url } = await bench.relay();
    const [sender, receiver] = [await openTab(browser, url), await openTab(browser, url)];
    await drop(sender, bench.path("from/a.txt"));
    await sender.card("waiting");
    await writeFile(bench.path("from/a.txt"), "as it is now, which is longer");
    await receiver.receive(await sender.code());
    await Promise.all([sender.press("confirm"), receiver.press("confirm")]);
    await receiver.press("accept");
    await sender.press("changedYes");
    await receiver.press("changedYes");
    await Promise.all([sender.card("done"), receiver.card("done")]);
    const saved = await receiver.download("save");
    assert.equal(await readFile(await saved.path(), "utf8"), "as it is now, which is longer");
    for (const tab of [sender, receiver]) assert.deepEqual(await tab.problems(), []);
  });
});
