import { join } from "node:path";
import * as v from "valibot";
import type { Manifest } from "../../core/files/manifest";
import { type FileSystem, nodeFileSystem, readBounded } from "../files/fileSystem";
import { writeAtomic } from "./writeAtomic";

const SIZES = "sizes.json";
const SIZES_MAX = 1024;
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const sizes = v.strictObject({
  version: v.literal(1),
  items: count,
  files: count,
  /** Of all items that were offered. */
  bytes: count,
});

/** An offer's sizes, kept beside a journal's document for the list of transfers. */
export type Sizes = Omit<v.InferOutput<typeof sizes>, "version">;

export async function saveSizes(
  folder: string,
  { length, fileCount, totalBytes }: Manifest,
  files: FileSystem = nodeFileSystem,
): Promise<void> {
  const json = JSON.stringify({ version: 1, items: length, files: fileCount, bytes: totalBytes });
  await writeAtomic(join(folder, SIZES), Buffer.from(json), files);
}

/** `undefined` when they are not known. */
export async function readSizes(files: FileSystem, folder: string): Promise<Sizes | undefined> {
  try {
    const bytes = await readBounded(files, join(folder, SIZES), SIZES_MAX);
    if (bytes === undefined) return undefined;
    const { version: _, ...rest } = v.parse(sizes, JSON.parse(bytes.toString("utf8")));
    return rest;
  } catch {
    return undefined;
  }
}
