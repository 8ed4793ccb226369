import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { run, signalGroup, stopGroup } from "./processes.mjs";

export { installServer, NEWEST, OLDEST } from "./install.mjs";

/** How long a server may take until it listens. Milliseconds. */
const READY_MS = 180_000;

/**
 * @typedef {import("./install.mjs").Server} Server
 *
 * @typedef {object} RunningServer
 * @property {string} url `http://127.0.0.1:PORT`
 * @property {number} port
 * @property {string} token whoever knows it may open a workbench, and with it a terminal
 * @property {import("node:child_process").ChildProcess} process
 * @property {string} dataDir its `data/User/settings.json` below holds its user's settings
 * @property {() => Promise<void>} stop ends the whole process tree; may be called twice
 *
 * @typedef {object} StartOptions
 * @property {Server} server
 * @property {string} dataDir
 * @property {string} extensionsDir
 * @property {string} home stands for the user's home folder: no server sees another's state
 * @property {number} [port] 0 or none: any free one
 * @property {NodeJS.ProcessEnv} [env] further variables for the extension host
 * @property {(line: string) => void} [log]
 * @property {AbortSignal} [signal] stops the server, at any time
 * @property {string[]} [flags] further command line flags
 * @property {string[]} [extensions] unpacked extensions, linked in as if they had been installed
 * @property {boolean} [driver] whether windows may be given an extension and tests by their
 * address. Windows that a user works in are better without: the oldest shows no modal dialog then.
 */

/**
 * Starts a VS Code server on the loopback interface and waits until it listens.
 *
 * @param {StartOptions} options
 * @returns {Promise<RunningServer>}
 * @throws {Error} with the end of its output when it does not get that far
 */
