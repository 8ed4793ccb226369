/** What happens to programs and machines, done to processes that a test has started. */
import { type ChildProcess, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** `npm run test:full`: everything whole, however long it takes. */
export const FULL = process.env["SECURESHARE_FULL"] === "1";

/** A moment that nobody chose, at most so many milliseconds from now. */
export function randomMoment(most: number): Promise<void> {
  return delay(randomInt(most + 1));
}

/** As the kernel or a power cut ends a program: it says and writes nothing more. */
export function killHard(child: ChildProcess): void {
  child.kill("SIGKILL");
}

/** A computer that sleeps, for so many milliseconds. */
export async function sleepFor(child: ChildProcess, ms: number): Promise<void> {
  child.kill("SIGSTOP");
  await delay(ms);
  child.kill("SIGCONT");
}

/** What a reboot does to folders that live in memory. */
export async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    await rm(join(folder, name), { recursive: true, force: true });
}

/** The library of Debian's `faketime`, to be preloaded; `undefined` where it is not installed. */
export function fakeTimeLibrary(): string | undefined {
  const args = ["-f", "+0", "printenv", "LD_PRELOAD"];
  const { stdout } = spawnSync("faketime", args, { encoding: "utf8" });
  return stdout?.trim() || undefined;
}

/** Removes what that library leaves of a killed program in shared memory. */
export async function forgetFakeTime(pid: number): Promise<void> {
  for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`])
    await rm(join("/dev/shm", name), { force: true });
}
