/**
 * A Chromium driven by its own protocol alone (Chrome DevTools Protocol). The test library
 * listens to every frame of a WebSocket, which costs several times what a transfer does: where
 * speed and memory are measured, nobody may listen.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { findChromium } from "../../../scripts/vscode/chromium.mjs";
import { CHROMIUM_FLAGS } from "../../support/vscode/browser";

interface Reply {
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
}

type Call = (
  method: string,
  params?: object,
  sessionId?: string,
) => Promise<Readonly<Record<string, unknown>>>;

/** What a tab's user does, as far as it can be said in the page's own language. */
export interface BareTab {
  readonly open: (url: string) => Promise<void>;
  /** The value of an expression as soon as it is true or a text; errors are "not yet". */
  readonly until: (expression: string) => Promise<string>;
  readonly press: (action: string) => Promise<void>;
  readonly choose: (selector: string, file: string) => Promise<void>;
  /** Lets downloads go to a folder without a question. */
  readonly downloadTo: (folder: string) => Promise<void>;
  /** The largest resident memory that this browser's tabs have ever had, in MiB. */
  readonly peakMemory: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** What it listens at, once it does. */
async function endpointOf(profile: string): Promise<string> {
  for (;;) {
    const port = await readFile(join(profile, "DevToolsActivePort"), "utf8").catch(() => "");
    const [number, path] = port.split("\n");
    if (path !== undefined) return `ws://127.0.0.1:${number}${path}`;
    await delay(50);
  }
}

async function connect(endpoint: string): Promise<{ call: Call; end: () => void }> {
  const socket = new WebSocket(endpoint);
  await once(socket, "open");
  const waiting = new Map<number, (reply: Reply) => void>();
  let count = 0;
  socket.on("message", (data: Buffer) => {
    const reply = JSON.parse(data.toString()) as Reply;
    waiting.get(reply.id ?? 0)?.(reply);
    waiting.delete(reply.id ?? 0);
  });
  const call: Call = (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      const id = ++count;
      waiting.set(id, ({ result, error }) =>
        result === undefined ? reject(new Error(JSON.stringify(error))) : resolve(result),
      );
      socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  return { call, end: () => socket.close() };
}

const waitFor = (expression: string) => `new Promise((resolve) => {
  const look = () => { try { return ${expression}; } catch { return false; } };
  const timer = setInterval(() => {
    const value = look();
    if (!value) return;
    clearInterval(timer);
    resolve(String(value));
  }, 50);
})`;

const pressed = (action: string) => `(() => {
  const button = document.querySelector('[data-action="${action}"]');
  if (!button || button.getAttribute("aria-disabled") === "true") return false;
  button.click();
  return true;
})()`;

async function peakOf(pid: unknown): Promise<number> {
  // A process that has ended meanwhile takes nothing.
  const status = await readFile(`/proc/${String(pid)}/status`, "utf8").catch(() => "");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

async function stop(browser: ChildProcess, profile: string): Promise<void> {
  browser.kill();
  if (browser.exitCode === null && browser.signalCode === null) await once(browser, "exit");
  // Its last children may still write there.
  await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

/** A browser with a profile on disk and one tab, which has no folder picker. */
export async function openBareTab(): Promise<BareTab> {
  const profile = await mkdtemp(join(tmpdir(), "secureshare-chromium-"));
  const flags = ["--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
  const program = await findChromium();
  const browser = spawn(program, [...CHROMIUM_FLAGS, ...flags, "about:blank"], { stdio: "ignore" });
  const { call, end } = await connect(await endpointOf(profile));
  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
  const tab: Call = (method, params) => call(method, params, String(sessionId));
  await tab("Page.enable");
  const source = "delete window.showDirectoryPicker";
  await tab("Page.addScriptToEvaluateOnNewDocument", { source });
  const until = async (expression: string) => {
    const options = { expression: waitFor(expression), awaitPromise: true, returnByValue: true };
    const { result } = await tab("Runtime.evaluate", options);
    return String((result as { value?: unknown }).value);
  };
  return {
    open: async (url) => void (await tab("Page.navigate", { url })),
    until,
    press: async (action) => void (await until(pressed(action))),
    async choose(selector, file) {
      const expression = `document.querySelector("${selector}")`;
      await until(expression);
      const { result } = await tab("Runtime.evaluate", { expression });
      const { objectId } = result as { objectId?: string };
      await tab("DOM.setFileInputFiles", { files: [file], objectId });
    },
    downloadTo: async (downloadPath) =>
      void (await call("Browser.setDownloadBehavior", { behavior: "allow", downloadPath })),
    async peakMemory() {
      const { processInfo } = await call("SystemInfo.getProcessInfo");
      const processes = processInfo as { type: string; id: number }[];
      const tabs = processes.filter(({ type }) => type === "renderer");
      return Math.max(...(await Promise.all(tabs.map(({ id }) => peakOf(id)))));
    },
    async close() {
      end();
      await stop(browser, profile);
    },
  };
}
