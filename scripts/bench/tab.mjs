// A Chromium driven by its own protocol alone (Chrome DevTools Protocol). The tests' library
// listens to every frame of a WebSocket, which costs several times what a transfer does: where
// speed and memory are measured, nobody may listen.
import { spawn } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CHROMIUM_FLAGS, findChromium } from "../vscode/chromium.mjs";
import { connect, pressed, stop, waitFor } from "./remote.mjs";

/** @typedef {import("./remote.mjs").Call} Call */
/** @typedef {{ type: string, id: number, cpuTime: number }} Process */

/**
 * CPU seconds since a browser's start: of its tabs, and of what talks to the network, writes
 * files and draws for them.
 * @typedef {{ tab: number, browser: number }} BrowserCpu
 */

/**
 * What a tab's user does, as far as it can be said in the page's own language.
 * @typedef {object} BareTab
 * @property {(url: string) => Promise<void>} open
 * @property {(expression: string) => Promise<string>} until
 *   The value of an expression as soon as it is true or a text; errors are "not yet".
 * @property {(action: string) => Promise<void>} press
 * @property {(selector: string, file: string) => Promise<void>} choose
 * @property {(folder: string) => Promise<void>} downloadTo
 *   Lets downloads go to a folder without a question.
 * @property {() => Promise<number>} peakMemory
 *   The largest resident memory that this browser's tabs have ever had, in MiB.
 * @property {() => Promise<BrowserCpu>} cpu
 * @property {() => Promise<void>} close
 */

/** How long a Chromium may take to start. Milliseconds. */
const START = 60_000;

/**
 * What it listens at, once it does.
 * @param {string} profile
 * @returns {Promise<string>}
 */
async function endpointOf(profile) {
  const deadline = performance.now() + START;
  while (performance.now() < deadline) {
    const port = await readFile(join(profile, "DevToolsActivePort"), "utf8").catch(() => "");
    const [number, path] = port.split("\n");
    if (path !== undefined) return `ws://127.0.0.1:${number}${path}`;
    await delay(50);
  }
  throw new Error("Chromium does not listen");
}

/** What a page with a folder picker gets from it: a folder of the private file system. */
const PICKER = `Object.defineProperty(window, "showDirectoryPicker", {
  value: async () => (await navigator.storage.getDirectory()).getDirectoryHandle("picked", { create: true }),
})`;
const NO_PICKER = "delete window.showDirectoryPicker";

/** @param {number} pid */
async function peakOf(pid) {
  // A process that has ended meanwhile takes nothing.
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

/**
 * A browser with a profile on disk and one tab.
 * @param {{ picksFolders?: boolean }} [options]
 * @returns {Promise<BareTab>}
 */
export async function openBareTab({ picksFolders = false } = {}) {
  const profile = await mkdtemp(join(tmpdir(), "secureshare-chromium-"));
  const flags = ["--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
  const program = await findChromium();
  const browser = spawn(program, [...CHROMIUM_FLAGS, ...flags, "about:blank"], { stdio: "ignore" });
  try {
    return await tabOf(browser, profile, picksFolders);
  } catch (error) {
    await stop(browser, profile);
    throw error;
  }
}

/**
 * @param {import("node:child_process").ChildProcess} browser
 * @param {string} profile
 * @param {boolean} picksFolders
 * @returns {Promise<BareTab>}
 */
async function tabOf(browser, profile, picksFolders) {
  const { call, end } = await connect(await endpointOf(profile));
  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
  /** @type {Call} */
  const tab = (method, params) => call(method, params, sessionId);
  await tab("Page.enable");
  const source = picksFolders ? PICKER : NO_PICKER;
  await tab("Page.addScriptToEvaluateOnNewDocument", { source });
  const until = async (/** @type {string} */ expression) => {
    const options = { expression: waitFor(expression), awaitPromise: true, returnByValue: true };
    const { result } = await tab("Runtime.evaluate", options);
    return String(result.value);
  };
  const processes = async () => {
    const { processInfo } = await call("SystemInfo.getProcessInfo");
    return /** @type {Process[]} */ (processInfo);
  };
  return {
    open: async (url) => void (await tab("Page.navigate", { url })),
    until,
    press: async (action) => void (await until(pressed(action))),
    async choose(selector, file) {
      const expression = `document.querySelector("${selector}")`;
      await until(expression);
      const { result } = await tab("Runtime.evaluate", { expression });
      await tab("DOM.setFileInputFiles", { files: [file], objectId: result.objectId });
    },
    downloadTo: async (downloadPath) =>
      void (await call("Browser.setDownloadBehavior", { behavior: "allow", downloadPath })),
    async peakMemory() {
      const tabs = (await processes()).filter(({ type }) => type === "renderer");
      return Math.max(...(await Promise.all(tabs.map(({ id }) => peakOf(id)))));
    },
    async cpu() {
      const cpu = { tab: 0, browser: 0 };
      for (const { type, cpuTime } of await processes())
        cpu[type === "renderer" ? "tab" : "browser"] += cpuTime;
      return cpu;
    },
    async close() {
      end();
      await stop(browser, profile);
    },
  };
}
