import { randomBytes, randomUUID } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { join } from "node:path";
import type { NameTraits, Platform } from "../../core/files/names";
import { CREATE_NEW, type FileSystem, type Identity, ignoring, isSame, lookAt } from "./fileSystem";
import { type NotedStaging, PREFIX } from "./notes";

/** Where partial files lie until they are whole: a private folder in the target. */
export interface Staging extends Identity {
  readonly name: string;
  readonly path: string;
  readonly traits: NameTraits;
  /** Permissions of a new file and of a new program here, under umask and ACLs. */
  readonly modes: { readonly plain: number; readonly executable: number };
}

/** Makes the staging folder in the target (a real path) and finds out what its files are. */
export async function createStaging(
  files: FileSystem,
  target: string,
  platform: Platform,
): Promise<Staging> {
  const name = PREFIX + randomBytes(16).toString("hex");
  const path = join(target, name);
  await files.mkdir(path, 0o700);
  try {
    return await probe(files, name, path, platform);
  } catch (error) {
    await files.rmdir(path).catch(() => undefined);
    throw error;
  }
}

/**
 * The staging folder of a former run, when it is still that: a real folder in the target, ours
 * alone. Device numbers may be others after a start of the machine; inodes are not.
 */
export async function reopenStaging(
  files: FileSystem,
  { root, name, ino }: NotedStaging,
  platform: Platform,
): Promise<Staging | undefined> {
  const path = join(root, name);
  const seen = await lookAt(files, path);
  const { dev } = await files.lstat(root);
  if (seen === undefined || !isPrivate(seen) || seen.ino !== ino || seen.dev !== dev)
    return undefined;
  // Where its program was killed while it tried out names, they are in the way.
  for (const left of await files.readNames(path))
    if (!PARTIAL.test(left)) await files.unlink(join(path, left)).catch(() => undefined);
  return probe(files, name, path, platform);
}

/** A real folder of this user, closed to all others. */
export function isPrivate(stats: BigIntStats): boolean {
  return stats.isDirectory() && isOwn(stats) && (!POSIX || (stats.mode & 0o077n) === 0n);
}

export function isOwn({ uid }: BigIntStats): boolean {
  return !POSIX || Number(uid) === process.geteuid?.();
}

const POSIX = process.geteuid !== undefined;
const PARTIAL = /^[0-9a-f]{32}$/;

async function probe(
  files: FileSystem,
  name: string,
  path: string,
  platform: Platform,
): Promise<Staging> {
  const { dev, ino } = await files.lstat(path);
  const modes = {
    plain: await probeMode(files, join(path, "plain"), 0o666),
    executable: await probeMode(files, join(path, "executable"), 0o777),
  };
  return { name, path, dev, ino, modes, traits: await probeTraits(files, path, platform) };
}

/** 122 random bits, which the runtime draws in stock. */
export function partialName(): string {
  return randomUUID().replaceAll("-", "");
}

/** For a partial file that must lie beside its target, on another file system. */
export function partialNameBeside(): string {
  return PREFIX + partialName();
}

async function probeMode(files: FileSystem, path: string, mode: number): Promise<number> {
  const fd = await files.open(path, CREATE_NEW, mode);
  try {
    return Number((await files.fstat(fd)).mode & 0o777n);
  } finally {
    await files.close(fd);
    await files.unlink(path);
  }
}

async function probeTraits(
  files: FileSystem,
  staging: string,
  platform: Platform,
): Promise<NameTraits> {
  const foldsCase = await isAlsoNamed(files, staging, "probe", "PROBE");
  const normalises = await isAlsoNamed(files, staging, "\u00e9", "e\u0301");
  const windowsNames = platform === "win32" || !(await takes(files, join(staging, "a:b?")));
  return { platform: windowsNames ? "win32" : platform, foldsCase, normalises };
}

async function isAlsoNamed(files: FileSystem, folder: string, name: string, other: string) {
  const fd = await files.open(join(folder, name), CREATE_NEW, 0o600);
  try {
    const seen = await lookAt(files, join(folder, other));
    return seen !== undefined && isSame(seen, await files.fstat(fd));
  } finally {
    await files.close(fd);
    await files.unlink(join(folder, name));
  }
}

/** Does this file system take the name? FAT and NTFS refuse some on every platform. */
async function takes(files: FileSystem, path: string): Promise<boolean> {
  try {
    await files.close(await files.open(path, CREATE_NEW, 0o600));
  } catch {
    return false;
  }
  await ignoring(["ENOENT"], files.unlink(path));
  return true;
}
