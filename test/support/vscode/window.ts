import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Browser, BrowserContext, FrameLocator, Locator, Page } from "playwright-core";
import { workbenchUrl } from "../../../scripts/vscode/server.mjs";
import type { Computer } from "./computer";
import { eventually } from "./eventually";
import { PATIENCE_MS } from "./patience";

/** How long a choice may take once it is on the screen, and a menu to close then. */
const CHOOSING_MS = 15_000;

/** VS Code's four kinds of colour theme: the built-in theme and the class that it sets. */
const THEMES = {
  light: ["Default Light Modern", "vs"],
  dark: ["Default Dark Modern", "vs-dark"],
  highContrast: ["Default High Contrast", "hc-black"],
  highContrastLight: ["Default High Contrast Light", "hc-light"],
} as const;

export type Theme = keyof typeof THEMES;

export interface WindowOptions {
  /** The folder to open, or its URI where that is no disk's; the computer's workspace unless given. */
  readonly folder?: string;
  /**
   * BCP 47 tag of VS Code's display language. Its own texts stay English without a language
   * pack; extensions are told, and theirs are translated.
   */
  readonly locale?: string;
  /** `http://HOST:PORT` of what stands before the computer's server, if anything does. */
  readonly origin?: string;
}

/**
 * A VS Code window and the hands and eyes of its user: what a method does, a user could do with
 * mouse and keyboard, and it waits for what a user would wait for.
 */
export class Window {
  private constructor(
    /** For what the methods do not cover. */
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly computer: Computer,
  ) {}

