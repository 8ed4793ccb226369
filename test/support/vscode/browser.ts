import { type Browser, chromium } from "playwright-core";
import { CHROMIUM_FLAGS, findChromium } from "../../../scripts/vscode/chromium.mjs";
import { PATIENCE_MS } from "./patience";

/** Starts the Chromium of this machine; each window then gets a new profile in it. */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath: await findChromium(),
    headless: true,
    timeout: PATIENCE_MS,
    args: [...CHROMIUM_FLAGS, ...flags],
  });
}
