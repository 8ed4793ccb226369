import type { BigIntStats } from "node:fs";
import { join } from "node:path";
import { SecureShareError } from "../../core/errors";
import type { Manifest, OfferItem } from "../../core/files/manifest";
import type { FoundFile, ItemReader, Source, SourceChanges } from "../../core/ports";
import { diskError } from "./diskError";
import { type FileSystem, isCode, lookAt, READ_FILE } from "./fileSystem";
import { noteState, readState } from "./notes";
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
  /** Files that changed after the scan and are sent as they are since then. */
  readonly #renewed = new Map<number, Pick<Origin, "dev" | "ino" | "mtimeNs">>();

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
    const origin = await this.#originOf(index);
    try {
      return await openFile(this.files, this.#pathOf(item, origin), item, origin, from);
    } catch (error) {
      throw sourceError(error, item.path);
    }
  }

  readonly changes: SourceChanges = {
    look: (index, item) => this.#look(index, item),
    take: (index, identity) => {
      const state = readState(identity);
      if (state !== undefined) this.#renewed.set(index, state);
    },
  };

  async #look(index: number, item: OfferItem): Promise<FoundFile | undefined> {
    const path = this.#pathOf(item, await this.#originOf(index));
    // Through a link that was put there since, it would be a file from anywhere.
    if ((await this.files.realpath(path).catch(() => undefined)) !== path) return undefined;
    const stats = await lookAt(this.files, path).catch(() => undefined);
    if (stats === undefined || !stats.isFile() || stats.size > BigInt(Number.MAX_SAFE_INTEGER))
      return undefined;
    return {
      size: Number(stats.size),
      mtime: Number(stats.mtimeNs / 1_000_000n),
      identity: noteState(stats),
    };
  }

  async #originOf(index: number): Promise<Origin> {
    const scanned = await this.origins.get(index);
    const origin = { ...scanned, ...this.#renewed.get(index) };
    return { ...origin, dev: this.devices.get(origin.dev) ?? origin.dev };
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
