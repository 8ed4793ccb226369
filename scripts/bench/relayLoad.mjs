// Starts the relay and its clients for the load harness, and reads what they cost.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Clock ticks a second of /proc (`getconf CLK_TCK`). */
const TICKS = 100;

/**
 * @typedef {{ url: string, admin: string, pid: number, stop: () => Promise<void> }} RunningRelay
 * @typedef {{ order: (what: string, how?: object) => Promise<any>, end: () => void }} Clients
 */

/**
 * @param {string[]} args
 * @returns {Promise<RunningRelay>}
 */
export async function startRelay(...args) {
  const flags = ["--host", "127.0.0.1", "--port", "0", "--admin-port", "0", ...args];
  const child = spawn(process.execPath, [`${root}dist/relay.js`, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [line] = await once(createInterface(child.stdout), "line");
  const log = createInterface(child.stderr);
  const admin = await new Promise((resolve) => {
    log.on("line", (text) => {
      const entry = JSON.parse(text);
      if (entry.event === "admin") resolve(entry.url);
    });
  });
  const stop = async () => {
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
  };
  return { url: JSON.parse(line).url, admin, pid: child.pid ?? 0, stop };
}

/**
 * A client process; `from` is the loopback address that it connects from, "many" for one a pair.
 * @param {RunningRelay} relay
 * @param {string} from
 * @returns {Clients}
 */
export function startClients({ url, pid }, from) {
  const child = fork(fileURLToPath(new URL("relayClients.mjs", import.meta.url)));
  const usual = { url, pid, from, count: 1, concurrency: 16, frame: 0, bytes: 0, ms: 0 };
  const order = async (/** @type {string} */ what, how = {}) => {
    child.send({ do: what, ...usual, ...how });
    const [{ result, error }] = await once(child, "message");
    if (error !== undefined) throw new Error(`${what}: ${error}`);
    return result;
  };
  return { order, end: () => child.kill("SIGKILL") };
}

/**
 * Resident memory (now and at most, bytes) and CPU seconds of a process.
 * @param {number} pid
 */
export async function costOf(pid) {
  const [status, stat] = await Promise.all([
    readFile(`/proc/${pid}/status`, "utf8"),
    readFile(`/proc/${pid}/stat`, "utf8"),
  ]);
  const kib = (/** @type {string} */ name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  // Behind the name, which may hold spaces: utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS;
  return { resident: kib("VmRSS"), most: kib("VmHWM"), cpuSeconds };
}

/**
 * Figures of the relay by name and labels; the event loop's are those since the last look.
 * @param {RunningRelay} relay
 * @returns {Promise<(name: string) => number>}
 */
export async function figuresOf({ admin }) {
  const text = await (await fetch(`${admin}/metrics`)).text();
  return (name) => {
    const line = text.split("\n").find((entry) => entry.startsWith(`${name} `));
    return line === undefined ? 0 : Number(line.slice(name.length + 1));
  };
}

/**
 * @param {number[]} times
 * @param {number} percent
 */
export function percentile(times, percent) {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor((sorted.length * percent) / 100), sorted.length - 1)] ?? 0;
}
