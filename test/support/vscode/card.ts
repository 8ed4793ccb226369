import type { Locator } from "playwright-core";
import type { Phase } from "../../../src/bridge/state";
import { PATIENCE_MS } from "./patience";
import type { Window } from "./window";

/** What VS Code knows the extension by. */
export const EXTENSION_ID = "secureshare.secureshare";

/** A transfer as its user has it in the extension's view: the newest one of its role. */
export class Card {
  readonly root: Locator;

  constructor(window: Window, role: "sender" | "receiver") {
    this.root = window.view(EXTENSION_ID).locator(`article[data-role=${role}]`).first();
  }

  /**
   * Waits until the transfer is in this phase.
   *
   * @param limitMs of what takes longer than most, in milliseconds
   * @throws {Error} with what the card says when it fails instead
   */
  async reaches(phase: Phase["phase"], limitMs = PATIENCE_MS): Promise<void> {
    await this.#inPhase(phase, "failed").waitFor({ timeout: limitMs });
    // It may be in a later phase by now.
    if (phase !== "failed" && (await this.#inPhase("failed").isVisible()))
      throw new Error(`the transfer failed instead:\n${await this.root.innerText()}`);
  }

  /** All that the card says. */
  async text(): Promise<string> {
    return await this.root.innerText();
  }

  /** The code alone, as the user reads it out where both sides have the same relay. */
  async code(): Promise<string> {
    await this.reaches("waiting");
    return this.root.locator(".code [aria-hidden=true]").innerText();
  }

  /** `CODE@HOST:PORT`, as the user reads it out. */
  async spoken(): Promise<string> {
    const code = await this.code();
    const address = await this.root.locator(".address bdi").innerText();
    return `${code}@${address}`;
  }

  /** The six digits that the user compares. */
  async digits(): Promise<string> {
    await this.reaches("verify");
    const shown = await this.root.locator(".digits [aria-hidden=true]").innerText();
    return shown.replace(/\s/g, "");
  }

  /** Presses one of the card's buttons. */
  async press(action: string): Promise<void> {
    await this.root.locator(`[data-action=${action}]`).click();
  }

  /** Takes the only transfer of its role, which has ended, off the view. */
  async dismiss(): Promise<void> {
    await this.press("dismiss");
    await this.root.waitFor({ state: "detached" });
  }

  /** SHA-256 in hex by path, as the list of results shows them. */
  async checksums(): Promise<Map<string, string>> {
    const rows = await this.root.locator(".result:has(.checksum)").all();
    const entries = rows.map(async (row): Promise<[string, string]> => {
      const path = await row.locator(".result-name bdi").innerText();
      const shown = await row.locator(".checksum code").innerText();
      return [path, shown.replace("SHA-256 ", "")];
    });
    return new Map(await Promise.all(entries));
  }

  /** The error's code and sentences, once the transfer has failed. */
  async failure(): Promise<{ code: string; text: string }> {
    await this.reaches("failed");
    return {
      code: await this.root.locator(".error-code").innerText(),
      text: await this.root.locator(".failure").innerText(),
    };
  }

  #inPhase(...phases: readonly Phase["phase"][]): Locator {
    const one = phases.map((phase) => `@data-phase="${phase}"`).join(" or ");
    return this.root.locator(`xpath=self::*[${one}]`);
  }
}
