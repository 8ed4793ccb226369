/**
 * What a sender offers, kept in its transfer's folder: the manifest, each item's origin, and
 * the paths that were chosen. The files themselves stay where they are, and are checked
 * against their origins whenever they are opened, as after the scan.
 */
import { join } from "node:path";
import * as v from "valibot";
import { Manifest } from "../../core/files/manifest";
import type { Spool } from "../../core/ports";
import { OFFER_ITEMS_MAX } from "../../core/wire/limits";
import { diskError, onDisk } from "../files/diskError";
import { FileSource, type Root } from "../files/fileSource";
import { type FileSystem, lookAt, nodeFileSystem, readBounded } from "../files/fileSystem";
import { Origins } from "../files/origins";
import { saveSizes } from "./sizes";
import { createKeptSpool, type KeptSpool, reopenKeptSpool } from "./spool";
import { writeAtomic } from "./writeAtomic";

const SOURCE = "source.json";
const SOURCE_MAX = 64 * 1024 * 1024;
/** The manifest's pages, the origins' records, and native paths. */
const [PAGES, RECORDS, NATIVES] = ["manifest", "origins", "natives"] as const;

const number = v.pipe(v.string(), v.regex(/^\d{1,20}$/));
const savedSource = v.strictObject({
  version: v.literal(1),
  items: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(OFFER_ITEMS_MAX)),
  roots: v.array(
    v.strictObject({
      path: v.pipe(v.string(), v.maxLength(32_768)),
      name: v.pipe(v.string(), v.maxLength(4096)),
      /** As they were at the scan, in decimal. */
      dev: number,
      ino: number,
    }),
  ),
});
type SavedSource = v.InferOutput<typeof savedSource>;

/** Writes a source into a transfer's folder; durable when this settles. @throws E_DISK_FULL, E_DISK */
export async function saveSource(
  { manifest, origins, roots }: FileSource,
  folder: string,
  files: FileSystem = nodeFileSystem,
): Promise<void> {
  await keep(join(folder, PAGES), (pages) => manifest.copyTo(pages));
  await keep(join(folder, RECORDS), (records) =>
    keep(join(folder, NATIVES), (natives) => origins.copyTo(records, natives)),
  );
  const described = await Promise.all(roots.map((root) => describe(files, root)));
  const saved: SavedSource = { version: 1, items: manifest.length, roots: described };
  await saveSizes(folder, manifest, files);
  await writeAtomic(join(folder, SOURCE), Buffer.from(JSON.stringify(saved)), files);
}

async function keep(path: string, fill: (spool: Spool) => Promise<void>): Promise<void> {
  const spool = createKeptSpool(path);
  try {
    await fill(spool);
    await spool.flush();
  } finally {
    await spool.dispose();
  }
}

/** The source that a former program saved; `undefined` when it is not there as a whole. */
export async function restoreSource(
  folder: string,
  files: FileSystem = nodeFileSystem,
): Promise<FileSource | undefined> {
  const saved = await readSaved(files, folder);
  if (saved === undefined) return undefined;
  const names = [PAGES, RECORDS, NATIVES];
  const kept = await Promise.all(names.map((name) => reopenKeptSpool(join(folder, name))));
  let source: FileSource | undefined;
  try {
    source = await restoreFrom(files, saved, kept);
    return source;
  } finally {
    if (source === undefined) for (const spool of kept) await spool?.dispose();
  }
}

async function restoreFrom(
  files: FileSystem,
  { items, roots }: SavedSource,
  [pages, records, natives]: readonly (KeptSpool | undefined)[],
): Promise<FileSource | undefined> {
  if (pages === undefined || records === undefined || natives === undefined) return undefined;
  const manifest = await Manifest.restore(pages, pages.length);
  const origins = Origins.restore(records, natives, items);
  if (manifest?.length !== items || origins === undefined) return undefined;
  return new FileSource(manifest, origins, roots, files, await movedDevices(files, roots));
}

async function readSaved(files: FileSystem, folder: string): Promise<SavedSource | undefined> {
  try {
    const bytes = await readBounded(files, join(folder, SOURCE), SOURCE_MAX);
    return bytes && v.parse(savedSource, JSON.parse(bytes.toString("utf8")));
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError || v.isValiError(error))
      return undefined;
    throw diskError(error, folder);
  }
}

async function describe(
  files: FileSystem,
  { path, name }: Root,
): Promise<SavedSource["roots"][number]> {
  const seen = await onDisk(path, () => lookAt(files, path));
  const { dev, ino } = seen ?? { dev: 0n, ino: 0n };
  return { path, name, dev: decimal(dev), ino: decimal(ino) };
}

/**
 * Device numbers may change when the machine starts: where a root has its inode still, its
 * device is the same one under today's number.
 */
async function movedDevices(
  files: FileSystem,
  roots: SavedSource["roots"],
): Promise<Map<bigint, bigint>> {
  const moved = new Map<bigint, bigint>();
  for (const { path, dev, ino } of roots) {
    const seen = await lookAt(files, path).catch(() => undefined);
    if (seen !== undefined && decimal(seen.ino) === ino)
      moved.set(BigInt(dev), BigInt.asUintN(64, seen.dev));
  }
  return moved;
}

/** As origins keep them: 64 bits without a sign. */
function decimal(value: bigint): string {
  return String(BigInt.asUintN(64, value));
}
