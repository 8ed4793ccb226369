/** Reverse proxies of the distribution, run with the configurations that are shipped. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

export const execute = promisify(execFile);

/** Whether a program is installed; it stays silent when asked for its version. */
export async function isInstalled(program: string, versionFlag: string): Promise<boolean> {
  return execute(program, [versionFlag]).then(
    () => true,
    () => false,
  );
}

/** A port that was free a moment ago: proxies do not say which one they were given. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A shipped file with each of these replaced; every one must occur in it. */
export async function shipped(
  name: string,
  replacements: Readonly<Record<string, string>>,
): Promise<string> {
  let text = await readFile(`${TEST_ROOT}deploy/${name}`, "utf8");
  for (const [from, to] of Object.entries(replacements)) {
    if (!text.includes(from)) throw new Error(`${name} does not hold ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export interface ProxyProcess {
  /** What it wrote, both ways. */
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

interface ProxyOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What it says when it is of use. */
  readonly ready?: RegExp;
}

/** Starts a proxy in the foreground and waits until its port answers. */
export async function startProxy(
  program: string,
  args: readonly string[],
  port: number,
  { env = {}, ready = /^/ }: ProxyOptions = {},
): Promise<ProxyProcess> {
  const child: ChildProcess = spawn(program, args, { env: { ...process.env, ...env } });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  const ended = once(child, "close");
  while (!ready.test(output) || !(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${output}`);
    await delay(20);
  }
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { output: () => output, stop };
}

export interface Folder {
  readonly path: string;
  /** Writes a file; its path. */
  write(name: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

export async function temporaryFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "relay-proxy-"));
  const write = async (name: string, text: string) => {
    const file = join(path, name);
    await writeFile(file, text);
    return file;
  };
  return { path, write, remove: () => rm(path, { recursive: true, force: true }) };
}
