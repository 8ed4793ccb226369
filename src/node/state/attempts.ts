import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Attempts } from "../../core/ports";
import { onDisk } from "../files/diskError";
import { isCode } from "../files/fileSystem";
import { makePrivateFolder } from "./folder";

/** Attempts at one room of one relay in a day (docs/PROTOCOL.md, "Handshake"). */
const ATTEMPTS_MAX = 3;
const DAY = 24 * 60 * 60 * 1000;

interface Entry {
  readonly name: string;
  readonly number: number;
  /** Milliseconds since 1970, never after now. */
  readonly time: number;
}

/**
 * Attempts, counted across processes without a lock: each is a file `<room's hash>.<number>`
 * that is created exclusively and holds its time. Who loses the race for a number counts
 * again. The secret part of a code has no part in it.
 *
 * `folder` is made when it is missing; `now` is the wall clock in milliseconds.
 */
export function createAttempts(folder: string, now: () => number): Attempts {
  return {
    spend: (relay, room) =>
      onDisk(folder, async () => {
        await makePrivateFolder(folder);
        await prune(folder, now());
        return spend(folder, keyOf(relay, room), now());
      }),
  };
}

async function spend(folder: string, key: string, now: number): Promise<boolean> {
  for (;;) {
    const entries = await readEntries(folder, now, key);
    if (entries.filter(({ time }) => now - time < DAY).length >= ATTEMPTS_MAX) return false;
    const number = Math.max(0, ...entries.map((entry) => entry.number)) + 1;
    try {
      await writeFile(join(folder, `${key}.${number}`), String(now), { flag: "wx", mode: 0o600 });
      return true;
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
    }
  }
}

/** `ws:` and `wss:` to one host and port are one relay. */
function keyOf(relay: string, room: string): string {
  const host = URL.canParse(relay) ? new URL(relay).host : relay;
  return createHash("sha256").update(`${host}\n${room}`).digest("hex").slice(0, 32);
}

/** A day longer than they count, so that nobody still counts what is removed. */
async function prune(folder: string, now: number): Promise<void> {
  const entries = await readEntries(folder, now, "");
  const old = entries.filter(({ time }) => now - time > 2 * DAY);
  await Promise.all(old.map(({ name }) => rm(join(folder, name), { force: true })));
}

async function readEntries(folder: string, now: number, key: string): Promise<Entry[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(key));
  const entries = await Promise.all(names.map((name) => readEntry(folder, name, now)));
  return entries.filter((entry) => entry !== undefined);
}

async function readEntry(folder: string, name: string, now: number): Promise<Entry | undefined> {
  const number = Number(/^[0-9a-f]{32}\.(\d+)$/.exec(name)?.[1]);
  if (!Number.isSafeInteger(number)) return undefined;
  const path = join(folder, name);
  const text = await readFile(path, "utf8").catch(() => "");
  const written = /^\d+$/.test(text) ? Number(text) : now;
  if (written <= now && text !== "") return { name, number, time: written };
  // Made under a clock that was ahead, or by a process that died: it counts from now on,
  // so that it ends in a day whatever the clock did.
  await writeFile(path, String(now), { mode: 0o600 }).catch(() => undefined);
  return { name, number, time: now };
}
