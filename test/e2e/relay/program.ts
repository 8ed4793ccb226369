/** The relay as its own process, for tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import * as esbuild from "esbuild";
import { relayBundle } from "../../unit/relay/relayBundle";

const BUILT = `${TEST_ROOT}dist/relay.js`;
const OWN_BUILD = `${TEST_ROOT}out/relay-under-test.js`;

interface Exit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RelayProcess {
  readonly child: ChildProcess;
  /** The first line on stdout; rejects when the process ends without one. */
  readonly firstLine: Promise<string>;
  readonly exit: Promise<Exit>;
  /** What a log event said; waits for it. */
  readonly logged: (event: string) => Promise<Readonly<Record<string, unknown>>>;
}

/** Starts relays and ends those that still run. */
export interface RelayProgram {
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => RelayProcess;
  /** A relay on a free port of 127.0.0.1: its `ws://` or `wss://` URL. */
  readonly start: (
    args?: readonly string[],
  ) => Promise<{ readonly relay: RelayProcess; readonly url: string }>;
  readonly killAll: () => Promise<void>;
}

/** The path of the program, made first where there is no build. */
async function programPath(): Promise<string> {
  if (existsSync(BUILT)) return BUILT;
  await esbuild.build({ ...(await relayBundle()), outfile: OWN_BUILD });
  return OWN_BUILD;
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  return JSON.parse(line) as Record<string, unknown>;
}

/** Log lines by event, for those who wait for one. */
function watchLog(child: ChildProcess): RelayProcess["logged"] {
  const seen: Readonly<Record<string, unknown>>[] = [];
  const wakes = new Set<() => void>();
  if (child.stderr !== null)
    createInterface(child.stderr).on("line", (line) => {
      if (line.startsWith("{")) seen.push(parsed(line));
      for (const wake of wakes) wake();
    });
  return async (event) => {
    for (;;) {
      const index = seen.findIndex((entry) => entry["event"] === event);
      if (index !== -1) return seen.splice(index, 1)[0] ?? {};
      await new Promise<void>((resolve) => wakes.add(resolve));
    }
  };
}

function watch(child: ChildProcess): RelayProcess {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const exit = once(child, "close").then(([code]) => ({
    code: code as number | null,
    stdout,
    stderr,
  }));
  const firstLine = new Promise<string>((resolve, reject) => {
    if (child.stdout !== null) createInterface(child.stdout).once("line", resolve);
    void exit.then(() => reject(new Error(`no line on stdout, but ${stderr}`)));
  });
  // Whoever does not ask for the line is not told that there was none.
  firstLine.catch(() => undefined);
  return { child, firstLine, exit, logged: watchLog(child) };
}

export async function relayProgram(): Promise<RelayProgram> {
  const program = await programPath();
  const running = new Set<RelayProcess>();
  const run: RelayProgram["run"] = (args, env = {}) => {
    const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env } });
    const relay = watch(child);
    running.add(relay);
    return relay;
  };
  const start: RelayProgram["start"] = async (args = []) => {
    const relay = run(["--host", "127.0.0.1", "--port", "0", ...args]);
    return { relay, url: String(parsed(await relay.firstLine)["url"]) };
  };
  const killAll = async () => {
    for (const { child } of running) child.kill("SIGKILL");
    await Promise.all(Array.from(running, ({ exit }) => exit));
    running.clear();
  };
  return { run, start, killAll };
}
