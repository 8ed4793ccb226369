/**
 * The engine runs on the main thread of the command line as it does in an editor's extension
 * host, which other extensions share: at full speed it must not hold the event loop.
 */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { pathToFileURL } from "node:url";

const MIB = 1024 * 1024;
const SIZE = process.env["SECURESHARE_FULL"] === "1" ? 2048 * MIB : 384 * MIB;
/** Milliseconds, 99th percentile, beyond what an idle process beside it waits for a core. */
const LATE_MAX = 20;
const ATTEMPTS = 3;

interface Costs {
  readonly lateP99: number;
}
interface Program {
  done(): Promise<Costs>;
  say(line: object): void;
  hears(event: string): Promise<unknown>;
}
interface Bench {
  start(command: readonly string[]): Program;
  relay(): Promise<unknown>;
  path(name: string): string;
}
type Late = { readonly senderLate: number; readonly receiverLate: number };
interface Programs {
  readonly Bench: { run<T>(parent: string, task: (bench: Bench) => Promise<T>): Promise<T> };
}
interface Transfers {
  readonly transfer: (bench: Bench, relay: unknown, paths: string[], out: string) => Promise<Late>;
}
interface Memory {
  readonly sparseFile: (path: string, bytes: number) => Promise<void>;
}

const load = <T>(name: string): Promise<T> =>
  import(pathToFileURL(`${TEST_ROOT}scripts/bench/${name}.mjs`).href) as Promise<T>;

const IDLE = `process.stdin.on("data", () => process.exit()); console.log('{"event":"idle"}')`;

async function measure(): Promise<{ late: number; idle: number }> {
  const [{ Bench }, { transfer }, { sparseFile }] = await Promise.all([
    load<Programs>("programs"),
    load<Transfers>("transfer"),
    load<Memory>("memory"),
  ]);
  return Bench.run(tmpdir(), async (bench) => {
    const source = bench.path("sparse");
    await sparseFile(source, SIZE);
    const idle = bench.start([process.execPath, "-e", IDLE]);
    await idle.hears("idle");
    const { senderLate, receiverLate } = await transfer(
      bench,
      await bench.relay(),
      [source],
      bench.path("out"),
    );
    idle.say({});
    return { late: Math.max(senderLate, receiverLate), idle: (await idle.done()).lateP99 };
  });
}

describe("event loop", () => {
  it("is free within 20 ms at full speed, on both sides", async function () {
    this.timeout(240_000);
    const seen: string[] = [];
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { late, idle } = await measure();
      if (late - idle < LATE_MAX) return;
      seen.push(`${late.toFixed(1)} ms beside an idle process's ${idle.toFixed(1)} ms`);
    }
    assert.fail(seen.join(", "));
  });
});
