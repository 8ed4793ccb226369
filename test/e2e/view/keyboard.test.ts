import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../../support/vscode/browser";
import { TEST_MS } from "../../support/vscode/patience";
import { buildPanel, type OpenPanel, openPanel } from "./panel";
import { type StateName, states } from "./states";

/** More stops than any state has. */
const STOPS_MAX = 200;
const OPERABLE = "vscode-button, vscode-textfield, button, select, summary, input, [tabindex='0']";

interface Stop {
  /** Tag, what it does, and its name. */
  readonly what: string;
  /** Something is drawn around it, or around a part of it. */
  readonly outlined: boolean;
}

/** Where the keyboard is; `undefined` outside of the document. */
function stop({ page }: OpenPanel): Promise<Stop | undefined> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return undefined;
    element.setAttribute("data-reached", "");
    const parts = [element, ...(element.shadowRoot?.querySelectorAll("*") ?? [])];
    const outlined = parts.some((part) => {
      const { outlineStyle, outlineWidth, outlineColor, borderColor } = getComputedStyle(part);
      const drawn = outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0;
      // A text field's own border takes the colour of the focus.
      const probe = document.createElement("i");
      probe.style.color = "var(--vscode-focusBorder)";
      document.body.append(probe);
      const focus = getComputedStyle(probe).color;
      probe.remove();
      return (drawn && outlineColor !== "rgba(0, 0, 0, 0)") || borderColor === focus;
    });
    const action = element.getAttribute("data-action") ?? element.id;
    return { what: `${element.localName} ${action}`, outlined };
  });
}

/** Presses Tab from the top of the document to its end. */
async function walk(panel: OpenPanel): Promise<Stop[]> {
  const stops: Stop[] = [];
  while (stops.length < STOPS_MAX) {
    await panel.page.keyboard.press("Tab");
    const next = await stop(panel);
    if (next === undefined) return stops;
    stops.push(next);
  }
  throw new Error("the keyboard does not leave the view");
}

/** What a mouse could use and the keyboard has not come to. */
function missed({ page }: OpenPanel): Promise<string[]> {
  return page.evaluate((operable) => {
    const usable = (element: Element) =>
      element.checkVisibility() &&
      !element.hasAttribute("disabled") &&
      element.getAttribute("aria-disabled") !== "true";
    return Array.from(document.querySelectorAll(operable))
      .filter((element) => usable(element) && !element.hasAttribute("data-reached"))
      .map(
        (element) => `${element.localName} ${element.getAttribute("data-action") ?? element.id}`,
      );
  }, OPERABLE);
}

describe("view: by keyboard alone", function () {
  this.timeout(TEST_MS);
  let browser: Browser;
  let files: ReadonlyMap<string, Uint8Array>;
  before(async () => {
    [browser, files] = await Promise.all([launchBrowser(), buildPanel()]);
  });
  after(() => browser.close());

  it("everything in every state is reached, and the place is seen", async () => {
    const panel = await openPanel(browser, files);
    for (const name of Object.keys(states) as StateName[]) {
      await panel.show(states[name]);
      await panel.page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
        for (const reached of document.querySelectorAll("[data-reached]"))
          reached.removeAttribute("data-reached");
      });
      const stops = await walk(panel);
      assert.ok(stops.length > 3, name);
      assert.deepEqual(await missed(panel), [], name);
      const unseen = stops.filter(({ outlined }) => !outlined).map(({ what }) => what);
      assert.deepEqual(unseen, [], name);
    }
    await panel.close();
  });

  it("would be found wanting without the outline, or with a button that is skipped", async () => {
    const bare = await buildPanel({
      file: "webview/ui/elements.ts",
      from: 'type="button"',
      to: 'type="button" tabindex="-1"',
    });
    const panel = await openPanel(browser, bare);
    await panel.show(states.failed);
    await panel.page.locator("details.log summary").evaluate((summary) => {
      if (summary instanceof HTMLElement) summary.style.outline = "none";
    });
    const stops = await walk(panel);
    assert.deepEqual(await missed(panel), ["button dismiss"]);
    assert.deepEqual(
      stops.filter(({ outlined }) => !outlined).map(({ what }) => what),
      ["summary "],
    );
    await panel.close();
  });

  it("opens the log, goes through a list and answers, in the order of the eye", async () => {
    const panel = await openPanel(browser, files);
    await panel.show(states.offer);
    const order = (await walk(panel)).map(({ what }) => what);
    const at = (action: string) => order.findIndex((what) => what.endsWith(` ${action}`));
    assert.ok(at("selectAll") < at("chooseFolder"));
    assert.ok(at("chooseFolder") < at("accept"));
    assert.ok(at("accept") < at("decline"));
    assert.ok(at("decline") < at("send"));
    await panel.page.locator("details.log summary").focus();
    await panel.page.keyboard.press("Enter");
    assert.equal(await panel.page.locator("details.log").getAttribute("open"), "");
    await panel.close();
  });
});
