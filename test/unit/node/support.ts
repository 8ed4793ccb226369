import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ItemSet } from "../../../src/core/files/itemSet";
import { Manifest, type OfferItem } from "../../../src/core/files/manifest";
import type { ConflictPolicy, ItemWriter, Sink } from "../../../src/core/ports";
import { type FileSystem, nodeFileSystem } from "../../../src/node/files/fileSystem";
import { createSink } from "../../../src/node/files/sink";
import { createSpool } from "../../../src/node/state/spool";

/** Runs `task` in a new folder that is removed afterwards. */
export async function inFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "secureshare-test-"));
  try {
    return await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function file(path: string, size: number, more: Partial<OfferItem> = {}): OfferItem {
  return { path, kind: "file", size, mtime: 1_600_000_000_123, executable: false, ...more };
}

export function folder(path: string, mtime = 1_500_000_000_000): OfferItem {
  return { path, kind: "folder", size: 0, mtime, executable: false };
}

export async function manifestOf(...items: readonly OfferItem[]): Promise<Manifest> {
  const manifest = new Manifest(createSpool(tmpdir()));
  for (const item of items) await manifest.append(item);
  await manifest.seal();
  return manifest;
}

export const never = new AbortController().signal;

export interface Receiving {
  readonly sink: Sink;
  readonly items: readonly OfferItem[];
  /** A writer of item `index` that holds its bytes already (`fill`, or its number). */
  readonly filled: (index: number, fill?: number) => Promise<ItemWriter>;
}

/** A sink that has begun, with all items accepted. */
export async function receiving(
  target: string,
  items: readonly OfferItem[],
  conflict: ConflictPolicy = "rename",
  files: FileSystem = nodeFileSystem,
): Promise<Receiving> {
  const sink = createSink(target, { files });
  const manifest = await manifestOf(...items);
  await sink.begin(manifest, ItemSet.all(items.length), conflict);
  const filled = async (index: number, fill = index) => {
    const item = items[index];
    if (item === undefined) throw new RangeError(`no item ${index}`);
    const writer = await sink.open(index, item);
    await writer.write(new Uint8Array(item.size).fill(fill));
    return writer;
  };
  return { sink, items, filled };
}

/** How many descriptors this process has open; 0 where that cannot be told. */
export function openDescriptors(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
}

/** A system error as Node throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code, syscall: "injected" });
}

/** Everything below a folder: path to content (files), target (links) or "/" (folders). */
export async function tree(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(root.length + 1);
    if (entry.isDirectory()) found[name] = "/";
    else if (entry.isSymbolicLink()) found[name] = `-> ${await readlink(path)}`;
    else found[name] = entry.isFile() ? readFileSync(path, "latin1") : "special";
  }
  return found;
}

/** Mounts a file system for the length of `task`; false where this user cannot. */
export async function mounted(
  at: string,
  args: readonly string[],
  task: () => Promise<void>,
): Promise<boolean> {
  try {
    execFileSync("mount", [...args, at], { stdio: "ignore", timeout: 10_000 });
  } catch {
    return false;
  }
  try {
    await task();
  } finally {
    execFileSync("umount", ["-l", at], { stdio: "ignore", timeout: 10_000 });
  }
  return true;
}
