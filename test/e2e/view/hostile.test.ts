import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { ViewState } from "../../../src/bridge/state";
import { launchBrowser } from "../../support/vscode/browser";
import { TEST_MS } from "../../support/vscode/patience";
import { buildPanel, type OpenPanel, openPanel } from "./panel";
import { contents, done, entry, NOW, offer, state, transfer, waiting } from "./states";

const HOSTILE = [
  "<img src=x onerror=window.hacked=1>",
  "<svg/onload=window.hacked=1>",
  "<script>window.hacked=1</script>",
  "</bdi></article><a href=command:workbench.action.quit>quit</a>",
  "[x](command:workbench.action.quit)",
  "$(trash) $(sync~spin)",
  "\u001b[31mred\u001b[0m\u0007",
  "invoice\u202efdp.exe",
  "\u2067\u200f\u200e\u061c",
  "${name} {path} {count}",
  "\u2069\u2069 out of the isolate",
];
const all = HOSTILE.join(" ");

/** The same states with hostile text wherever it can come from outside. */
const attacks: Record<string, ViewState> = {
  waiting: {
    ...state(
      transfer(
        "sender",
        {
          ...waiting,
          contents: { ...contents, names: HOSTILE, leftOut: [{ path: all, reason: all }] },
          relay: all,
          link: `http://192.168.1.5/${HOSTILE[0]}`,
        },
        { contents: { ...contents, names: HOSTILE } },
      ),
    ),
    remote: all,
  },
  offer: state(
    transfer("receiver", {
      ...offer,
      items: HOSTILE.map((path, index) => entry(index, `${path}/${path}`, { refused: "bidi" })),
      folder: all,
    }),
  ),
  moving: state(
    transfer("receiver", {
      phase: "moving",
      bytes: 1,
      totalBytes: 2,
      bytesPerSecond: 1,
      msLeft: 1,
      current: all,
      currentBytes: 1,
      currentTotal: 2,
      relay: all,
      itemsDone: 1,
      itemCount: 2,
    }),
  ),
  lists: {
    ...state(
      transfer(
        "sender",
        { phase: "reconnecting", bytes: 0, totalBytes: 0 },
        { movedTo: all, contents: { ...contents, names: HOSTILE } },
      ),
    ),
    interrupted: HOSTILE.map((name, index) => ({
      id: String(index).padStart(32, "0"),
      role: "receiver" as const,
      contents: { ...contents, names: [name, all] },
      at: NOW,
      elsewhere: false,
    })),
    history: HOSTILE.map((name, index) => ({
      id: String(index).padStart(16, "0"),
      role: "receiver" as const,
      outcome: "completed" as const,
      contents: { names: [name, all], files: 1, bytes: 1 },
      at: NOW,
      folder: all,
      checksums: true,
    })),
  },
  done: state(
    transfer("receiver", {
      ...done,
      items: HOSTILE.map((path) => ({
        path,
        size: 1,
        sha256: "00",
        outcome: "renamed" as const,
        finalPath: `${path} (1)`,
      })),
      folder: all,
      text: HOSTILE.join("\n"),
    }),
  ),
  failed: state(
    transfer(
      "receiver",
      {
        phase: "failed",
        failure: { code: "E_DISK", details: { path: all, reason: all } },
        items: [],
      },
      {
        log: [
          { at: NOW, step: { step: "relay-connecting", relay: all } },
          { at: NOW, step: { step: "handshake-failed", reason: all } },
          {
            at: NOW,
            step: { step: "failed", failure: { code: "E_INTEGRITY", details: { path: all } } },
          },
        ],
      },
    ),
  ),
};

/** What an attack has got done in the page; empty when all of it stayed plain text. */
async function damage({ page, problems }: OpenPanel): Promise<readonly string[]> {
  const seen = await page.evaluate(() => {
    const found: string[] = [];
    const forbidden =
      "img, a, iframe, object, embed, form[action], [onerror], [onload], root script";
    for (const element of document.querySelectorAll(forbidden)) found.push(element.outerHTML);
    if ("hacked" in window) found.push("script ran");
    // First-strong isolates are the view's own; no other control may reach the screen.
    const controls = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066\u2067]/u;
    if (controls.test(document.body.textContent ?? "")) found.push("control character in text");
    for (const element of document.querySelectorAll("body *"))
      for (const { name, value } of element.attributes)
        if (controls.test(value)) found.push(`control character in ${name}`);
    return found;
  });
  return [...seen, ...(await problems())];
}

describe("view: hostile names", function () {
  this.timeout(TEST_MS);
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());

  it("stay text wherever they are shown", async () => {
    const panel = await openPanel(browser, await buildPanel());
    for (const [name, attack] of Object.entries(attacks)) {
      await panel.show(attack);
      await panel.page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
      });
      assert.deepEqual(await damage(panel), [], name);
      const shown = await panel.page.locator("main").innerText();
      for (const literal of ["<img src=x onerror=", "(command:workbench.action.quit)", "$(trash)"])
        if (name !== "waiting" || literal.startsWith("<")) assert.ok(shown.includes(literal), name);
    }
    await panel.close();
  });

  it("show what is invisible in them, in a heading too", async () => {
    const panel = await openPanel(browser, await buildPanel());
    const names = ["invoice\u202efdp.exe"];
    await panel.show(
      state(transfer("sender", { phase: "handshake" }, { contents: { ...contents, names } })),
    );
    const heading = await panel.page.locator("h2").first().innerText();
    assert.match(heading, /invoice\\u\{202e\}fdp\.exe/);
    await panel.close();
  });

  it("do no harm in a view 240 pixels wide", async () => {
    const panel = await openPanel(browser, await buildPanel(), { width: 240 });
    const name = `${"W".repeat(250)}.txt`;
    const deep = Array.from({ length: 64 }, () => "folder").join("/");
    await panel.show(
      state(
        transfer("receiver", {
          ...offer,
          items: [entry(0, name), entry(1, deep)],
        }),
      ),
    );
    const width = await panel.page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(width, 240);
    await panel.close();
  });

  it("would be found out by these tests if names were taken for markup", async () => {
    const files = await buildPanel({
      file: "webview/ui/elements.ts",
      from: 'html`<bdi class="outside">${visible(name)}</bdi>`',
      to: 'html`<bdi class="outside" .innerHTML=${name}></bdi>`',
    });
    const panel = await openPanel(browser, files);
    await panel.show(attacks["offer"] ?? assert.fail("no attack"));
    const found = (await damage(panel)).join("\n");
    assert.match(found, /<img/);
    assert.match(found, /control character/);
    // The policy is a second wall: the handler in the name has not run.
    assert.match(found, /script-src-attr/);
    assert.doesNotMatch(found, /script ran/);
    await panel.close();
  });
});
