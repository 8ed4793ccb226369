/** The command line as real processes: started, listened to, ended. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import { type ErrorCode, EXIT_CODES } from "../../src/core/errors";
import { type CliEvent, cliEvent } from "./cliEvents";

const PROGRAM = `${TEST_ROOT}dist/cli.js`;
/** An event that does not come in this time fails its test. Milliseconds. */
const PATIENCE = 50_000;

let building: Promise<void> | undefined;

/** Bundles the command line as the build does, into its place in dist; once a run. */
export function buildCli(): Promise<void> {
  building ??= bundleCli();
  return building;
}

async function bundleCli(): Promise<void> {
  const build: unknown = await import(pathToFileURL(`${TEST_ROOT}scripts/build.mjs`).href);
  const { bundle } = build as { bundle: (name: string) => Promise<unknown> };
  await bundle("cli");
}

/** Runs a command on a terminal of its own; that of util-linux, not of BSD. */
const TERMINAL = "script";

/** Whether `startOnTerminal` works here. */
export function hasTerminals(): boolean {
  const { stdout } = spawnSync(TERMINAL, ["--version"], { encoding: "utf8" });
  return stdout?.includes("util-linux") ?? false;
}

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Closed at once unless it is to be written to. */
  readonly stdin?: "open" | "closed";
}

/** One running command line. */
export class CliProcess {
  readonly ended: Promise<Ended>;
  readonly #events: CliEvent[] = [];
  readonly #listeners = new Set<() => void>();
  #stdout = "";
  #stderr = "";
  #line = "";
  #over = false;

  constructor(readonly child: ChildProcess) {
    child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#output(text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#changed();
    });
    this.ended = new Promise((resolve) => {
      child.on("close", (exitCode, signal) => {
        this.#over = true;
        this.#changed();
        resolve({ exitCode, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  #output(text: string): void {
    this.#stdout += text;
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("{")) this.#events.push(readEvent(line));
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  get events(): readonly CliEvent[] {
    return this.#events;
  }
  get stdout(): string {
    return this.#stdout;
  }

  /** The first event of that name that fits, awaited when it has not come yet. */
  async event<E extends CliEvent["event"]>(
    name: E,
    fits: (event: Extract<CliEvent, { event: E }>) => boolean = () => true,
    patience = PATIENCE,
  ): Promise<Extract<CliEvent, { event: E }>> {
    const found = () =>
      this.#events
        .filter((event): event is Extract<CliEvent, { event: E }> => event.event === name)
        .find(fits);
    await this.#until(() => found() !== undefined, name, patience);
    const event = found();
    if (event === undefined) throw this.#missing(name);
    return event;
  }

  /** Waits until the output holds something, on either stream. */
  async shows(pattern: RegExp): Promise<void> {
    await this.#until(() => pattern.test(this.#stdout + this.#stderr), String(pattern));
  }

  #missing(what: string): Error {
    return new Error(`no ${what}\nstdout: ${this.#stdout}\nstderr: ${this.#stderr}`);
  }

  #until(holds: () => boolean, what: string, patience = PATIENCE): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (action: () => void) => {
        clearTimeout(timer);
        this.#listeners.delete(check);
        action();
      };
      const fail = () => settle(() => reject(this.#missing(what)));
      const timer = setTimeout(fail, patience);
      const check = () => {
        if (holds()) settle(resolve);
        else if (this.#over) fail();
      };
      this.#listeners.add(check);
      check();
    });
  }

  /** Keys, such as Ctrl-C, to a terminal. */
  press(keys: string): void {
    this.child.stdin?.write(keys);
  }

  /** One line to standard input. */
  say(line: string | object): void {
    this.child.stdin?.write(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);
  }
}

function readEvent(line: string): CliEvent {
  return v.parse(cliEvent, JSON.parse(line));
}

/** A place of its own for each test: folders, state, and processes that end with it. */
export class CliBench {
  readonly #processes: CliProcess[] = [];

  private constructor(readonly root: string) {}

  static async open(): Promise<CliBench> {
    return new CliBench(await mkdtemp(join(tmpdir(), "secureshare-cli-")));
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  /** `node dist/cli.js ARGS`, with an environment that holds nothing of this computer's. */
  start(args: readonly string[], options: StartOptions = {}): CliProcess {
    return this.#spawn(process.execPath, [PROGRAM, ...args], options);
  }

  #spawn(
    command: string,
    args: readonly string[],
    { cwd = this.root, env, stdin = "closed" }: StartOptions,
  ): CliProcess {
    const child = spawn(command, args, {
      cwd,
      env: {
        PATH: process.env["PATH"],
        SECURESHARE_HOME: this.path("state"),
        LANG: "C",
        ...env,
      },
      stdio: [stdin === "open" ? "pipe" : "ignore", "pipe", "pipe"],
    });
    const started = new CliProcess(child);
    this.#processes.push(started);
    return started;
  }

  /** On a terminal of its own; write to it with `say` and `press`. */
  startOnTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}): CliProcess {
    const quoted = [process.execPath, PROGRAM, ...args].map((arg) => `'${arg}'`).join(" ");
    // `exec`: the shell between would take Ctrl-C for itself.
    return this.#spawn(TERMINAL, ["-qfec", `exec ${quoted}`, "/dev/null"], {
      env: { TERM: "xterm", ...env },
      stdin: "open",
    });
  }

  /** Runs to the end. */
  run(args: readonly string[], options?: StartOptions): Promise<Ended> {
    return this.start(args, options).ended;
  }

  /** A relay as a process of its own, and its URL. */
  async relay(
    options: readonly string[] = [],
    port = 0,
  ): Promise<{ url: string; process: CliProcess }> {
    const relay = this.start(["relay", "--host", "127.0.0.1", "--port", String(port), ...options]);
    const { url } = await relay.event("listening");
    return { url, process: relay };
  }

  async close(): Promise<void> {
    for (const { child } of this.#processes) child.kill("SIGKILL");
    await Promise.all(this.#processes.map(({ ended }) => ended));
    await rm(this.root, { recursive: true, force: true });
  }
}

/** Ended with this error, told in the last line of `--json`, and its exit code. */
export function failsWith(ended: Ended, code: ErrorCode): void {
  const last = ended.stdout.trimEnd().split("\n").at(-1) ?? "";
  assert.match(last, new RegExp(`"event":"error","code":"${code}"`), ended.stdout + ended.stderr);
  assert.equal(ended.exitCode, EXIT_CODES[code]);
}

/** A port of loopback on which nobody listens. */
export function unusedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
