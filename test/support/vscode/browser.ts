import { type Browser, chromium } from "playwright-core";
import { findChromium } from "../../../scripts/vscode/chromium.mjs";

export const CHROMIUM_FLAGS = [
  // Chromium refuses its sandbox to root, as whom containers run; it sees our pages only.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the Chromium of this machine; each window then gets a new profile in it. */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath: await findChromium(),
    headless: true,
    args: [...CHROMIUM_FLAGS, ...flags],
  });
}
