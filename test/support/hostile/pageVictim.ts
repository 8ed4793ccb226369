/** The relay's page in a real Chromium under attack, and what must be true of it afterwards. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { answerer } from "../../../relay/answers";
import { readPage } from "../../../relay/page";
import type { ErrorCode } from "../../../src/core/errors";
import type { Role } from "../../../src/core/wire/rooms";
import { openTab, type Tab } from "../tab";
import { makeTree } from "../tree";
import { PATIENCE_MS } from "../vscode/patience";
import { HostileRelay } from "./relay";
import { SENT } from "./victim";

/**
 * Longest that an attack may keep the page from its user: what the page's own thread computes,
 * for by the clock it also waits for others that work here. Seconds.
 */
const HELD = 2;
/** How long an attack may go on until its victim has had enough. Milliseconds. */
const ATTACK_MS = 2 * PATIENCE_MS;

/** Runs in the page: its user says yes to everything. */
function sayYes(): void {
  setInterval(() => {
    for (const action of ["confirm", "accept"])
      for (const button of document.querySelectorAll<HTMLElement>(`[data-action="${action}"]`))
        if (button.ariaDisabled !== "true") button.click();
  }, 20);
}

/** Gives the seconds that the thread of `page` has computed since it was last asked. */
async function computing(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  let before = 0;
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    const spent = metrics.find(({ name }) => name === "TaskDuration");
    assert.ok(spent, "this browser does not tell");
    const since = spent.value - before;
    before = spent.value;
    return since;
  };
}

/** One tab and its relay, for all attacks one after the other. */
export class PageVictim {
  private constructor(
    private readonly root: string,
    readonly relay: HostileRelay,
    private readonly tab: Tab,
    private readonly computed: () => Promise<number>,
  ) {}

  static async open(browser: Browser): Promise<PageVictim> {
    const root = await mkdtemp(join(tmpdir(), "secureshare-page-"));
    await makeTree(join(root, "from"), SENT);
    const page = await readPage(`${TEST_ROOT}dist/page`);
    const relay = await HostileRelay.open({}, answerer({ page, open: true }));
    const tab = await openTab(browser, `${relay.url}/`);
    await tab.page.evaluate(sayYes);
    return new PageVictim(root, relay, tab, await computing(tab.page));
  }

  #card(role: Role): Locator {
    return this.tab.page.locator(`.card[data-role="${role}"]`);
  }

  /** Sends the two files of `SENT` to whatever meets it: there may be no code. */
  async sendAnyway(): Promise<void> {
    await this.tab.page.locator("#pick-folder").setInputFiles(join(this.root, "from/x"));
  }

  /** Sends them; returns the code. */
  async send(): Promise<string> {
    await this.sendAnyway();
    return await this.tab.code();
  }

  async receive(code: string): Promise<void> {
    await this.tab.receive(code);
  }

  /**
   * What must be so after every attack: an error of its own or all files, and nothing that can
   * be saved but whole files. Where the other side is merely gone a tab waits for it; where all
   * is here and verified, what comes behind it may come too late to matter.
   */
  async assertUnharmed(
    role: Role,
    codes: readonly ErrorCode[],
    files: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const card = this.#card(role);
    const waits = codes.includes("E_INTERRUPTED") ? ["reconnecting"] : [];
    const done = codes.length === 0 || Object.keys(files).length > 0 ? ["done"] : [];
    const phases = codes.length === 0 ? done : ["failed", ...waits, ...done];
    const ended = phases.map((phase) => `.card[data-role="${role}"][data-phase="${phase}"]`);
    await this.tab.page.locator(ended.join()).waitFor({ timeout: ATTACK_MS });
    const phase = await card.getAttribute("data-phase");
    if (phase === "failed") {
      const code = await card.locator(".error-code").innerText();
      assert.ok(
        codes.some((each) => each === code),
        `${code}, not ${codes.join()}`,
      );
    }
    await this.#assertFiles(card, files);
    assert.ok((await this.computed()) < HELD, "the page was held");
  }

  async #assertFiles(card: Locator, files: Readonly<Record<string, string>>): Promise<void> {
    const shown = await card.locator(".checksum").allInnerTexts();
    const hex = (content: string) => createHash("sha256").update(content).digest("hex");
    const known = [...Object.values(SENT), ...Object.values(files)].map(hex);
    for (const text of shown)
      assert.ok(
        known.some((each) => text.includes(each)),
        text,
      );
    for (const content of Object.values(files))
      assert.ok(
        shown.some((text) => text.includes(hex(content))),
        `${content}: ${shown.join()}`,
      );
  }

  /** Ends and forgets what an attack has left. */
  async recover(): Promise<void> {
    const { page } = this.tab;
    await page.evaluate(async () => {
      const cards = () => document.querySelector(".card") !== null;
      while (cards()) {
        for (const action of ["cancel", "dismiss"])
          for (const button of document.querySelectorAll<HTMLElement>(`[data-action="${action}"]`))
            button.click();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    await this.computed();
  }

  /** Of the page's policy, its scripts and its requests. */
  problems(): Promise<readonly string[]> {
    return this.tab.problems();
  }

  async close(): Promise<void> {
    await this.tab.close();
    await this.relay.close();
    await rm(this.root, { recursive: true, force: true });
  }
}
