import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as esbuild from "esbuild";
import type * as journalWriter from "./programs/journalWriter";
import type * as keyReader from "./programs/keyReader";
import type * as lockTaker from "./programs/lockTaker";

/** What test/unit/node/programs holds: each runs in a process of its own. */
interface Programs {
  readonly journalWriter: typeof journalWriter;
  readonly keyReader: typeof keyReader;
  readonly lockTaker: typeof lockTaker;
}

/** A process of its own that answers line by line. */
export interface Program {
  readonly child: ChildProcess;
  /** The next line that it prints; rejects when it ends first. */
  line(): Promise<string>;
  tell(line: string): void;
  /** SIGKILL; settles when the process is gone. */
  kill(): Promise<void>;
}

/** Bundles a program's `run` into `folder`; the bundle's path. */
export async function bundleProgram(folder: string, name: keyof Programs): Promise<string> {
  const outfile = join(folder, `${name}.cjs`);
  await esbuild.build({
    absWorkingDir: TEST_ROOT,
    stdin: {
      contents: `import { run } from "./test/unit/node/programs/${name}";
        void run(process.argv.slice(2));`,
      resolveDir: TEST_ROOT,
    },
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
  });
  return outfile;
}

export function startProgram(bundle: string, ...args: readonly string[]): Program {
  const child = spawn(process.execPath, [bundle, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => undefined);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const exited = once(child, "exit");
  return {
    child,
    async line() {
      const { value, done } = await lines.next();
      if (done === true) throw new Error("program ended");
      return value;
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
