import type { BigIntStats } from "node:fs";
import { join } from "node:path";
import { SecureShareError } from "../../core/errors";
import type { Manifest, OfferItem } from "../../core/files/manifest";
import type { ItemReader, Source } from "../../core/ports";
import { diskError } from "./diskError";
import { type FileSystem, isCode, READ_FILE } from "./fileSystem";
import type { Origin, Origins } from "./origins";

/** One of the paths that the user chose. */
export interface Root {
  /** Its real path on disk. */
  readonly path: string;
  /** The first part of its items' paths; no two roots of an offer share it. */
  readonly name: string;
}

/** The files of a scan. */
export class FileSource implements Source {
  /** @param devices today's numbers of the devices whose number at the scan was another one */
  constructor(
    readonly manifest: Manifest,
    readonly origins: Origins,
    readonly roots: readonly Root[],
    private readonly files: FileSystem,
    private readonly devices: ReadonlyMap<bigint, bigint> = new Map(),
  ) {}

  async open(
    index: number,
    item: OfferItem,
    from: number,
    signal: AbortSignal,
  ): Promise<ItemReader> {
    signal.throwIfAborted();
    const scanned = await this.origins.get(index);
    const origin = { ...scanned, dev: this.devices.get(scanned.dev) ?? scanned.dev };
    try {
      return await openFile(this.files, this.#pathOf(item, origin), item, origin, from);
    } catch (error) {
      throw sourceError(error, item.path);
    }
  }

  /** Gives back what the offer took on disk. */
  async dispose(): Promise<void> {
    await this.manifest.dispose();
    await this.origins.dispose();
  }

  #pathOf(item: OfferItem, { root, native }: Origin): string {
    const { path, name } = this.roots[root] ?? {};
    if (path === undefined || name === undefined)
      throw new SecureShareError("E_SOURCE_VANISHED", { path: item.path });
    return join(path, native ?? item.path.slice(name.length + 1));
  }
}

async function openFile(
  files: FileSystem,
  path: string,
  item: OfferItem,
  origin: Origin,
  from: number,
): Promise<ItemReader> {
  const fd = await files.open(path, READ_FILE);
  const reader = new FileReader(files, fd, item, origin, from);
  try {
    await reader.verify();
    return reader;
  } catch (error) {
    await reader.close();
    throw error;
  }
}

class FileReader implements ItemReader {
  #open = true;

  constructor(
    private readonly files: FileSystem,
    private readonly fd: number,
    private readonly item: OfferItem,
    private readonly origin: Origin,
    private position: number,
  ) {}

  /** Never more than was offered; less when the file shrank, which `verify` then tells. */
  async read(into: Uint8Array): Promise<number> {
    const length = Math.min(into.length, this.item.size - this.position);
    if (length <= 0) return 0;
    try {
      const read = await this.files.read(this.fd, into, 0, length, this.position);
      this.position += read;
      return read;
    } catch (error) {
      throw diskError(error, this.item.path);
    }
  }

  async verify(): Promise<void> {
    if (!isUnchanged(await this.files.fstat(this.fd), this.item, this.origin))
      throw new SecureShareError("E_SOURCE_CHANGED", { path: this.item.path });
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.files.close(this.fd);
  }
}

function isUnchanged(stats: BigIntStats, item: OfferItem, origin: Origin): boolean {
  return (
    stats.isFile() &&
    BigInt.asUintN(64, stats.dev) === origin.dev &&
    BigInt.asUintN(64, stats.ino) === origin.ino &&
    stats.mtimeNs === origin.mtimeNs &&
    stats.size === BigInt(item.size)
  );
}

/** A link in place of the file is ELOOP, a socket ENXIO, a file in place of a folder ENOTDIR. */
function sourceError(error: unknown, path: string): SecureShareError {
  if (isCode(error, "ENOENT", "ENOTDIR"))
    return new SecureShareError("E_SOURCE_VANISHED", { path }, error);
  if (isCode(error, "ELOOP", "ENXIO", "EMLINK", "EISDIR"))
    return new SecureShareError("E_SOURCE_CHANGED", { path }, error);
  return diskError(error, path);
}
