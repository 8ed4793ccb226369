/**
 * What a sink notes in a transfer's journal, as text that only it reads. Paths are relative to
 * the target, `/` between parts, except the staging folder's.
 */
import { basename, dirname, join, posix } from "node:path";
import { refusePath, usualTraits } from "../../core/files/names";
import type { Identity } from "./fileSystem";
import { parentOf } from "./targetFolders";

/** The staging folder's name starts with this, for people and for `.gitignore`. */
export const PREFIX = ".secureshare-";
const STAGING_NAME = /^\.secureshare-[0-9a-f]{32}$/;
const PARTIAL_NAME = /^[0-9a-f]{32}$/;

/** Folder (below the target) and name of a partial file on disk. */
export interface Place {
  readonly folder: string;
  readonly name: string;
}

export interface NotedStaging extends Identity {
  /** The target's real path, absolute. */
  readonly root: string;
  readonly name: string;
}

export function noteStaging({ dev, ino, path }: Identity & { readonly path: string }): string {
  return `${dev}:${ino}:${path}`;
}

/** `undefined` for what names no staging folder of ours. */
export function readStaging(note: string): NotedStaging | undefined {
  const [, dev, ino, path] = /^(\d{1,20}):(\d{1,20}):(.+)$/s.exec(note) ?? [];
  if (dev === undefined || ino === undefined || path === undefined) return undefined;
  const [root, name] = [dirname(path), basename(path)];
  if (!STAGING_NAME.test(name) || path !== join(root, name)) return undefined;
  return { dev: BigInt(dev), ino: BigInt(ino), root, name };
}

export function notePlace({ folder, name }: Place): string {
  return posix.join(folder, name);
}

/** Where a partial file may lie: in the staging folder, or beside its target. */
export function readPlace(note: string, staging: string): Place | undefined {
  const [folder, name] = [parentOf(note), posix.basename(note)];
  if (folder === staging) return PARTIAL_NAME.test(name) ? { folder, name } : undefined;
  const inside = folder === "" || refusePath(folder, usualTraits("linux")) === undefined;
  return inside && STAGING_NAME.test(name) ? { folder, name } : undefined;
}

/** In place of a partial file: a folder item that was made and not found. */
export const MADE_FOLDER = "/";

export function isMadeFolder(note: string): boolean {
  return note === MADE_FOLDER;
}

export function noteIdentity({ dev, ino }: Identity): string {
  return `${dev}:${ino}`;
}

/** What a sent file was: its identity and modification time (ns), as unsigned and signed 64 bits. */
export function noteState({ dev, ino, mtimeNs }: Identity & { readonly mtimeNs: bigint }): string {
  return `${BigInt.asUintN(64, dev)}:${BigInt.asUintN(64, ino)}:${mtimeNs}`;
}

export function readState(note: string): (Identity & { readonly mtimeNs: bigint }) | undefined {
  const [, dev, ino, mtimeNs] = /^(\d{1,20}):(\d{1,20}):(-?\d{1,20})$/.exec(note) ?? [];
  if (dev === undefined || ino === undefined || mtimeNs === undefined) return undefined;
  return { dev: BigInt(dev), ino: BigInt(ino), mtimeNs: BigInt(mtimeNs) };
}

export function readIdentity(note: string): Identity | undefined {
  const [, dev, ino] = /^(\d{1,20}):(\d{1,20})$/.exec(note) ?? [];
  return dev === undefined || ino === undefined
    ? undefined
    : { dev: BigInt(dev), ino: BigInt(ino) };
}