export async function startServer(options) {
  const { server, dataDir, extensionsDir, home, port = 0, log = () => {}, signal } = options;
  for (const folder of [dataDir, extensionsDir, runtimeFolder(home)])
    await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const extension of options.extensions ?? []) await linkExtension(extension, extensionsDir);
  const token = randomBytes(16).toString("hex");
  // In a file: arguments are readable by every user of the machine.
  const tokenFile = join(dataDir, "connection-token");
  await writeFile(tokenFile, token, { mode: 0o600 });
  const args = [
    server.entry,
    "--host=127.0.0.1",
    `--port=${port}`,
    `--connection-token-file=${tokenFile}`,
    `--server-data-dir=${dataDir}`,
    `--extensions-dir=${extensionsDir}`,
    "--accept-server-license-terms",
    "--disable-telemetry",
    // A built server heeds extensionDevelopmentPath and extensionTestsPath with this flag only.
    ...(options.driver ? ["--enable-smoke-test-driver"] : []),
    ...(options.flags ?? []),
  ];
  const child = spawn(server.node, args, {
    cwd: dirname(dirname(server.entry)),
    env: serverEnv(home, server, options.env),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const stop = stopper(child, signal);
  try {
    const bound = await listening(child, log, signal);
    return { url: `http://127.0.0.1:${bound}`, port: bound, token, process: child, dataDir, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * A server takes what lies in a new extensions folder for installed.
 *
 * @param {string} extension
 * @param {string} extensionsDir
 */
async function linkExtension(extension, extensionsDir) {
  const manifest = JSON.parse(await readFile(join(extension, "package.json"), "utf8"));
  const { publisher, name, version } = manifest;
  await symlink(extension, join(extensionsDir, `${publisher}.${name}-${version}`));
}

/**
 * Installs a packaged extension (VSIX) into an extensions folder.
 *
 * @param {{ server: Server, vsix: string, dataDir: string, extensionsDir: string, home: string,
 *   signal?: AbortSignal }} options
 * @returns {Promise<string>} what the server's command line printed
 */
export function installExtension({ server, vsix, dataDir, extensionsDir, home, signal }) {
  const folders = [`--server-data-dir=${dataDir}`, `--extensions-dir=${extensionsDir}`];
  return run(server.node, [server.entry, ...folders, `--install-extension=${vsix}`], {
    cwd: dirname(dirname(server.entry)),
    env: serverEnv(home, server),
    signal,
  });
}

/**
 * The address of a workbench window. The authority in the payload has to be the very one in the
 * address bar: `localhost` in place of 127.0.0.1 finds no extension.
 *
 * @param {RunningServer} server
 * @param {object} what absolute paths on the server's machine
 * @param {string} what.folder the workspace; by its URI where that is on no disk
 * @param {string} [what.extension] an unpacked extension to load (on a server with `driver`)
 * @param {string} [what.tests] a module whose `run` is called inside the extension host (likewise)
 * @returns {string}
 */
export function workbenchUrl(server, { folder, extension, tests }) {
  const url = new URL(server.url);
  const remote = (/** @type {string} */ path) => `vscode-remote://${url.host}${encodeURI(path)}`;
  const payload = [["skipWelcome", "true"]];
  if (extension !== undefined) payload.push(["extensionDevelopmentPath", remote(extension)]);
  if (tests !== undefined) payload.push(["extensionTestsPath", remote(tests)]);
  url.searchParams.set("tkn", server.token);
  url.searchParams.set("folder", folder);
  url.searchParams.set("payload", JSON.stringify(payload));
  return url.href;
}

/** Short, as a socket's address has room for some hundred characters. */
const runtimeFolder = (/** @type {string} */ home) => join(home, ".run");

/**
 * The caller's environment less what belongs to another VS Code, npm run or user profile.
 *
 * @param {string} home
 * @param {Server} server
 * @param {NodeJS.ProcessEnv} [extra]
 * @returns {NodeJS.ProcessEnv}
 */
function serverEnv(home, server, extra) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_|SECURESHARE_|XDG_|npm_|NODE_OPTIONS$)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    PATH: `${dirname(server.node)}:${process.env["PATH"]}`,
    HOME: home,
    XDG_CONFIG_HOME: join(home, ".config"),
    XDG_DATA_HOME: join(home, ".local", "share"),
    XDG_STATE_HOME: join(home, ".local", "state"),
    XDG_CACHE_HOME: join(home, ".cache"),
    // For its sockets, which it leaves behind.
    XDG_RUNTIME_DIR: runtimeFolder(home),
    ...extra,
  };
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {AbortSignal | undefined} signal
 * @returns {() => Promise<void>}
 */
function stopper(child, signal) {
  const { pid } = child;
  if (pid === undefined) return async () => {};
  /** @type {Promise<void> | undefined} */
  let stopping;
  // The group of its own keeps Ctrl-C from the server, so an exit of ours has to reach it.
  const onExit = () => signalGroup(pid, "SIGKILL");
  const stop = () => {
    process.off("exit", onExit);
    signal?.removeEventListener("abort", stop);
    stopping ??= stopGroup(pid);
    return stopping;
  };
  process.once("exit", onExit);
  signal?.addEventListener("abort", stop);
  return stop;
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {(line: string) => void} log
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<number>} the port
 */
function listening(child, log, signal) {
  const limit = AbortSignal.timeout(READY_MS);
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  return new Promise((resolve, reject) => {
    /** @type {string[]} */
    const lines = [];
    const fail = (/** @type {unknown} */ cause) =>
      reject(new Error(`The VS Code server did not start:\n${lines.join("\n")}`, { cause }));
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        log(line);
        if (lines.length < 50) lines.push(line);
        const port = /Extension host agent listening on (\d+)/.exec(line)?.[1];
        if (port !== undefined) resolve(Number(port));
      });
    }
    child.once("error", fail);
    child.once("exit", (code, by) => fail(`ended with ${code ?? by}`));
    either.addEventListener("abort", () => fail(either.reason), { once: true });
    if (either.aborted) fail(either.reason);
  });
}
