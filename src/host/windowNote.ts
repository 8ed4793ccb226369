/**
 * What a window knows of a transfer beyond its journal, in a file beside that: it goes when
 * the journal goes.
 */
import { join } from "node:path";
import * as v from "valibot";
import { nodeFileSystem, readBounded } from "../node/files/fileSystem";
import { writeAtomic } from "../node/state/writeAtomic";

const FILE = "window.json";
const FILE_MAX = 4 * 1024 * 1024;
/** A window that is reloaded is back by then; one that was closed seldom. Milliseconds. */
const RELOAD_MS = 60_000;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const windowNote = v.object({
  version: v.literal(1),
  /** See `windowIdentity`. */
  window: v.string(),
  /** When the window went and left the transfer to its next life, milliseconds since 1970. */
  suspendedAt: v.nullable(count),
  /** This side's user holds the content back. */
  paused: v.boolean(),
  /** What is sent or was offered, for the user's list; names as shown. */
  contents: v.nullable(v.object({ names: v.array(v.string()), files: count, bytes: count })),
  /** A sender's absolute paths, to send them anew. */
  paths: v.array(v.string()),
  /** Where a sender's own relay listened. */
  relay: v.nullable(
    v.object({
      bind: v.string(),
      announced: v.string(),
      port: v.pipe(count, v.maxValue(65_535)),
      reach: v.picklist(["this-computer", "this-network"]),
    }),
  ),
});

export type WindowNote = v.InferOutput<typeof windowNote>;

export function newNote(window: string): WindowNote {
  const nothing = { suspendedAt: null, paused: false, contents: null, paths: [], relay: null };
  return { version: 1, window, ...nothing };
}

/** Whether this is the window that left the transfer a moment ago: it was reloaded. */
export function isReloaded(note: WindowNote, window: string, now: number): boolean {
  const { suspendedAt } = note;
  return note.window === window && suspendedAt !== null && Math.abs(now - suspendedAt) < RELOAD_MS;
}

/** `undefined` when there is none, or none of ours. */
export async function readNote(folder: string): Promise<WindowNote | undefined> {
  try {
    const bytes = await readBounded(nodeFileSystem, join(folder, FILE), FILE_MAX);
    return bytes && v.parse(windowNote, JSON.parse(bytes.toString("utf8")));
  } catch {
    return undefined;
  }
}

/** Durable when this settles. @throws E_DISK_FULL, E_DISK */
export async function writeNote(folder: string, note: WindowNote): Promise<void> {
  await writeAtomic(join(folder, FILE), Buffer.from(JSON.stringify(note)));
}
