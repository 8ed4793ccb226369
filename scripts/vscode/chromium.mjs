import { findProgram } from "./processes.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

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

/**
 * Finds the browser in which the workbench runs.
 *
 * @returns {Promise<string>} the path of an executable
 * @throws {Error} with what to install when there is none
 */
export async function findChromium() {
  const chosen = process.env["CHROMIUM_PATH"];
  if (chosen) return chosen;
  for (const name of NAMES) {
    const found = await findProgram(name);
    if (found !== undefined) return found;
  }
  const remedy = "apt-get install chromium, or set CHROMIUM_PATH";
  throw new Error(`No Chromium on PATH. The tests in a real VS Code need one: ${remedy}`);
}
