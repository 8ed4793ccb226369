import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFile, truncate } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { CliBench } from "../../support/cli";
import { Opened } from "../../support/opened";
import { openTab, type Tab } from "../../support/tab";
import { makeTree } from "../../support/tree";
import { launchBrowser } from "../../support/vscode/browser";
import { TEST_MS } from "../../support/vscode/patience";

const MIB = 1024 * 1024;
/** Isolation from other windows is for secure contexts; the relay cannot know what this one is. */
const IGNORED = "The Cross-Origin-Opener-Policy header has been ignored";
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** As on a local network: a name and no TLS, so neither WebCrypto nor a disk. */
describe("browser page: a context that is not secure", function () {
  this.timeout(TEST_MS);
  let browser: Browser;
  let opened: Opened;
  let bench: CliBench;
  let tab: Tab;
  let relay: string;
  let address: string;
  before(async () => {
    browser = await launchBrowser([
      "--host-resolver-rules=MAP relay.test 127.0.0.1, MAP my_relay.test 127.0.0.1",
    ]);
  });
  after(() => browser.close());
  beforeEach(async () => {
    opened = new Opened();
    bench = opened.add(await CliBench.open());
    ({ url: relay } = await bench.relay());
    address = relay.replace("127.0.0.1", "relay.test");
  });
  afterEach(() => opened.close());

  async function openPage(at = address): Promise<Tab> {
    const page = opened.add(await openTab(browser, at));
    const ours = (problem: string) => !problem.startsWith(IGNORED);
    opened.check(async () => assert.deepEqual((await page.problems()).filter(ours), []));
    return page;
  }

  it("sends and receives at a host and a path with more than letters and digits", async () => {
    const at = `${address.replace("relay.test", "my_relay.test")}/c++/@team`;
    tab = await openPage(`${at}/`);
    await tab.page.locator("#text").fill("from tab to tab");
    await tab.press("sendText");
    const link = await tab.page.locator(".link figcaption bdi").innerText();
    assert.ok(link.startsWith(`${at.replace("ws", "http")}/#`), link);
    const other = await openPage(link);
    await other.press("receive");
    await Promise.all([tab.press("confirm"), other.press("confirm")]);
    await other.press("accept");
    await Promise.all([tab.card("done"), other.card("done")]);
  });

  it("says where it cannot work, and why", async () => {
    tab = await openPage(`${address}/a;b/`);
    const said = tab.page.getByRole("alert").getByText("cannot work at this page's address");
    assert.match(await said.innerText(), /relay\.test:\d+\/a;b\//);
  });

  it("has none of what a secure one has, and says what that means", async () => {
    tab = await openPage();
    const has = await tab.page.evaluate(() => ({
      secure: isSecureContext,
      subtle: "subtle" in crypto,
      storage: "storage" in navigator,
    }));
    assert.deepEqual(has, { secure: false, subtle: false, storage: false });
    assert.ok(await tab.page.getByText("came over an unencrypted connection").isVisible());
  });

  it("receives in memory, and tells the limit before anything is accepted", async () => {
    const content = randomBytes(3 * MIB + 1);
    await makeTree(bench.path("from"), { "a.bin": { content } });
    const sender = bench.start(["send", "from/a.bin", "--relay", relay, "--yes", "--json"]);
    tab = await openPage();
    await tab.receive((await sender.event("code")).code);
    await tab.press("confirm");
    await tab.card("offer");
    assert.match(await tab.page.locator(".target").innerText(), /kept in memory: at most 512\sMB/);
    await tab.press("accept");
    await tab.card("done");
    const saved = await tab.download("save");
    assert.equal(sha256(await readFile(await saved.path())), sha256(content));
  });

  it("shows that an offer is too large, and takes none of it", async () => {
    await makeTree(bench.path("from"), { "sparse.bin": "" });
    await truncate(bench.path("from/sparse.bin"), 513 * MIB);
    const sender = bench.start(["send", "from/sparse.bin", "--relay", relay, "--yes", "--json"]);
    tab = await openPage();
    await tab.receive((await sender.event("code")).code);
    await tab.press("confirm");
    await tab.card("offer");
    assert.match(await tab.page.locator(".target .note-error").innerText(), /Too little space/);
    await tab.press("accept");
    await tab.card("failed");
    assert.equal(await tab.page.locator(".error-code").innerText(), "E_NO_SPACE");
  });

  it("sends, and copies the code without the newer clipboard", async () => {
    const content = randomBytes(2 * MIB);
    await makeTree(bench.path("from"), { "a.bin": { content } });
    tab = await openPage();
    await tab.page.locator("#pick-files").setInputFiles(bench.path("from/a.bin"));
    const code = await tab.code();
    const button = tab.page.locator('[data-action^="copy-spoken"]');
    await tab.page.evaluate(() => Object.assign(document, { execCommand: () => false }));
    await button.click();
    assert.match(await button.innerText(), /^Copy/, "nothing was copied");
    await tab.page.evaluate(() => Reflect.deleteProperty(document, "execCommand"));
    await button.click();
    assert.ok(await button.evaluate((element) => element === document.activeElement));
    await tab.page.locator("#text").focus();
    await tab.page.keyboard.press("Control+V");
    const pasted = tab.page.locator("#text");
    await tab.page.waitForFunction(
      (field) => field instanceof HTMLTextAreaElement && field.value !== "",
      await pasted.elementHandle(),
    );
    assert.match(await pasted.inputValue(), new RegExp(`^${code}@relay\\.test`));
    const options = ["--relay", relay, "--out", "to", "--yes", "--json"];
    const receiver = bench.start(["receive", code, ...options]);
    await tab.press("confirm");
    assert.equal((await receiver.ended).exitCode, 0);
    assert.equal(sha256(await readFile(bench.path("to/a.bin"))), sha256(content));
  });
});
