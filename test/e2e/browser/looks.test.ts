import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { CliBench, type CliProcess } from "../../support/cli";
import { FaultProxy } from "../../support/faults/faultProxy";
import { Opened } from "../../support/opened";
import { openTab, type Tab, type TabOptions } from "../../support/tab";
import { makeTree } from "../../support/tree";
import { launchBrowser } from "../../support/vscode/browser";
import { TEST_MS } from "../../support/vscode/patience";
import { axe, readAxe } from "../view/axe";

const SHOTS = `${TEST_ROOT}out/screenshots/page`;
/** Each look with a language of its own, so that all are seen. */
const LOOKS = [
  { locale: "en-US", dark: false, width: 1000 },
  { locale: "uk-UA", dark: true, width: 1000 },
  { locale: "de-DE", dark: false, width: 320 },
] as const satisfies readonly TabOptions[];

describe("browser page: how it looks", function () {
  this.timeout(TEST_MS);
  let browser: Browser;
  let opened: Opened;
  let bench: CliBench;
  let source: string;
  let network: FaultProxy;
  let url: string;
  let tab: Tab;
  before(async () => {
    [browser, source] = await Promise.all([launchBrowser(), readAxe()]);
    await mkdir(SHOTS, { recursive: true });
  });
  after(() => browser.close());
  beforeEach(async () => {
    opened = new Opened();
    bench = opened.add(await CliBench.open());
    ({ url } = await bench.relay());
    network = opened.add(await FaultProxy.open(Number(new URL(url).port)));
    await makeTree(bench.path("from/report"), {
      "summary.txt": "Summary\n",
      "data/figures.bin": { content: randomBytes(4 * 1024 * 1024) },
      ".git/config": "[core]\n",
    });
  });
  afterEach(() => opened.close());

  /** axe finds nothing, nothing sticks out, no text is missing. */
  async function look(state: string, language: string): Promise<void> {
    const found = await axe(tab.page, source);
    assert.deepEqual(found, [], `${state} ${language}`);
    const { wide, shown } = await tab.page.evaluate(() => ({
      wide: document.documentElement.scrollWidth > window.innerWidth,
      shown: document.body.innerText,
    }));
    assert.equal(wide, false, `${state} ${language} is too wide`);
    assert.doesNotMatch(shown, /\{\w+\}|undefined|NaN|\[object/, `${state} ${language}`);
    assert.equal(await tab.page.locator("html").getAttribute("lang"), language);
    await tab.page.screenshot({ path: `${SHOTS}/${state}-${language}.png`, fullPage: true });
  }

  function sender(): CliProcess {
    return bench.start(["send", "from/report", "--relay", url, "--yes", "--json"]);
  }

  for (const options of LOOKS) {
    const language = options.locale.slice(0, 2);
    it(`passes axe in every state: ${language}, ${options.width} wide`, async () => {
      tab = opened.add(await openTab(browser, network.url, options));
      await look("start", language);
      await tab.page.locator("#text").fill("text");
      await tab.press("sendText");
      await tab.card("waiting");
      await look("waiting", language);
      await tab.press("cancel");
      await tab.card("failed");
      await look("failed", language);
      await tab.press("dismiss");
      const sending = sender();
      await tab.receive((await sending.event("code")).code);
      await tab.card("verify");
      await look("verify", language);
      await tab.press("confirm");
      await tab.page.locator(".tag-warning").first().waitFor();
      await look("offer", language);
      const moving = network.reaches("down", network.passed.down + 1024 * 1024);
      network.bytesPerSecond = 1024 * 1024;
      await tab.press("accept");
      await moving;
      // As long as it takes to look.
      network.bytesPerSecond = 32 * 1024;
      await tab.card("moving");
      await tab.page.waitForFunction(() => /\d.* · SecureShare/.test(document.title));
      await look("moving", language);
      network.vanish();
      await tab.card("reconnecting");
      await look("reconnecting", language);
      network.bytesPerSecond = 0;
      network.comeBack();
      await tab.card("done");
      await look("done", language);
      assert.deepEqual(await tab.problems(), []);
    });
  }

  it("opens by a broken link, and where another answers in the relay's place", async () => {
    tab = opened.add(await openTab(browser, url));
    const html = { status: 502, contentType: "text/html", body: "<h1>Bad Gateway</h1>" };
    await tab.page.route(/about\.json/, (route) => route.fulfill(html));
    await tab.page.goto("about:blank");
    await tab.page.goto(`${url.replace(/^ws/, "http")}/#100%`);
    assert.equal(await tab.page.locator("#invitation input").inputValue(), "100%");
  });

  it("speaks another language at once when its user chooses one", async () => {
    tab = opened.add(await openTab(browser, url));
    await tab.page.locator("#language").selectOption("Deutsch");
    await tab.page.getByText("Empfangen").first().waitFor();
    await tab.page.locator("#language").selectOption("Українська");
    await tab.page.getByText("Отримати").first().waitFor();
    assert.equal(await tab.page.locator("html").getAttribute("lang"), "uk");
  });
});