  /** Opens a window and waits until the workbench has come up; extensions load meanwhile. */
  static async open(
    browser: Browser,
    computer: Computer,
    {
      folder = computer.workspace,
      locale = "en",
      origin = computer.server.url,
    }: WindowOptions = {},
  ): Promise<Window> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    context.setDefaultTimeout(PATIENCE_MS);
    // What a language pack's first script does.
    await context.addInitScript((language) => {
      if (language !== "en") Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: language });
    }, locale);
    const page = await context.newPage();
    const window = new Window(page, context, computer);
    try {
      await page.goto(workbenchUrl({ ...computer.server, url: origin }, { folder }));
      await window.restored();
      return window;
    } catch (error) {
      await context.close();
      throw error;
    }
  }

  /** Reloads the window, as "Developer: Reload Window" does: its extension host starts anew. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.restored();
  }

  /** Closes the window. The computer and its server go on. */
  async close(): Promise<void> {
    await this.context.close();
  }

  /** Settles once its workbench has come up. */
  async restored(): Promise<void> {
    // The remote indicator is there once the window is connected to its server.
    await this.page.locator("[id='status.host']").waitFor();
  }

  /**
   * Selects just these entries of the Explorer's tree with Ctrl and clicks: a plain click would
   * open the file too, upon which the tree selects that one alone, a moment later.
   */
  async select(...names: readonly string[]): Promise<void> {
    await eventually(PATIENCE_MS, async (glanceMs) => {
      await this.tryToShowExplorer(glanceMs);
      const wrong = await this.differing(names, glanceMs);
      for (const name of wrong) await this.entry(name).click({ modifiers: ["Control"] });
      if (wrong.length > 0) throw new Error(`not selected: ${names.join(", ")}`);
    });
  }

  /** The entries that are selected and should not be, or the other way about. */
  private async differing(names: readonly string[], glanceMs: number): Promise<string[]> {
    for (const name of names) await this.entry(name).waitFor({ timeout: glanceMs });
    const selected = await this.rows().and(this.page.locator(".selected")).allInnerTexts();
    const now = selected.map((text) => text.trim());
    return [
      ...names.filter((name) => !now.includes(name)),
      ...now.filter((name) => !names.includes(name)),
    ];
  }

  /** Selects entries of the Explorer's tree and chooses from the context menu of the last one. */
  async chooseFromContextMenu(names: readonly [string, ...string[]], label: string): Promise<void> {
    const last = this.entry(names.at(-1) ?? names[0]);
    // The extension's item is not in a menu that was opened before it loaded.
    await eventually(PATIENCE_MS, async (glanceMs) => {
      await this.select(...names);
      await last.click({ button: "right" });
      await this.chooseFromMenu(label, glanceMs);
    });
  }

  /** Opens the menu of a place by a click, and chooses from it. */
  async chooseFromMenuOf(
    place: Locator,
    label: string,
    button: "left" | "right" = "right",
  ): Promise<void> {
    await eventually(PATIENCE_MS, async (glanceMs) => {
      await place.click({ button });
      await this.chooseFromMenu(label, glanceMs);
    });
  }

  /** Chooses from the menu that is open; closes the menu when the item is not in it. */
  private async chooseFromMenu(label: string, glanceMs: number): Promise<void> {
    // The menu is drawn in an open shadow root, which Playwright's selectors look into.
    const item = this.page.locator(".monaco-menu .action-item:not(.disabled)", {
      has: this.page.getByText(label, { exact: true }),
    });
    try {
      await item.waitFor({ timeout: glanceMs });
      // A menu takes no mouse-up in its first 100 ms, so as not to choose with the click that
      // opened it. Chosen twice, it would be done twice: a busy window may take its time for the
      // click, and to close the menu.
      await item.click({ timeout: CHOOSING_MS, delay: 150 });
      await item.waitFor({ state: "hidden", timeout: CHOOSING_MS });
    } catch (error) {
      // A click beside the menu closes it; Escape may reach the tree and drop its selection.
      const beside = this.page.locator(".context-view-block");
      if (await beside.isVisible()) await beside.click({ position: { x: 1, y: 1 } });
      throw error;
    }
  }

  /** Runs a command from the palette by its whole title, category included. */
  async runCommand(title: string): Promise<void> {
    await eventually(PATIENCE_MS, async (glanceMs) => {
      // A window that still loads may not know the key yet.
      await this.page.keyboard.press("F1");
      try {
        await this.input().fill(`>${title}`, { timeout: glanceMs });
        await this.choice(title).waitFor({ timeout: glanceMs });
        // Once it is there, it is chosen once, however long that takes.
        await this.choice(title).click({ timeout: CHOOSING_MS });
      } catch (error) {
        // In the field only: where the palette is gone, the editor would drop its selection.
        await this.input()
          .press("Escape", { timeout: glanceMs })
          .catch(() => undefined);
        throw error;
      }
    });
    // What is asked next stands in the palette's place: nothing may be typed into that one.
    await this.page.waitForFunction((typed) => {
      const inputs = document.querySelectorAll<HTMLInputElement>(".quick-input-box input");
      return ![...inputs].some((input) => input.checkVisibility() && input.value === typed);
    }, `>${title}`);
  }

  /** Selects the whole text of the editor in front, which must show some. */
  async selectText(): Promise<void> {
    const editor = this.page.locator(".editor-instance .monaco-editor").first();
    await eventually(PATIENCE_MS, async (glanceMs) => {
      await editor.locator(".view-line").first().click({ timeout: glanceMs });
      await this.page.keyboard.press("Control+A");
      // Until then the keys went elsewhere: the editor takes the keyboard when it is ready.
      await editor.locator(".selected-text").first().waitFor({
        state: "attached",
        timeout: glanceMs,
      });
    });
  }

  /** Answers the input box that is open. */
  async answer(text: string): Promise<void> {
    await this.input().fill(text);
    await this.input().press("Enter");
  }

  /**
   * Answers the dialog for a folder, or for a file to be saved: in a remote window a text field too, in which the first
   * Enter may only open the folder that was typed and the second one takes it.
   */
  async chooseFolder(path: string): Promise<void> {
    // The dialog lists its first folder, and only then is done with the field.
    await this.choice("..").waitFor();
    await this.input().fill(path);
    await eventually(PATIENCE_MS, (glanceMs) => this.tryToEnter(glanceMs));
  }

  /** Presses Enter in the field at the top, unless that has gone since, and waits until it goes. */
  async tryToEnter(glanceMs: number): Promise<void> {
    const input = this.input();
    if (await input.isVisible()) await input.press("Enter", { timeout: glanceMs });
    await input.waitFor({ state: "hidden", timeout: glanceMs });
  }

  /** Chooses from the list that is open at the top of the window. */
  async pick(label: string): Promise<void> {
    await this.choice(label).click();
  }

  /** The text field at the top of the window: palette, input box, pick list. */
  input(): Locator {
    return this.page.locator(".quick-input-widget:visible .quick-input-box input");
  }

  private choice(label: string): Locator {
    const rows = this.page.locator(".quick-input-list .monaco-list-row .label-name");
    return rows.getByText(label, { exact: true }).first();
  }

  /**
   * Waits for the notification that holds this text. One that hides after a while, or that a
   * newer release does not bring up in a headless window, is brought up by the status bar's bell.
   */
  async notification(text: string | RegExp): Promise<Locator> {
    const item = this.page.locator(".notification-list-item").filter({ hasText: text }).first();
    const list = this.page.locator(".notifications-center");
    await eventually(PATIENCE_MS, async (glanceMs) => {
      try {
        await item.waitFor({ timeout: glanceMs });
      } catch (error) {
        if (!(await list.isVisible()))
          await this.page.locator("[id='status.notifications']").click();
        // The bell's own hover text lies over the buttons.
        await this.page.mouse.move(0, 0);
        throw error;
      }
    });
    return item;
  }

  /** The modal dialog that is open. */
  dialog(): Locator {
    return this.page.locator(".monaco-dialog-box");
  }

  /**
   * An item of the status bar; its text holds a space in place of each icon.
   *
   * @param id of the item, after the extension's own id
   */
  statusItem(id: string): Locator {
    return this.page.locator(`.statusbar-item[id$=".${id}"]`);
  }

  /**
   * The document of an extension's view: it lies in a frame of VS Code's (`iframe.webview`, which
   * floats over the view's place instead of being a child of it), in a second frame.
   */
  view(extensionId: string): FrameLocator {
    const outer = `iframe.webview.ready[src*="extensionId=${extensionId}&"]`;
    return this.page.frameLocator(outer).frameLocator("#active-frame");
  }

  /** Changes the colour theme through the settings and waits until the window shows it. */
  async setTheme(theme: Theme): Promise<void> {
    const [name, themeClass] = THEMES[theme];
    await this.computer.configure({ "workbench.colorTheme": name });
    await this.page.locator(`.monaco-workbench.${themeClass}`).waitFor();
  }

  /** Saves a picture of the whole window as `out/screenshots/NAME.png`. */
  async screenshot(name: string): Promise<void> {
    const folder = resolve("out", "screenshots");
    await mkdir(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  /** Brings the Explorer to the front, and thereby hides another view in its place. */
  async showExplorer(): Promise<void> {
    await eventually(PATIENCE_MS, (glanceMs) => this.tryToShowExplorer(glanceMs));
  }

  /** A window that still loads knows no shortcuts or goes back to its view. */
  private async tryToShowExplorer(glanceMs: number): Promise<void> {
    const tree = this.page.locator(".explorer-folders-view");
    if (!(await tree.isVisible())) await this.page.keyboard.press("Control+Shift+E");
    await tree.waitFor({ timeout: glanceMs });
  }

  private entry(name: string): Locator {
    return this.rows().filter({ has: this.page.getByText(name, { exact: true }) });
  }

  private rows(): Locator {
    return this.page.locator(".explorer-folders-view .monaco-list-row");
  }
}
