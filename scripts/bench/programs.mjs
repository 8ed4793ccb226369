// The programs that the benchmarks run, as real processes: the relay, both command lines and
// anything else, with what each of them cost.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const COSTS = fileURLToPath(new URL("costs.cjs", import.meta.url));
const CLI = `${root}dist/cli.js`;

/**
 * What a process cost: CPU over all threads, the largest resident memory, and by how many
 * milliseconds its event loop was late since `watchLoop`.
 * @typedef {{ cpuSeconds: number, peakBytes: number, lateP50: number, lateP99: number }} Costs
 */
/** @typedef {Record<string, any> & { event: string }} Event */
/** @typedef {{ at: number, event: Event }} Heard */

let names = 0;

/** A process that says things in lines of JSON. Times are those of `performance.now()`. */
export class Program {
  /** @type {Heard[]} */
  heard = [];
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #errors = "";
  /** Undefined until it has ended. @type {number | null | undefined} */
  exitCode;
  endedAt = 0;

  /**
   * @param {string} folder for what the process leaves about its costs
   * @param {string[]} command a program and its arguments; `node` gets the costs' hook
   * @param {NodeJS.ProcessEnv} [env]
   */
  constructor(folder, [program = "", ...args], env = {}) {
    names += 1;
    this.costsFile = join(folder, `costs-${names}.json`);
    this.startedAt = performance.now();
    this.child = spawn(program, args, {
      env: {
        PATH: process.env["PATH"],
        LANG: "C",
        NODE_OPTIONS: `--require=${COSTS}`,
        BENCH_COSTS: this.costsFile,
        ...env,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    createInterface(this.child.stdout).on("line", (line) => this.#line(line));
    this.child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#errors = (this.#errors + text).slice(-4096);
    });
    // It may have ended before it was spoken to.
    this.child.stdin.on("error", () => {});
    this.ended = once(this.child, "close").then(([code]) => {
      this.endedAt = performance.now();
      this.exitCode = code;
      this.#changed();
    });
  }

  /** @param {string} line */
  #line(line) {
    if (!line.startsWith("{")) return;
    this.heard.push({ at: performance.now(), event: JSON.parse(line) });
    this.#changed();
  }

  #changed() {
    for (const listener of this.#listeners) listener();
  }

  /**
   * The first event of that name, from the `from`th on, that fits.
   * @param {string} name
   * @param {(event: Event) => boolean} [fits]
   * @param {number} [from]
   * @returns {Promise<Heard>}
   */
  async hears(name, fits = () => true, from = 0) {
    for (;;) {
      const found = this.heard.slice(from).find(({ event }) => event.event === name && fits(event));
      if (found !== undefined) return found;
      if (this.exitCode !== undefined) throw this.#failure(`ended without ${name}`);
      await new Promise((/** @type {(_: void) => void} */ resolve) => {
        const listener = () => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  /** @param {object} answer */
  say(answer) {
    this.child.stdin.write(`${JSON.stringify(answer)}\n`);
  }

  /** What comes from now on counts for how late its event loop is. */
  watchLoop() {
    this.child.kill("SIGUSR2");
  }

  /** Settles when it has ended well. @returns {Promise<Costs>} */
  async done() {
    await this.ended;
    if (this.exitCode !== 0) throw this.#failure(`ended with ${this.exitCode}`);
    return JSON.parse(await readFile(this.costsFile, "utf8"));
  }

  /** @param {string} what */
  #failure(what) {
    const last = JSON.stringify(this.heard.at(-1)?.event);
    return new Error(`${this.child.spawnargs.join(" ")}: ${what}: ${last} ${this.#errors}`);
  }

  /** @param {NodeJS.Signals} [signal] */
  async kill(signal = "SIGKILL") {
    if (this.exitCode === undefined) this.child.kill(signal);
    await this.ended;
  }
}

/** A folder that is removed, and programs that are ended, when `task` has settled. */
export class Bench {
  /** @type {Program[]} */
  #programs = [];
  #states = 0;

  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
  }

  /**
   * @template T
   * @param {string} parent such as /dev/shm
   * @param {(bench: Bench) => Promise<T>} task
   * @returns {Promise<T>}
   */
  static async run(parent, task) {
    const bench = new Bench(await mkdtemp(join(parent, "secureshare-bench-")));
    // Ended in the middle by a signal: nothing of it may stay.
    const end = () => {
      for (const { child } of bench.#programs) child.kill("SIGKILL");
      rmSync(bench.folder, { recursive: true, force: true });
    };
    process.once("exit", end);
    try {
      return await task(bench);
    } finally {
      process.off("exit", end);
      await Promise.all(bench.#programs.map((program) => program.kill()));
      await rm(bench.folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  /** @param {string[]} parts */
  path(...parts) {
    return join(this.folder, ...parts);
  }

  /**
   * @param {string[]} command
   * @param {NodeJS.ProcessEnv} [env]
   */
  start(command, env) {
    const program = new Program(this.folder, command, env);
    this.#programs.push(program);
    return program;
  }

  /**
   * A command line with a state folder of its own.
   * @param {string[]} args
   * @param {string[]} [wrapper] what it is started by
   */
  cli(args, wrapper = []) {
    this.#states += 1;
    const env = { SECURESHARE_HOME: this.path(`state-${this.#states}`) };
    return this.start([...wrapper, process.execPath, CLI, ...args, "--json"], env);
  }

  /**
   * A relay without limits on how often one address comes.
   * @param {string} [host]
   * @param {string[]} [wrapper]
   */
  async relay(host = "127.0.0.1", wrapper = []) {
    const limits = ["waiting-rooms-per-address", "joins-per-minute", "connects-per-minute"];
    const plenty = limits.flatMap((limit) => [`--${limit}`, "1000000"]);
    const flags = ["--host", host, "--port", "0", ...plenty];
    const program = this.start([...wrapper, process.execPath, `${root}dist/relay.js`, ...flags]);
    const { event } = await program.hears("listening");
    /** @type {string} */
    const url = event["url"];
    return { url, program, pid: program.child.pid ?? 0 };
  }
}
