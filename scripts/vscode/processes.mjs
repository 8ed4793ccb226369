import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** How much of a failed command's output its error shows, in characters. */
const TAIL = 4000;

/**
 * Looks a program up on PATH.
 *
 * @param {string} name
 * @returns {Promise<string | undefined>} its absolute path
 */
export async function findProgram(name) {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter).filter(Boolean)) {
    const file = join(folder, name);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}

/**
 * Runs a command to its end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, signal?: AbortSignal | undefined }} options
 * @returns {Promise<string>} what it wrote to stdout
 * @throws {Error} with the end of its output when it fails or is not there
 */
export async function run(command, args, { cwd, env = process.env, signal }) {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], signal });
  let stdout = "";
  let all = "";
  child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
    stdout += text;
    all = (all + text).slice(-TAIL);
  });
  child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
    all = (all + text).slice(-TAIL);
  });
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${all.trim()}`);
}

/**
 * Ends a process group: asks first, then forces. Needed because a VS Code server leaves its
 * extension hosts running for minutes when only the server itself is ended.
 *
 * @param {number} group id of the group's leader (a child spawned with `detached: true`)
 * @param {number} graceMs how long the group has to end by itself
 */
export async function stopGroup(group, graceMs = 3000) {
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGKILL"])) {
    signalGroup(group, signal);
    const deadline = Date.now() + graceMs;
    while (Date.now() < deadline) {
      if (!signalGroup(group, 0)) return;
      await delay(20);
    }
  }
  // What is left are zombies: in a container whose first process collects none, they stay.
}

/**
 * @param {number} group
 * @param {NodeJS.Signals | 0} signal 0 only asks whether the group still has a member
 * @returns {boolean} false when the group is gone
 */
export function signalGroup(group, signal) {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
