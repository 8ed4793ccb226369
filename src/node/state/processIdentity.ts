import { readFile } from "node:fs/promises";
import { uptime } from "node:os";
import * as v from "valibot";
import { isCode } from "../files/fileSystem";

const text = v.pipe(v.string(), v.maxLength(64));

/** A process, told from every other that has or had the same number. */
export const processIdentity = v.object({
  pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  /** When it started, in ticks since the boot (Linux). */
  start: v.nullable(text),
  /** The boot that it started in (Linux). */
  boot: v.nullable(text),
  /** Seconds from the boot until it said who it is. */
  uptime: v.number(),
});

export type ProcessIdentity = v.InferOutput<typeof processIdentity>;

export async function identifySelf(): Promise<ProcessIdentity> {
  const { pid } = process;
  const start = (await readStat(pid))?.start ?? null;
  return { pid, start, boot: await bootId(), uptime: uptime() };
}

/**
 * Does this process still run? Where the system tells neither boots nor start times, a later
 * process with the same number counts as it, unless the machine was started in between.
 * Wall clocks have no part in it.
 */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const boot = await bootId();
  if (boot === null || identity.boot === null || identity.start === null)
    return uptime() >= identity.uptime && hasNumber(identity.pid);
  if (boot !== identity.boot) return false;
  const stat = await readStat(identity.pid);
  return stat !== undefined && !/[ZX]/.test(stat.state) && stat.start === identity.start;
}

async function bootId(): Promise<string | null> {
  const id = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => null);
  return id?.trim() ?? null;
}

/** State (3) and start time (22) of proc_pid_stat(5). A name with spaces or `)` is field 2. */
async function readStat(pid: number): Promise<{ state: string; start: string } | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? undefined : { state, start };
}

function hasNumber(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}
