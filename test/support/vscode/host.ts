import { EventEmitter, once } from "node:events";
import { format } from "node:util";
import type { Browser } from "playwright-core";
import { workbenchUrl } from "../../../scripts/vscode/server.mjs";
import type { Computer } from "./computer";
import { PATIENCE_MS } from "./patience";

export interface HostRun {
  /** Absolute path of the module whose `run` is called inside the extension host. */
  readonly tests: string;
  /** Absolute path of the unpacked extension. */
  readonly extension: string;
  /** How long the whole run may take, in milliseconds. */
  readonly limitMs?: number;
}

export interface HostResult {
  /** 0 when `run` settled well, 1 when it threw. */
  readonly exitCode: number;
  /** What was printed inside the extension host. */
  readonly output: string;
}

/** A stack frame inside VS Code itself: it complains at length about the network and such. */
const OWN_FRAME = /^\s+at .*(\/out\/vs\/|node:internal)/;

/**
 * Runs tests inside the extension host of a new window, on a computer started with `driver`.
 *
 * @throws {Error} with the output so far when the run does not end in time
 */
export async function runInHost(
  browser: Browser,
  computer: Computer,
  { tests, extension, limitMs = 500_000 }: HostRun,
): Promise<HostResult> {
  const context = await browser.newContext();
  context.setDefaultTimeout(PATIENCE_MS);
  const lines: string[] = [];
  const events = new EventEmitter();
  try {
    // The workbench calls these two, if they are there, with what the extension host prints and
    // with its exit code.
    await context.exposeFunction("codeAutomationLog", (_type: string, args: unknown[]) => {
      lines.push(
        ...format(...args)
          .split("\n")
          .filter((line) => !OWN_FRAME.test(line)),
      );
    });
    await context.exposeFunction("codeAutomationExit", (code: number) => {
      events.emit("exit", code);
    });
    const page = await context.newPage();
    const what = { folder: computer.workspace, extension, tests };
    const [[code]] = await Promise.all([
      once(events, "exit", { signal: AbortSignal.timeout(limitMs) }),
      page.goto(workbenchUrl(computer.server, what)),
    ]);
    return { exitCode: Number(code), output: lines.join("\n") };
  } catch (cause) {
    throw new Error(`the extension host did not finish:\n${lines.join("\n")}`, { cause });
  } finally {
    await context.close();
  }
}
