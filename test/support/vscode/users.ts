import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { makeTree, type Tree } from "../tree";
import { Card, EXTENSION_ID } from "./card";
import type { Computer } from "./computer";
import { eventually } from "./eventually";
import { PATIENCE_MS } from "./patience";
import { type Theme, Window, type WindowOptions } from "./window";

/** Titles of commands and menu items. */
export const SEND = "Send Files or Folders…";
export const RECEIVE = "SecureShare: Receive…";

/** The buttons that end a transfer, whichever it has. */
const ENDING = "[data-action=cancel], [data-action=reject], [data-action=decline]";

/** Someone at a window of a computer, with a new folder open in it. */
export class User {
  private constructor(
    readonly window: Window,
    readonly folder: string,
    /** The newest transfer that this user sends, and the newest that this user receives. */
    readonly sent: Card,
    readonly received: Card,
  ) {}

  /**
   * @param tree what lies in the folder when the window opens
   * @param options `folder`: what is opened instead of that folder
   */
  static async sitDown(
    browser: Browser,
    computer: Computer,
    tree: Tree = {},
    options: WindowOptions = {},
  ): Promise<User> {
    const folder = await mkdtemp(join(computer.root, "folder-"));
    await makeTree(folder, tree);
    const window = await Window.open(browser, computer, { folder, ...options });
    return new User(window, folder, new Card(window, "sender"), new Card(window, "receiver"));
  }

  /** Sends entries of the Explorer; returns what the user then reads out. */
  async send(...names: readonly [string, ...string[]]): Promise<string> {
    await this.window.chooseFromContextMenu(names, SEND);
    return this.sent.spoken();
  }

  /** Receives by what the sender has read out. */
  async receive(spoken: string): Promise<void> {
    await this.window.runCommand(RECEIVE);
    await this.window.answer(spoken);
  }

  /** Saves a picture of the window in a dark and in a light theme. */
  async photograph(name: string): Promise<void> {
    for (const theme of ["dark", "light"] as const satisfies readonly Theme[]) {
      await this.window.setTheme(theme);
      await this.window.screenshot(`${name}-${theme}`);
    }
  }

  /** Ends what runs, and takes every card off the view, which shows. */
  async clear(): Promise<void> {
    const cards = this.window.view(EXTENSION_ID).locator("article");
    for (let count = await cards.count(); count > 0; count--) {
      const last = cards.nth(count - 1);
      const dismiss = last.locator("[data-action=dismiss]");
      // It may end by itself, for the other side has gone, just when its user would end it.
      await eventually(PATIENCE_MS, async (glanceMs) => {
        if (!(await dismiss.isVisible()))
          await last.locator(ENDING).first().click({ timeout: glanceMs });
        await dismiss.click({ timeout: glanceMs });
      });
      await last.waitFor({ state: "detached" });
    }
  }

  async leave(): Promise<void> {
    await this.window.close();
  }
}

/** Both compare the digits and confirm; the receiver then has the offer. */
export async function confirmed(sender: User, receiver: User): Promise<void> {
  assert.equal(await sender.sent.digits(), await receiver.received.digits());
  await Promise.all([sender.sent.press("confirm"), receiver.received.press("confirm")]);
  await receiver.received.reaches("offer");
}
