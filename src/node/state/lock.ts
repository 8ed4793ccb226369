import { createHash, randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { onDisk } from "../files/diskError";
import { type FileSystem, ignoring, nodeFileSystem, readBounded } from "../files/fileSystem";
import { identifySelf, isAlive, type ProcessIdentity, processIdentity } from "./processIdentity";
import { createAtomic } from "./writeAtomic";

/** A lock file is read up to here. Bytes. */
const LOCK_MAX = 1024;
/** Each try that fails is one in which somebody else got on. */
const TRIES_MAX = 100;

export interface Lock {
  /** Safe to call twice. */
  release(): Promise<void>;
}

/**
 * Takes the lock file `path`, whose folder must exist; `undefined` when a running process
 * has it, this one included. A lock whose process is gone is taken over.
 *
 * A lock appears whole, by `link`. A stale one is removed only by who holds the guard that is
 * named after its content, and only while it still has that content: so no two can remove
 * one after the other and both go on, and nobody removes a lock that was taken since.
 */
export async function takeLock(
  path: string,
  files: FileSystem = nodeFileSystem,
): Promise<Lock | undefined> {
  const mine = JSON.stringify({
    ...(await identifySelf()),
    nonce: randomBytes(16).toString("hex"),
  });
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    if (await createAtomic(path, Buffer.from(mine), files))
      return { release: () => removeIfSame(files, path, mine) };
    const theirs = await readLock(files, path);
    if (theirs === undefined) continue;
    if (await isHeld(theirs)) return undefined;
    if (!(await removeStale(files, path, theirs))) return undefined;
  }
  return undefined;
}

/** Who has the lock: this process, another one, or nobody that still runs. */
export async function lockHolder(
  path: string,
  files: FileSystem = nodeFileSystem,
): Promise<"here" | "elsewhere" | undefined> {
  const content = await readLock(files, path);
  if (content === undefined || !(await isHeld(content))) return undefined;
  return ownerIn(content)?.pid === process.pid ? "here" : "elsewhere";
}

/** False when somebody else is about to take it over. */
async function removeStale(files: FileSystem, path: string, content: string): Promise<boolean> {
  const name = createHash("sha256").update(content).digest("hex").slice(0, 32);
  const guard = await takeLock(join(dirname(path), `.stale-${name}`), files);
  if (guard === undefined) return false;
  try {
    await removeIfSame(files, path, content);
    return true;
  } finally {
    await guard.release();
  }
}

async function removeIfSame(files: FileSystem, path: string, content: string): Promise<void> {
  if ((await readLock(files, path)) !== content) return;
  await onDisk(path, () => ignoring(["ENOENT"], files.unlink(path)));
}

async function isHeld(content: string): Promise<boolean> {
  const owner = ownerIn(content);
  return owner !== undefined && isAlive(owner);
}

/** What a power cut left of a lock names nobody. */
function ownerIn(content: string): ProcessIdentity | undefined {
  try {
    const result = v.safeParse(processIdentity, JSON.parse(content));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

async function readLock(files: FileSystem, path: string): Promise<string | undefined> {
  return onDisk(path, async () => {
    try {
      return (await readBounded(files, path, LOCK_MAX))?.toString("latin1");
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  });
}

/** Released between looking and opening. */
function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
