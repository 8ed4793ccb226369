import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { EXTENSION_ID } from "./card";
import { eventually } from "./eventually";
import { PATIENCE_MS } from "./patience";
import type { User } from "./users";

/** More stops than a window has in two rounds. */
const STOPS_MAX = 300;

/** What a user does who touches no mouse. */
export interface Keyboard {
  /** By its title, from the palette. */
  openWalkthrough(title: string): Promise<void>;
  /** Opens a step of the walkthrough and presses one of its buttons. */
  pressStep(step: string, label: string): Promise<void>;
  /** Chooses from the list at the top. */
  pick(label: string): Promise<void>;
  /** Answers the input box. */
  enter(text: string): Promise<void>;
  /** Answers the dialog for files, a text field in a remote window. */
  typePath(path: string): Promise<void>;
  /** Presses a button of the view, which has the keyboard. */
  pressInView(action: string): Promise<void>;
}

export function onlyByKeyboard({ window }: User): Keyboard {
  const { page } = window;
  const view = window.view(EXTENSION_ID);
  const input = window.input();
  const focused = input.and(page.locator(":focus"));
  // A field is there a moment before it has the keyboard.
  const type = (text: string, limitMs = PATIENCE_MS) =>
    eventually(limitMs, async (glanceMs) => {
      await focused.waitFor({ timeout: glanceMs });
      await page.keyboard.press("Control+A");
      await page.keyboard.type(text);
      assert.equal(await input.inputValue({ timeout: glanceMs }), text);
    });
  const listed = (label: string) => page.locator(".quick-input-list").getByText(label).first();
  return {
    async openWalkthrough(title) {
      await eventually(PATIENCE_MS, async (glanceMs) => {
        await page.keyboard.press("F1");
        await type(">Welcome: Open Walkthrough", glanceMs);
        // Enter takes what the list holds, which may still be what it held before.
        await listed("Open Walkthrough").waitFor({ timeout: glanceMs });
        await page.keyboard.press("Enter");
        await listed(title).waitFor({ timeout: glanceMs });
        await type(title, glanceMs);
        await page.keyboard.press("Enter");
        await walkthrough(page).getByText(title).first().waitFor({ timeout: glanceMs });
      });
    },
    async pressStep(step, label) {
      // The page of the walkthrough is an editor, which may have lost the keyboard. A view that
      // has it keeps it; Tab leads out, and past steps further up only once round the window.
      await page.keyboard.press("Control+1");
      await tabTo(page, async () => (await focusedText(page)).startsWith(step));
      await page.keyboard.press("Enter");
      await tabTo(page, async () => (await focusedText(page)) === label);
      await page.keyboard.press("Enter");
    },
    async pick(label) {
      await listed(label).waitFor();
      await type(label);
      await page.keyboard.press("Enter");
    },
    async enter(text) {
      await type(text);
      await page.keyboard.press("Enter");
    },
    async typePath(path) {
      await listed("..").waitFor();
      await type(path);
      await eventually(PATIENCE_MS, (glanceMs) => window.tryToEnter(glanceMs));
    },
    async pressInView(action) {
      const button = view.locator(`[data-action=${action}]`).first();
      await button.waitFor();
      const focused = view.locator(`[data-action=${action}]:focus`);
      await tabTo(page, async () => (await focused.count()) > 0);
      await page.keyboard.press("Enter");
    },
  };
}

const walkthrough = (page: Page) => page.locator(".gettingStartedContainer");

/** What stands on the button that has the keyboard; nothing where that is no button. */
function focusedText(page: Page): Promise<string> {
  return page.evaluate(() => {
    const focused = document.activeElement;
    const isButton = focused?.matches("button, a, [role=button]") === true;
    return isButton ? (focused.textContent ?? "").trim() : "";
  });
}

/** Goes from stop to stop until this holds. */
async function tabTo(page: Page, reached: () => Promise<boolean>): Promise<void> {
  for (let stop = 0; stop < STOPS_MAX; stop++) {
    if (await reached()) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not lead there; it is at: ${await focusedText(page)}`);
}
