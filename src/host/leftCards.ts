/**
 * The cards of ended transfers that a window leaves to its next life, so that a reload shows
 * what it showed before. A received text is left out: it never comes to a disk.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { nodeFileSystem, readBounded } from "../node/files/fileSystem";
import { writeAtomic } from "../node/state/writeAtomic";
import type { EndedTransfer } from "../presenter/transfer";

/** A window that is reloaded is back by then. Milliseconds. */
const RELOAD_MS = 60_000;
const FILE_MAX = 16 * 1024 * 1024;

/** An ended transfer, and what a sender's user had chosen, to send it anew. */
export interface LeftCard {
  readonly ended: EndedTransfer;
  readonly paths: readonly string[];
}

export interface Whose {
  /** The extension's own folder. */
  readonly stateFolder: string;
  /** See `windowIdentity`. */
  readonly window: string;
  /** Only the version that wrote a card reads it. */
  readonly version: string;
}

const left = v.object({
  version: v.string(),
  window: v.string(),
  at: v.number(),
  // Written a moment ago by this very version: the shape is taken on trust.
  cards: v.custom<readonly LeftCard[]>(Array.isArray),
});

/** @throws E_DISK_FULL, E_DISK, E_PERMISSION */
export async function leaveCards(
  { stateFolder, window, version }: Whose,
  cards: readonly LeftCard[],
  now: number,
): Promise<void> {
  if (cards.length === 0) return;
  const folder = folderIn(stateFolder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const bytes = Buffer.from(JSON.stringify({ version, window, at: now, cards }));
  const name = `${randomBytes(8).toString("hex")}.json`;
  if (bytes.length <= FILE_MAX) await writeAtomic(join(folder, name), bytes);
}

/** What this window left a moment ago. What nobody came back for is removed. */
export async function takeCards(
  { stateFolder, window, version }: Whose,
  now: number,
): Promise<readonly LeftCard[]> {
  const folder = folderIn(stateFolder);
  const names = await readdir(folder).catch(() => []);
  const taken: LeftCard[] = [];
  for (const name of names.filter((name) => name.endsWith(".json"))) {
    const found = await read(join(folder, name));
    const fresh = found !== undefined && Math.abs(now - found.at) < RELOAD_MS;
    if (fresh && found.window !== window) continue;
    await unlink(join(folder, name)).catch(() => undefined);
    if (fresh && found.version === version) taken.push(...found.cards);
  }
  return taken;
}

function folderIn(stateFolder: string): string {
  return join(stateFolder, "cards");
}

async function read(path: string): Promise<v.InferOutput<typeof left> | undefined> {
  try {
    const bytes = await readBounded(nodeFileSystem, path, FILE_MAX);
    return bytes && v.parse(left, JSON.parse(bytes.toString("utf8")));
  } catch {
    return undefined;
  }
}
