import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { LANGUAGES, type Language } from "../../../l10n/language";
import { PICTURES } from "../../../scripts/pictures.mjs";
import { launchBrowser } from "../../support/vscode/browser";
import { TEST_MS } from "../../support/vscode/patience";
import { axe, readAxe } from "./axe";
import { buildPanel, type Edit, type OpenPanel, openPanel } from "./panel";
import { type StateName, states } from "./states";
import type { Theme } from "./themes";

const SHOTS = `${TEST_ROOT}out/screenshots/view`;
const names = Object.keys(states) as StateName[];
type Look = readonly [Theme, Language];
/** Each theme with a language, so that all themes and all languages are seen. */
const SOME_LOOKS: readonly Look[] = [
  ["dark", "en"],
  ["light", "uk"],
  ["hcDark", "de"],
  ["hcLight", "en"],
];
const EVERY_LOOK: readonly Look[] = SOME_LOOKS.flatMap(([theme]) =>
  LANGUAGES.map((language) => [theme, language] as const),
);
const looks = process.env["SECURESHARE_FULL"] === "1" ? EVERY_LOOK : SOME_LOOKS;

/** Opens what a user could open, and closes the rest. */
function unfold({ page }: OpenPanel, which: string): Promise<void> {
  return page.evaluate((selector) => {
    for (const details of document.querySelectorAll("details"))
      details.toggleAttribute("open", details.matches(selector));
  }, which);
}

/** What sticks out of the view or is cut off, in the elements' own trees too, by tag and class. */
function overflowing({ page }: OpenPanel): Promise<string[]> {
  return page.evaluate(() => {
    const all = (root: ParentNode): Element[] => {
      const elements = Array.from(root.querySelectorAll("*"));
      const inner = elements.flatMap(({ shadowRoot }) => (shadowRoot ? all(shadowRoot) : []));
      return elements.concat(inner);
    };
    const context = document.createElement("canvas").getContext("2d");
    /** A list box tells of no overflow: its longest choice has to fit beside the arrow. */
    const tooNarrow = (element: Element): boolean => {
      if (!(element instanceof HTMLSelectElement) || context === null) return false;
      const { font, paddingLeft, paddingRight } = getComputedStyle(element);
      context.font = font;
      const longest = Math.max(
        ...Array.from(element.options, ({ text }) => context.measureText(text).width),
      );
      const arrow = 18;
      const padding = Number.parseFloat(paddingLeft) + Number.parseFloat(paddingRight);
      return longest > element.clientWidth - padding - arrow;
    };
    return all(document.body)
      .filter((element) => element.closest(".spoken") === null && element.localName !== "input")
      .filter((element) => element.checkVisibility())
      .filter((element) => {
        const { overflowX, display } = getComputedStyle(element);
        const cut = overflowX !== "visible" && display !== "inline";
        return (
          element.getBoundingClientRect().right > window.innerWidth + 0.5 ||
          (cut && element.scrollWidth > element.clientWidth + 1) ||
          tooNarrow(element)
        );
      })
      .map((element) => `${element.localName}.${element.className} ${element.textContent ?? ""}`);
  });
}

/** Every text half as long again and in brackets; what stands outside was in no catalogue. */
const PSEUDO: Edit = {
  file: "l10n/message.ts",
  from: "export function format(",
  to: `export function format(...parts: Parameters<typeof plain>): string {
  const text = plain(...parts);
  return "⟦" + text + " löng".repeat(Math.ceil(text.length / 10)) + "⟧";
}
function plain(`,
};

/** Numbers with their units, times, and the digest's and the product's own names. */
const NO_TEXT =
  /\b(?:[MGk]?B|bytes|[AP]M|sec|Nov|SHA-256|SecureShare)\b|(?<=\d)(?:[AP]M|sec|bytes|[MGk]?B)/g;

/** All text, for screen readers too, without what comes from outside and languages' own names. */
function catalogueText({ page }: OpenPanel): Promise<string> {
  return page.evaluate(() => {
    const body = document.body.cloneNode(true) as HTMLElement;
    for (const element of body.querySelectorAll("bdi, code, pre, .code, .error-code, option"))
      element.remove();
    const labels = Array.from(body.querySelectorAll("[aria-label], [title]"), (element) =>
      element.getAttribute("aria-label"),
    );
    // What is isolated in plain text comes from outside as well.
    return [body.textContent, ...labels].join("\n").replace(/\u2068[^\u2069]*\u2069/g, "");
  });
}

/** Innermost brackets first: texts are filled into texts. */
function outsideBrackets(text: string): string {
  const stripped = text.replace(/⟦[^⟦⟧]*⟧/g, "");
  return stripped === text ? text : outsideBrackets(stripped);
}

describe("view: every state", function () {
  this.timeout(TEST_MS);
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
        await unfold(panel, name === "log" ? "details" : ".history");
        await panel.page.screenshot({
          path: `${SHOTS}/${name}-${theme}-${language}.png`,
          fullPage: true,
        });
        await unfold(panel, "details");
        for (const problem of await axe(panel.page, source)) found.push(`${name}: ${problem}`);
        assert.deepEqual(await panel.problems(), [], name);
      }
      await panel.close();
      assert.deepEqual(found, []);
    });
  }

  it("has a picture in the documentation", () => {
    const shown = new Set(
      Object.values(PICTURES).flatMap((pictures) =>
        pictures.map((picture) => picture.replace(/-\w+-\w+$/, "")),
      ),
    );
    assert.deepEqual(
      names.filter((name) => !shown.has(name)),
      [],
    );
  });

  it("would fail axe with a button that has no name", async () => {
    const nameless = await buildPanel({
      file: "webview/ui/elements.ts",
      from: "aria-label=${label}\n    title=${label}",
      to: "",
    });
    const panel = await openPanel(browser, nameless);
    await panel.show(states.failed);
    assert.match((await axe(panel.page, source)).join(), /button-name/);
    await panel.close();
  });

  for (const width of [240, 300])
    it(`fits a view ${width} pixels wide in every language`, async () => {
      const panel = await openPanel(browser, files, { width });
      for (const language of LANGUAGES) {
        for (const name of names) {
          await panel.show(states[name], language);
          await unfold(panel, "details");
          assert.deepEqual(await overflowing(panel), [], `${name} ${language}`);
        }
      }
      await panel.close();
    });

  it("would not fit with a list box as narrow as its shortest choice", async () => {
    const panel = await openPanel(browser, files, { width: 300 });
    await panel.show(states.offer, "de");
    await panel.page
      .locator("select")
      .first()
      .evaluate((select) => {
        if (select instanceof HTMLElement) select.style.width = "90px";
      });
    assert.match((await overflowing(panel)).join(), /select/);
    await panel.close();
  });

  it("shows no text that is in no catalogue, and has room for longer ones", async () => {
    const panel = await openPanel(browser, await buildPanel(PSEUDO), { width: 300 });
    for (const name of names) {
      await panel.show(states[name]);
      await unfold(panel, "details");
      const rest = outsideBrackets(await catalogueText(panel)).replace(NO_TEXT, "");
      assert.deepEqual(rest.match(/\p{L}{2,}/gu) ?? [], [], name);
      const cut = await overflowing(panel);
      // A list box cannot wrap: it may be cut where texts are much longer than any real one.
      assert.deepEqual(
        cut.filter((where) => !where.startsWith("select")),
        [],
        name,
      );
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
