import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { run } from "./processes.mjs";

/** The code-server release with the oldest VS Code that the extension supports (1.100.3). */
export const OLDEST = "4.100.3";
/** The newest code-server release tried (VS Code 1.139.1). */
export const NEWEST = "4.139.1";

/** The Node.js major version for which each release is made. */
const NODE_MAJOR = new Map([
  [OLDEST, 20],
  [NEWEST, 24],
]);

/** A folder of an install that was killed is swept once it is this old. */
const STALE_MS = 60 * 60 * 1000;

/**
 * An unpacked VS Code server.
 *
 * @typedef {object} Server
 * @property {string} entry its `server-main.js`
 * @property {string} node the Node.js that has to run it
 * @property {string} version of code-server
 */

/**
 * Makes sure that a VS Code server is in the user's cache, from the npm registry if need be.
 * Safe when killed and when two processes do it at once: the folder appears whole or not at all.
 *
 * @param {object} [options]
 * @param {string} [options.version] one of the two that are supported
 * @param {(line: string) => void} [options.log]
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<Server>}
 * @throws {Error} with what to do when something that it needs is missing
 */
export async function installServer({ version = OLDEST, log = () => {}, signal } = {}) {
  const major = NODE_MAJOR.get(version);
  if (major === undefined) throw new Error(`unknown code-server version ${version}`);
  const ownNode = !runningNodeFits(major);
  const home = join(cacheFolder(), ownNode ? `${version}-node${major}` : version);
  if (!existsSync(home)) {
    log(`Installing VS Code server ${version} into ${home} (once; about a minute)…`);
    await installInto(home, { version, major, ownNode, log, signal });
  }
  return {
    entry: join(vscodeFolder(home), "out", "server-main.js"),
    node: ownNode ? join(home, "node", "bin", "node") : process.execPath,
    version,
  };
}

/** @returns {string} */
function cacheFolder() {
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(cache, "secureshare-vscode");
}

/** @param {string} home */
const vscodeFolder = (home) => join(home, "package", "lib", "vscode");

/**
 * The running Node.js serves if it has the right ABI and brings the headers with which the
 * server's one native addon is compiled; else both come from the registry.
 *
 * @param {number} major
 */
function runningNodeFits(major) {
  const headers = join(nodePrefix(process.execPath), "include", "node", "node.h");
  return Number.parseInt(process.versions.node, 10) === major && existsSync(headers);
}

/** @param {string} node path of a `bin/node` */
const nodePrefix = (node) => dirname(dirname(node));

/**
 * @typedef {object} Plan
 * @property {string} version
 * @property {number} major
 * @property {boolean} ownNode
 * @property {(line: string) => void} log
 * @property {AbortSignal | undefined} signal
 */

/**
 * @param {string} home
 * @param {Plan} plan
 */
async function installInto(home, plan) {
  await mkdir(dirname(home), { recursive: true });
  await sweep(dirname(home));
  const scratch = await mkdtemp(`${home}.tmp-`);
  try {
    await fill(scratch, plan);
    await rename(scratch, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
    plan.log("Another process has installed it meanwhile.");
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Removes what killed installs have left.
 *
 * @param {string} folder
 */
async function sweep(folder) {
  for (const name of await readdir(folder)) {
    if (!name.includes(".tmp-")) continue;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true });
  }
}

/**
 * A plain `npm install code-server` compiles a dozen native addons for terminals, Kerberos and
 * the like. The server starts with one of them: spdlog, without which no extension host does.
 *
 * @param {string} scratch
 * @param {Plan} plan
 */
async function fill(scratch, { version, major, ownNode, log, signal }) {
  log("  unpacking");
  await unpack(`code-server@${version}`, scratch, { signal });
  const node = ownNode ? join(scratch, "node", "bin", "node") : process.execPath;
  if (ownNode) {
    const folder = join(scratch, "node");
    await mkdir(folder);
    const name = `node-${process.platform}-${process.arch}@${major}`;
    await unpack(name, folder, { signal, strip: true });
  }
  const env = npmEnv(node);
  const cwd = vscodeFolder(scratch);
  log("  installing its dependencies");
  await run("npm", ["install", "--omit=dev", "--ignore-scripts"], { cwd, env, signal });
  log("  compiling its native addon");
  try {
    await run("npm", ["rebuild", "@vscode/spdlog", "--ignore-scripts=false"], { cwd, env, signal });
  } catch (error) {
    signal?.throwIfAborted();
    const remedy = "It needs a C++ compiler, make and Python: apt-get install g++ make python3";
    const message = `The VS Code server's native addon does not compile. ${remedy}`;
    throw new Error(`${message}\n${String(error)}`, { cause: error });
  }
}

/**
 * Fetches a package from the npm registry and unpacks it into `folder`.
 *
 * @param {string} name
 * @param {string} folder
 * @param {{ signal?: AbortSignal | undefined, strip?: boolean }} options strip: leave out the
 * archive's own top folder, `package`
 */
async function unpack(name, folder, { signal, strip = false }) {
  const options = { cwd: folder, env: npmEnv(process.execPath), signal };
  const printed = await run("npm", ["pack", "--silent", name], options);
  const archive = printed.trim().split("\n").at(-1) ?? "";
  await run("tar", ["xzf", archive, ...(strip ? ["--strip-components=1"] : [])], options);
  await rm(join(folder, archive));
}

/**
 * The environment for an npm that is not the one that may be running this script: what that one
 * has exported about the project and its run must not steer it.
 *
 * @param {string} node
 * @returns {NodeJS.ProcessEnv}
 */
function npmEnv(node) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|command|config_local_prefix)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    PATH: [dirname(node), process.env["PATH"]].join(delimiter),
    npm_config_yes: "true",
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
    npm_config_nodedir: nodePrefix(node),
  };
}
