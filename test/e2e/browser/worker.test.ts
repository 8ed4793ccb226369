import type { Browser } from "playwright-core";
import { page as de } from "../../../l10n/de/page";
import { page as en } from "../../../l10n/en/page";
import { page as uk } from "../../../l10n/uk/page";
import { BEAT, BEATS_MAX } from "../../../webview/receive/pulse";
import { CliBench } from "../../support/cli";
import { Opened } from "../../support/opened";
import { openTab, type Tab } from "../../support/tab";
import { launchBrowser } from "../../support/vscode/browser";
import { TEST_MS } from "../../support/vscode/patience";

const LANGUAGES = [
  ["en-US", en],
  ["uk-UA", uk],
  ["de-DE", de],
] as const;
/** Longer than a worker may say nothing. Milliseconds. */
const SILENCE = BEAT * (BEATS_MAX + 1);

declare global {
  interface Window {
    caught: Worker;
  }
}

/** Runs in the page before its scripts: its worker is in the test's hands. */
function catchWorker(): void {
  window.Worker = class extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      window.caught = this;
    }
  };
}

describe("browser page: its worker", function () {
  this.timeout(TEST_MS);
  let browser: Browser;
  let opened: Opened;
  let url: string;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    opened = new Opened();
    ({ url } = await opened.add(await CliBench.open()).relay());
  });
  afterEach(() => opened.close());

  /** Its clock is the test's, who can make time pass. */
  async function openPage(locale?: string): Promise<Tab> {
    const tab = opened.add(await openTab(browser, url, locale === undefined ? {} : { locale }));
    await tab.page.addInitScript(catchWorker);
    await tab.page.clock.install();
    return tab;
  }
  const says = ({ page }: Tab, text: string) => page.getByRole("alert").getByText(text);

  it("says so where it cannot run, and where it never begins", async () => {
    const tab = await openPage("de-DE");
    await tab.page.route(/worker-/, (route) => route.abort());
    await tab.page.reload();
    await says(tab, de.noWorker).waitFor();
    const mute = await openPage("uk-UA");
    const headers = { "cross-origin-embedder-policy": "require-corp" };
    const worker = { contentType: "text/javascript", headers, body: "" };
    const begun = mute.page.waitForEvent("worker");
    await mute.page.route(/worker-/, (route) => route.fulfill(worker));
    await mute.page.reload();
    await begun;
    await mute.page.clock.runFor(SILENCE);
    await says(mute, uk.noWorker).waitFor();
  });

  for (const [locale, words] of LANGUAGES)
    it(`is missed when it is gone, and not when it was only slow: ${locale}`, async () => {
      const tab = await openPage(locale);
      await tab.page.reload();
      await tab.page.locator("#text").waitFor();
      await tab.page.clock.runFor(SILENCE);
      await says(tab, words.ailing).waitFor({ state: "hidden" });
      await tab.page.evaluate(() => window.caught.terminate());
      await tab.page.clock.runFor(SILENCE);
      await says(tab, words.ailing).waitFor();
    });

  it("says so when it fails", async () => {
    const tab = await openPage();
    await tab.page.reload();
    await tab.page.locator("#text").waitFor();
    await tab.page.evaluate(() => window.caught.postMessage(null));
    await says(tab, en.ailing).waitFor();
  });
});
