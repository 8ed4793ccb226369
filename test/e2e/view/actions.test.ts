import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { parseViewMessage, type ViewMessage } from "../../../src/bridge/messages";
import { launchBrowser } from "../../support/vscode/browser";
import { TEST_MS } from "../../support/vscode/patience";
import { buildPanel, type OpenPanel, openPanel } from "./panel";
import { presses } from "./presses";
import { CODE, NOW, type StateName, state, states, transfer, verifying, waiting } from "./states";

describe("view: what the user does", function () {
  this.timeout(TEST_MS);
  let browser: Browser;
  let files: ReadonlyMap<string, Uint8Array>;
  let panel: OpenPanel;
  before(async () => {
    [browser, files] = await Promise.all([launchBrowser(), buildPanel()]);
  });
  after(() => browser.close());
  beforeEach(async () => {
    panel = await openPanel(browser, files);
  });
  afterEach(() => panel.close());

  /** Posted since the last call; each must pass the host's own validation. */
  let read = 0;
  beforeEach(() => {
    read = 0;
  });
  async function posted(): Promise<readonly ViewMessage[]> {
    const all = await panel.messages();
    const fresh = all.slice(read);
    read = all.length;
    for (const message of fresh) assert.deepEqual(parseViewMessage(message), message);
    return fresh;
  }
  const action = (name: string) => panel.page.locator(`[data-action="${name}"]`);

  it("asks for the state as soon as it is there", async () => {
    assert.deepEqual(await posted(), [{ type: "ready" }]);
  });

  for (const [name, button, message] of presses) {
    it(`${name}: ${button} posts ${message.type}`, async () => {
      await panel.show(states[name]);
      await posted();
      await action(button).first().click();
      assert.deepEqual(await posted(), [message]);
    });
  }

  it("says where the window's relay is, who reaches it, and which computer is meant", async () => {
    await panel.show(states.relay);
    const [network, computer] = await panel.page.locator(".relays li").allInnerTexts();
    assert.match(network ?? "", /192\.168\.1\.5:4711[^]*computers on this network/);
    assert.match(computer ?? "", /127\.0\.0\.1:40123[^]*this computer only[^]*ssh-remote/);
    await panel.show(states.idle);
    assert.equal(await panel.page.locator(".relays").count(), 0);
  });

  it("leaves out or takes in what .gitignore names, where that can be chosen", async () => {
    await panel.show(states.waiting);
    await posted();
    const choice = panel.page.getByRole("checkbox", { name: /\.gitignore/ });
    assert.equal(await choice.isChecked(), true);
    await choice.click();
    assert.deepEqual(await posted(), [{ type: "gitignore", id: "t1", heeded: false }]);
    await panel.show(states["waiting-text"]);
    assert.equal(await choice.count(), 0);
  });

  it("lists what is finished, with what can be done about each", async () => {
    await panel.show(states.history);
    await posted();
    await panel.page.locator(".history summary").click();
    const lines = panel.page.locator("[data-finished]");
    assert.match(await lines.nth(0).innerText(), /quarterly-report\.pdf and 3 more[^]*126 files/);
    assert.match(await lines.nth(1).innerText(), /Text message/);
    assert.deepEqual(
      await Promise.all([0, 1].map((i) => lines.nth(i).locator("button").count())),
      [3, 1],
      "a text has no folder and no checksum",
    );
    for (const name of ["revealFinished", "copyFinished", "forgetFinished", "forgetAll"])
      await action(name).first().click();
    const record = "a".repeat(16);
    assert.deepEqual(await posted(), [
      { type: "finished", record, what: "reveal" },
      { type: "finished", record, what: "copy" },
      { type: "finished", record, what: "forget" },
      { type: "forgetAll" },
    ]);
  });

  it("keeps the history open while its lines change", async () => {
    await panel.show(states.history);
    await panel.page.locator(".history summary").click();
    const rest = { ...states.history, history: states.history.history?.slice(1) };
    await panel.show(rest);
    assert.equal(await panel.page.locator(".history").getAttribute("open"), "");
  });

  it("calls a text a text on both sides, and says when it is gone", async () => {
    const shown = async (name: StateName) => {
      await panel.show(states[name]);
      return panel.page.locator("article").innerText();
    };
    for (const name of ["waiting-text", "done-text", "done-text-sender"] as const) {
      const text = await shown(name);
      assert.match(text, /Text message, 210\sbytes/, name);
      assert.doesNotMatch(text, /0 files/, name);
    }
    assert.doesNotMatch(await shown("done-text"), /never written/);
    assert.match(await shown("done-text-gone"), /never written to a disk/);
    assert.doesNotMatch(await shown("done-text-sender"), /never written/);
  });

  it("offers nothing for what runs elsewhere, and no address to a sender", async () => {
    await panel.show(states.interrupted);
    const items = panel.page.locator("[data-journal]");
    assert.deepEqual(
      await Promise.all([0, 1, 2].map((i) => items.nth(i).locator("vscode-button").count())),
      [2, 0, 2],
    );
    assert.match(await items.nth(1).innerText(), /another window or program/);
    await panel.show(states["reconnecting-moved"]);
    assert.equal(await action("nameAddress").count(), 0);
    assert.match(await panel.page.locator("article").innerText(), /192\.168\.178\.117:49152/);
  });

  it("tells who has paused, to screen readers too", async () => {
    await panel.show(states.moving);
    for (const [name, words] of [
      ["paused-by-us", "Paused by you"],
      ["paused-by-peer", "Paused by the other side"],
      ["paused-by-both", "Paused by both sides"],
    ] as const) {
      await panel.show(states[name]);
      assert.equal(await panel.page.locator("article .status").innerText(), words);
      const said = await panel.page.locator("body > [role=status]").innerText();
      assert.ok(said.endsWith(words), said);
    }
  });

  it("copies the SHA-256 of the item it stands beside", async () => {
    await panel.show(states["done-receiver"]);
    await posted();
    await action("copySha256").nth(1).click();
    assert.deepEqual(await posted(), [{ type: "copySha256", id: "t1", item: 1 }]);
  });

  it("opens, copies and saves the log", async () => {
    await panel.show(states.moving);
    await posted();
    await panel.page.locator("details.log summary").click();
    assert.match(await panel.page.locator("details.log").innerText(), /2 attempts are left/);
    await action("copy-log-t1").click();
    await action("saveLog").click();
    assert.deepEqual(await posted(), [
      { type: "copy", id: "t1", what: "log" },
      { type: "saveLog", id: "t1" },
    ]);
  });

  it("says for a moment that it has copied, and only there", async () => {
    await panel.page.clock.install({ time: NOW });
    await panel.show(states["waiting-configured"]);
    await panel.page.clock.pauseAt(NOW + 3_600_000);
    await action("copy-link-t1").click();
    assert.equal(await action("copy-link-t1").innerText(), "Copied");
    assert.equal(await action("copy-code-t1").innerText(), "Copy Code");
    assert.equal(await panel.page.locator("body > [role=status]").innerText(), "Copied");
    await panel.page.clock.runFor(2100);
    assert.equal(await action("copy-link-t1").innerText(), "Copy Link");
  });

  it("ticks items, and folders that are only part of other paths", async () => {
    await panel.show(states.offer);
    await posted();
    const tick = (name: string) => panel.page.getByRole("checkbox", { name, exact: true });
    await tick("january.csv").click();
    await tick("2026").click();
    await tick("data").click();
    assert.deepEqual(await posted(), [
      { type: "tick", id: "t1", index: 2, on: false },
      { type: "tickFolder", id: "t1", path: "data/2026", on: false },
      { type: "tick", id: "t1", index: 1, on: true },
    ]);
    assert.equal(await tick("data/CON").isDisabled(), true);
    assert.equal(await tick("tasks.json").isChecked(), false);
  });

  it("shows the host's ticks and not the browser's", async () => {
    await panel.show(states.offer);
    const box = panel.page.getByRole("checkbox", { name: "january.csv" });
    await box.click();
    assert.equal(await box.isChecked(), false);
    await panel.show(states.offer);
    assert.equal(await box.isChecked(), true);
  });

  it("accepts nothing before there is a folder", async () => {
    await panel.show(states["offer-no-folder"]);
    await posted();
    const accept = action("accept");
    assert.equal(await accept.getAttribute("aria-disabled"), "true");
    await accept.dispatchEvent("keydown", { key: "Enter" });
    assert.deepEqual(await posted(), []);
  });

  it("chooses what happens to existing files, and the language", async () => {
    await panel.show(states.offer);
    await posted();
    await panel.page.getByLabel(/exists there already/).selectOption({ index: 1 });
    await panel.page.getByLabel("Language").selectOption({ label: "Українська" });
    assert.deepEqual(await posted(), [
      { type: "conflict", id: "t1", policy: "overwrite" },
      { type: "language", language: "uk" },
    ]);
  });

  it("answers what becomes of a changed file", async () => {
    for (const name of ["changed-sender", "changed-receiver"] as const) {
      await panel.show(states[name]);
      await posted();
      await action("changedYes").click();
      await action("changedNo").click();
      assert.deepEqual(await posted(), [
        { type: "changed", id: "t1", again: true },
        { type: "changed", id: "t1", again: false },
      ]);
    }
  });

  it("sends six typed digits, however they are grouped, and nothing shorter", async () => {
    await panel.show(states["verify-type-sender"]);
    await posted();
    const field = panel.page.getByRole("textbox", { name: "The receiver's six digits" });
    await field.fill("482 10");
    await action("typed").click();
    assert.deepEqual(await posted(), []);
    await field.fill(" 482 109");
    await field.press("Enter");
    assert.deepEqual(await posted(), [{ type: "typed", id: "t1", digits: "482109" }]);
    assert.equal(await panel.page.locator(".digits").count(), 0);
  });

  it("has a code looked at as soon as it is long enough, and shows a slip at once", async () => {
    await panel.show(states.idle);
    await posted();
    const field = panel.page.getByRole("textbox", { name: "Code or link from the sender" });
    await field.pressSequentially("k7qm-3x9d-t2v");
    assert.deepEqual(await posted(), []);
    await field.pressSequentially("8");
    const invitation = "k7qm-3x9d-t2v8";
    assert.deepEqual(await posted(), [{ type: "check", invitation }]);
    const failure = { code: "E_CODE_MISTYPED", details: {} } as const;
    await panel.send({ type: "checked", of: "check", invitation, failure });
    const verdict = panel.page.locator(".receive [role=status]");
    assert.match(await verdict.innerText(), /mistyped/);
    // The answer is to what was there a moment ago.
    await field.press("Backspace");
    assert.equal(await verdict.innerText(), "");
  });

  it("receives by Enter and empties the field once the host has started", async () => {
    await panel.show(states.idle);
    const field = panel.page.getByRole("textbox", { name: "Code or link from the sender" });
    await field.fill(CODE);
    await posted();
    await field.press("Enter");
    assert.deepEqual(await posted(), [{ type: "receive", invitation: CODE }]);
    const fits = { type: "checked", invitation: CODE, failure: undefined } as const;
    await panel.send({ ...fits, of: "check" });
    assert.equal(await field.inputValue(), CODE, "nothing has started yet");
    await panel.send({ ...fits, of: "receive" });
    assert.equal(await field.inputValue(), "");
  });

  it("changes every text at once with the language, those of what has ended too", async () => {
    const failure = { code: "E_INTERRUPTED", details: { reason: "window-closed" } } as const;
    const log = [
      { at: NOW, step: { step: "handshake-failed", reason: "timeout" } },
      { at: NOW, step: { step: "failed", failure } },
    ] as const;
    const ended = transfer("receiver", { phase: "failed", failure, items: [] }, { log });
    const shown = state(ended, { ...transfer("sender", waiting), id: "w" });
    await panel.show({ ...shown, interrupted: states.interrupted.interrupted ?? [] });
    const body = panel.page.locator("body");
    await panel.page.locator("details").evaluateAll((all) => {
      for (const details of all) details.setAttribute("open", "");
    });
    assert.match(await body.innerText(), /window was closed or reloaded/);
    await panel.show({ ...shown, interrupted: states.interrupted.interrupted ?? [] }, "uk");
    const text = await body.innerText();
    assert.match(text, /вікно закрито або перезавантажено/);
    assert.match(text, /інша сторона не відповіла вчасно/);
    // Names, addresses and what things call themselves stay as they are.
    const own =
      /quarterly-report\.pdf|notes\.md|data\/\S+|\S+:\/\/\S+|\S+-\S+|@\S+|VS Code|English|Deutsch|E_\w+|SecureShare|git(?:ignore)?|AM|PM/g;
    assert.deepEqual(text.replace(own, "").match(/[A-Za-z]{3,}/g) ?? [], []);
  });

  it("keeps what was typed while states come in", async () => {
    await panel.show(states.idle);
    const field = panel.page.getByRole("textbox", { name: "Code or link from the sender" });
    await field.fill("k7qm");
    await panel.show(states.moving);
    assert.equal(await field.inputValue(), "k7qm");
  });

  async function drop(type: string, text: string): Promise<void> {
    await panel.page.evaluate(
      ([type = "", text = ""]) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.setData(type, text);
        const zone = document.querySelector(".drop");
        for (const name of ["dragenter", "dragover", "drop"])
          zone?.dispatchEvent(
            new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true }),
          );
      },
      [type, text],
    );
  }

  it("takes dropped files, and says what to do with what has no path", async () => {
    await panel.show(states.idle);
    await posted();
    await drop("text/uri-list", "# comment\r\nfile:///a%20b.txt\r\nvscode-remote://ssh/c\r\n");
    assert.deepEqual(await posted(), [
      { type: "drop", uris: ["file:///a%20b.txt", "vscode-remote://ssh/c"] },
    ]);
    await drop("text/uri-list", "https://example.org/");
    assert.deepEqual(await posted(), []);
    assert.match(await panel.page.locator(".drop [role=alert]").innerText(), /no path/);
  });

  it("answers the keyboard, once, and without scrolling", async () => {
    await panel.show(states["verify-compare"]);
    await posted();
    const focused = () => panel.page.evaluate(() => document.activeElement?.textContent?.trim());
    await panel.page.keyboard.press("Tab");
    assert.equal(await focused(), "They Match");
    await panel.page.keyboard.press("Tab");
    assert.equal(await focused(), "They Differ");
    await panel.page.keyboard.press("Space");
    assert.deepEqual(await posted(), [{ type: "reject", id: "t1" }]);
    assert.equal(await panel.page.evaluate(() => window.scrollY), 0);
  });

  it("keeps the keyboard at the transfer when its buttons go", async () => {
    await panel.show(states["verify-compare"]);
    await action("confirm").focus();
    await panel.show(states["awaiting-acceptance"]);
    const id = await panel.page.evaluate(() => document.activeElement?.id);
    assert.equal(id, "heading-t1");
  });

  it("announces a change of phase, and alerts to a failure", async () => {
    const announcer = panel.page.locator("body > [role=status]");
    await panel.show(states["awaiting-acceptance"]);
    assert.equal(await announcer.innerText(), "");
    await panel.show(states.moving);
    assert.match(await announcer.innerText(), /quarterly-report\.pdf.*Transferring/);
    await panel.show(states.failed);
    assert.match(await panel.page.getByRole("alert").innerText(), /relay\.example\.org/);
  });

  it("counts down by the host's clock, not its own", async () => {
    const start = NOW + 86_400_000;
    const { clock } = panel.page;
    await clock.setFixedTime(start);
    await panel.show(states.waiting);
    const timer = panel.page.getByRole("timer");
    assert.equal(await timer.innerText(), "9:58");
    await clock.setFixedTime(start + 3000);
    await timer.filter({ hasText: /^9:55$/ }).waitFor();
    await clock.setFixedTime(start + 603_000);
    await timer.filter({ hasText: /^expired$/ }).waitFor();
  });

  it("spells the code for those who hear it, and shows it once", async () => {
    await panel.show(states.waiting);
    const code = panel.page.locator(".code");
    assert.equal(await code.locator("[aria-hidden]").innerText(), CODE);
    assert.match(((await code.textContent()) ?? "").trim(), /k 7 q m, 3 x 9 d, t 2 v \w$/);
  });

  it("hides the digits where the sender has to type them", async () => {
    const hidden = { ...verifying, mode: "type", digits: undefined, triesLeft: 3 } as const;
    await panel.show(state(transfer("sender", hidden)));
    assert.doesNotMatch(await panel.page.content(), /482.?109/);
  });

  it("keeps several transfers apart", async () => {
    await panel.show(states.several);
    await posted();
    assert.equal(await panel.page.locator("article").count(), 3);
    await panel.page.locator('[data-id="b"] [data-action="cancel"]').click();
    assert.deepEqual(await posted(), [{ type: "cancel", id: "b" }]);
  });

  it("offers no retry where it cannot help", async () => {
    const failure = { code: "E_VERIFY_REJECTED", details: { by: "us" } } as const;
    await panel.show(state(transfer("receiver", { phase: "failed", failure, items: [] })));
    assert.equal(await action("retry").count(), 0);
  });

  it("draws a QR code with the standard's quiet zone", async () => {
    await panel.show(state(transfer("sender", waiting)));
    const box = await panel.page.locator(".qr path").evaluate((path) => {
      const inner = (path as SVGPathElement).getBBox();
      const outer = path.closest("svg")?.viewBox.baseVal;
      return [inner.x, inner.y, (outer?.width ?? 0) - inner.x - inner.width];
    });
    assert.deepEqual(box, [4, 4, 4]);
  });

  it("takes no notice of messages that are not the host's", async () => {
    await panel.show(states.idle);
    await panel.page.evaluate(() => {
      for (const junk of [null, 1, "state", [], {}, { type: "other" }])
        window.postMessage(junk, "*");
    });
    await panel.show(states.moving);
    assert.deepEqual(await panel.problems(), []);
  });
});
