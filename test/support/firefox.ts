/** A Firefox with one tab, driven by WebDriver BiDi (W3C), which it speaks by itself. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { connect, pressed, stop, waitFor } from "../../scripts/bench/remote.mjs";
import { findProgram } from "../../scripts/vscode/processes.mjs";

export interface FirefoxTab {
  readonly open: (url: string) => Promise<void>;
  /** The value of an expression as soon as it is true or a text; errors are "not yet". */
  readonly until: (expression: string) => Promise<string>;
  readonly press: (action: string) => Promise<void>;
  readonly choose: (selector: string, file: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

type Browser = ChildProcessByStdio<null, null, Readable>;

/** The path of an executable, where there is one. */
export const findFirefox = async (): Promise<string | undefined> =>
  (await findProgram("firefox-esr")) ?? (await findProgram("firefox"));

const prefs = (downloads: string) =>
  Object.entries({
    "app.update.disabledForTesting": true,
    "browser.download.dir": downloads,
    "browser.download.folderList": 2,
    "browser.shell.checkDefaultBrowser": false,
    "datareporting.policy.dataSubmissionEnabled": false,
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
    "toolkit.telemetry.server": "",
  })
    .map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`)
    .join("");

/** Where it listens, once it does. */
async function endpointOf({ stderr }: Browser): Promise<string> {
  for await (const line of createInterface(stderr)) {
    const found = /listening on (ws:\S+)/.exec(line)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error("Firefox ended before it listened");
}

/** Starts `program`; what its tab saves goes to the folder `downloads` without a question. */
export async function openFirefox(program: string, downloads: string): Promise<FirefoxTab> {
  const profile = await mkdtemp(join(tmpdir(), "secureshare-firefox-"));
  await writeFile(join(profile, "user.js"), prefs(downloads));
  const flags = ["--headless", "--no-remote", "--remote-debugging-port=0", "--profile", profile];
  const env = { ...process.env, HOME: profile };
  const browser = spawn(program, flags, { env, stdio: ["ignore", "ignore", "pipe"] });
  try {
    const session = await connect(`${await endpointOf(browser)}/session`);
    browser.stderr.resume();
    return await tabOf(session, () => stop(browser, profile));
  } catch (error) {
    await stop(browser, profile);
    throw error;
  }
}

async function tabOf(
  { call, end }: Awaited<ReturnType<typeof connect>>,
  quit: () => Promise<void>,
): Promise<FirefoxTab> {
  await call("session.new", { capabilities: {} });
  const { contexts } = await call("browsingContext.getTree");
  const { context } = contexts[0];
  const evaluate = async (expression: string) => {
    const target = { context };
    const { result } = await call("script.evaluate", { expression, target, awaitPromise: true });
    return result;
  };
  const until = async (expression: string) => String((await evaluate(waitFor(expression))).value);
  return {
    async open(url) {
      await call("browsingContext.navigate", { context, url, wait: "complete" });
    },
    until,
    press: async (action) => void (await until(pressed(action))),
    async choose(selector, file) {
      const found = `document.querySelector("${selector}")`;
      await until(`${found} !== null`);
      const { sharedId } = await evaluate(found);
      await call("input.setFiles", { context, element: { sharedId }, files: [file] });
    },
    async close() {
      end();
      await quit();
    },
  };
}
