import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { LANGUAGES } from "../../../l10n/language";
import { launchBrowser } from "../../support/vscode/browser";
import { buildPanel, type OpenPanel, openPanel, readAxe } from "./panel";
import { type StateName, states } from "./states";
import type { Theme } from "./themes";

const SHOTS = `${TEST_ROOT}out/screenshots/view`;
const names = Object.keys(states) as StateName[];
/** Each theme with a language, so that all themes and all languages are seen. */
const looks = [
  ["dark", "en"],
  ["light", "uk"],
  ["hcDark", "de"],
  ["hcLight", "en"],
] as const satisfies readonly (readonly [Theme, string])[];

interface AxeResult {
  violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
}

/** WCAG 2.2 AA, on the whole document. */
async function axe({ page }: OpenPanel, source: string): Promise<string[]> {
  await page.evaluate(source);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await page.evaluate<AxeResult>(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)} })`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`),
  );
}

/** Opens what a user could open, and closes the rest. */
function unfold({ page }: OpenPanel, which: string): Promise<void> {
  return page.evaluate((selector) => {
    for (const details of document.querySelectorAll("details"))
      details.toggleAttribute("open", details.matches(selector));
  }, which);
}

/** What sticks out of a narrow view, by its tag and class. */
function overflowing({ page }: OpenPanel): Promise<string[]> {
  return page.evaluate(() =>
    Array.from(document.querySelectorAll("body *"))
      .filter((element) => !element.classList.contains("spoken"))
      .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 0.5)
      .map((element) => `${element.tagName}.${element.className}`),
  );
}

describe("view: every state", function () {
  this.timeout(60_000);
  let browser: Browser;
  let files: ReadonlyMap<string, Uint8Array>;
  let source: string;
  before(async () => {
    [browser, files, source] = await Promise.all([launchBrowser(), buildPanel(), readAxe()]);
    await mkdir(SHOTS, { recursive: true });
  });
  after(() => browser.close());

  for (const [theme, language] of looks) {
    it(`passes axe and keeps its policy in ${theme}, ${language}`, async () => {
      const panel = await openPanel(browser, files, { theme });
      const found: string[] = [];
      for (const name of names) {
        await panel.show(states[name], language);
        await unfold(panel, ".history");
        await panel.page.screenshot({ path: `${SHOTS}/${name}-${theme}.png`, fullPage: true });
        await unfold(panel, "details");
        for (const problem of await axe(panel, source)) found.push(`${name}: ${problem}`);
        assert.deepEqual(await panel.problems(), [], name);
      }
      await panel.close();
      assert.deepEqual(found, []);
    });
  }

  it("would fail axe with a button that has no name", async () => {
    const nameless = await buildPanel({
      file: "webview/ui/elements.ts",
      from: "aria-label=${label}\n    title=${label}",
      to: "",
    });
    const panel = await openPanel(browser, nameless);
    await panel.show(states.failed);
    assert.match((await axe(panel, source)).join(), /button-name/);
    await panel.close();
  });

  it("fits a view 240 pixels wide in every language", async () => {
    const panel = await openPanel(browser, files, { width: 240 });
    for (const language of LANGUAGES) {
      for (const name of names) {
        await panel.show(states[name], language);
        await unfold(panel, "details");
        assert.deepEqual(await overflowing(panel), [], `${name} ${language}`);
      }
      await panel.show(states.several, language);
      await panel.page.screenshot({ path: `${SHOTS}/narrow-${language}.png`, fullPage: true });
    }
    await panel.close();
  });

  it("leaves no placeholder unfilled and no key untranslated", async () => {
    const panel = await openPanel(browser, files);
    for (const language of LANGUAGES) {
      for (const name of names) {
        await panel.show(states[name], language);
        const shown = await panel.page.locator("body").innerText();
        assert.doesNotMatch(shown, /\{\w+\}|undefined|NaN|\[object/, `${name} ${language}`);
        assert.equal(await panel.page.locator("html").getAttribute("lang"), language);
      }
    }
    await panel.close();
  });

  it("shows no motion to those who want none, and draws in forced colours", async () => {
    const panel = await openPanel(browser, files, { reducedMotion: true, forcedColors: true });
    await panel.show(states.connecting);
    const running = await panel.page.evaluate(() => document.getAnimations().length);
    assert.equal(running, 0);
    await panel.show(states.waiting);
    const fill = await panel.page
      .locator(".qr path")
      .evaluate((path) => [getComputedStyle(path).fill, getComputedStyle(path).forcedColorAdjust]);
    assert.deepEqual(fill, ["rgb(0, 0, 0)", "none"]);
    await panel.close();
  });
});
