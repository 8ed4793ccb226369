/** The real command line under attack, and what must be true of it afterwards. */
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { ErrorCode } from "../../../src/core/errors";
import { EXIT_CODES } from "../../../src/core/errors";
import { CliBench, type CliProcess, type Ended } from "../cli";
import { makeTree } from "../tree";

const PEAK_MIB = 250;
/** One turn of the event loop. Milliseconds of the processor. */
export const HELD_MS = 200;

/** What `send` sends, as it lies in the receiver's folder. */
export const SENT = { "x/a.txt": "content a", "x/b.txt": "content b" };

export class Victim {
  #started = 0;

  private constructor(readonly bench: CliBench) {}

  static async open(): Promise<Victim> {
    const victim = new Victim(await CliBench.open());
    await makeTree(victim.bench.path("from"), SENT);
    await writeFile(victim.bench.path("beside"), "nobody's business");
    return victim;
  }

  /** Sends two small files over this relay. */
  send(relay: string, ...more: readonly string[]): CliProcess {
    return this.start(["send", "from/x", "--relay", relay, "--yes", ...more]);
  }

  /** Receives into `to`. */
  receive(code: string, relay: string, ...more: readonly string[]): CliProcess {
    return this.start(["receive", code, "--relay", relay, "--out", "to", "--yes", ...more]);
  }

  start(args: readonly string[]): CliProcess {
    const number = this.#started++;
    return this.bench.start([...args, "--json"], {
      stdin: "open",
      env: {
        NODE_OPTIONS: `--require=${TEST_ROOT}test/support/hostile/monitor.cjs`,
        SECURESHARE_TEST_MONITOR: this.bench.path(`monitor-${number}.json`),
        SECURESHARE_HOME: this.bench.path(`home-${number}`),
      },
    });
  }

  /**
   * What must be so after every attack: its own clear error (or none), the exit code that
   * belongs to it, no half file, nothing outside the folder, bounded memory and turns.
   */
  async assertUnharmed(
    ended: Ended,
    codes: readonly ErrorCode[],
    files: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const told = ended.stdout + ended.stderr;
    const last: unknown = JSON.parse(ended.stdout.trimEnd().split("\n").at(-1) ?? "null");
    const failed = typeof last === "object" && last !== null && "code" in last;
    const code = codes.find((one) => failed && last.code === one);
    assert.ok(
      codes.length === 0 ? ended.exitCode === 0 : code !== undefined,
      `${codes.join()}: ${told}`,
    );
    if (code !== undefined) assert.equal(ended.exitCode, EXIT_CODES[code], told);
    assert.doesNotMatch(told, /\n {4}at /, "a stack instead of an error");
    assert.equal(await readFile(this.bench.path("beside"), "utf8"), "nobody's business");
    await this.#assertFiles(files);
    const numbers = Array.from({ length: this.#started }, (_, n) => n);
    const measured = await Promise.all(numbers.map((n) => this.#assertCheap(n)));
    assert.ok(measured.includes(true), "nobody was measured");
  }

  /** Under a final name stands a whole file or nothing, and nothing stands elsewhere. */
  async #assertFiles(files: Readonly<Record<string, string>>): Promise<void> {
    const ours = /^(?:beside|monitor-\d+\.json|(?:from|state|home-\d+|to)(?:\/.*)?)$/;
    const { root } = this.bench;
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      const name = relative(root, join(entry.parentPath, entry.name));
      assert.match(name, ours);
      if (!name.startsWith("to/") || entry.isDirectory()) continue;
      if (name.split("/").some((part) => part.startsWith(".secureshare-"))) continue;
      assert.equal(await readFile(join(root, name), "utf8"), files[name.slice(3)], name);
    }
  }

  /** False for one that still runs. */
  async #assertCheap(number: number): Promise<boolean> {
    const text = await readFile(this.bench.path(`monitor-${number}.json`), "utf8").catch(() => "");
    if (text === "") return false;
    const { heldMs, peakMiB } = JSON.parse(text) as { heldMs: number; peakMiB: number };
    assert.ok(peakMiB < PEAK_MIB, `${peakMiB} MiB`);
    assert.ok(heldMs < HELD_MS, `event loop held for ${heldMs} ms`);
    return true;
  }

  close(): Promise<void> {
    return this.bench.close();
  }
}
