import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { CliBench, type CliProcess } from "../../support/cli";
import { makeTree } from "../../support/tree";
import { launchBrowser } from "../../support/vscode/browser";
import { openTab, type Tab } from "./tab";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("browser page: transfers with the command line", function () {
  this.timeout(60_000);
  let browser: Browser;
  let bench: CliBench;
  let tab: Tab;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    bench = await CliBench.open();
  });
  afterEach(async () => {
    await tab.close();
    await bench.close();
  });

  async function sameDigits(process: CliProcess): Promise<void> {
    await tab.card("verify");
    const { code } = await process.event("verify");
    assert.equal(await tab.digits(), code);
    await tab.press("confirm");
  }

  it("receives one file and saves it", async () => {
    const content = randomBytes(5 * 1024 * 1024 + 3);
    await makeTree(bench.path("from"), { "Größe 1.bin": { content } });
    const { url } = await bench.relay();
    const sender = bench.start(["send", "from/Größe 1.bin", "--relay", url, "--yes", "--json"]);
    const { link } = await sender.event("code");
    tab = await openTab(browser, link);
    assert.equal(new URL(tab.page.url()).hash, "");
    await tab.press("receive");
    await sameDigits(sender);
    await tab.card("offer");
    await tab.press("accept");
    await tab.card("done");
    const saved = await tab.download("save");
    assert.equal(saved.suggestedFilename(), "Größe 1.bin");
    assert.equal(sha256(await readFile(await saved.path())), sha256(content));
    assert.equal((await sender.ended).exitCode, 0);
    assert.deepEqual(await tab.problems(), []);
  });
});
