/**
 * What is remembered of finished transfers: a file for each, so that windows do not write over
 * each other's. Names, sizes, checksums and the folder; never a code, a digit, a key or a text.
 */
import { mkdir, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { nodeFileSystem, readBounded } from "../node/files/fileSystem";
import { writeAtomic } from "../node/state/writeAtomic";

/** The oldest beyond these are forgotten. */
export const RECORDS_MAX = 50;
const RECORD_BYTES_MAX = 2 * 1024 * 1024;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const record = v.object({
  version: v.literal(1),
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16,32}$/)),
  role: v.picklist(["sender", "receiver"]),
  outcome: v.picklist(["completed", "partial"]),
  /** When it ended, milliseconds since 1970. */
  at: count,
  /** Names as they may be shown. */
  contents: v.object({
    names: v.array(v.string()),
    files: count,
    bytes: count,
    text: v.boolean(),
  }),
  /** Where a receiver's files went, and the first of them below it; as on disk. */
  folder: v.nullable(v.string()),
  firstPath: v.nullable(v.string()),
  /** As `sha256sum` prints them; null where they would be too many. */
  checksums: v.nullable(v.string()),
});

export type HistoryRecord = v.InferOutput<typeof record>;

/** Newest first; what cannot be read is left out. */
export async function readRecords(folder: string): Promise<HistoryRecord[]> {
  const names = await recordNames(folder);
  const read = await Promise.all(names.map((name) => readRecord(join(folder, name))));
  return read.filter((one) => one !== undefined);
}

/** Durable when this settles; the oldest make room. @throws E_DISK_FULL, E_DISK, E_PERMISSION */
export async function writeRecord(folder: string, record: HistoryRecord): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const bytes = Buffer.from(JSON.stringify(record));
  if (bytes.length > RECORD_BYTES_MAX) return;
  await writeAtomic(join(folder, recordName(record)), bytes);
  await remove(folder, (await recordNames(folder)).slice(RECORDS_MAX));
}

/** Forgets these, or all. */
export async function removeRecords(folder: string, ids?: readonly string[]): Promise<void> {
  const names = await recordNames(folder);
  const named = (name: string) => ids?.some((id) => name.endsWith(`-${id}.json`)) ?? true;
  await remove(folder, names.filter(named));
}

/** By time, so that names alone tell which are the oldest. */
function recordName({ at, id }: HistoryRecord): string {
  return `${String(at).padStart(16, "0")}-${id}.json`;
}

async function recordNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => /^\d{16}-[0-9a-f]+\.json$/.test(name))
    .sort()
    .toReversed();
}

async function readRecord(path: string): Promise<HistoryRecord | undefined> {
  try {
    const bytes = await readBounded(nodeFileSystem, path, RECORD_BYTES_MAX);
    return bytes && v.parse(record, JSON.parse(bytes.toString("utf8")));
  } catch {
    return undefined;
  }
}

/** Another window may have been faster. */
async function remove(folder: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => unlink(join(folder, name)).catch(() => undefined)));
}
