import type { BigIntStats } from "node:fs";
import type { Spool } from "../../core/ports";

/** A spool that knows how much it holds. */
interface MeasuredSpool extends Spool {
  readonly length: number;
}

/** Where an offered item is, and what it was when it was offered. */
export interface Origin {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  /** Number of the sent root that it lies in. */
  readonly root: number;
  /** Path in that root as the disk has it, when the item's own path does not tell. */
  readonly native: string | undefined;
}

/** dev, ino, mtimeNs, offset of the native path (8 each), its length, root (4 each). */
const RECORD = 40;
/** Records read at a time; items are opened in ascending order. */
const BLOCK = 1024;
/** Copied at a time. Bytes. */
const PIECE = 64 * 1024;
/** In place of a length: no native path. */
const NONE = 0xffff_ffff;

/**
 * The origins of a million items: 40 bytes each in one spool, native paths (only those that
 * differ) in another. Memory holds one block of records.
 */
export class Origins {
  #length = 0;
  #nativeBytes = 0;
  #block: { readonly first: number; readonly bytes: Promise<Uint8Array> } | undefined;

  constructor(
    private readonly records: Spool,
    private readonly natives: Spool,
  ) {}

  /** The origins that a former program left; `undefined` when there are not `length` of them. */
  static restore(
    records: MeasuredSpool,
    natives: MeasuredSpool,
    length: number,
  ): Origins | undefined {
    if (records.length !== length * RECORD) return undefined;
    const origins = new Origins(records, natives);
    origins.#length = length;
    origins.#nativeBytes = natives.length;
    return origins;
  }

  /** Adds what the spools hold to others. */
  async copyTo(records: Spool, natives: Spool): Promise<void> {
    await copy(this.records, this.#length * RECORD, records);
    await copy(this.natives, this.#nativeBytes, natives);
  }

  async append(stats: BigIntStats, root: number, native: string | undefined): Promise<void> {
    const record = Buffer.alloc(RECORD);
    const path = native === undefined ? undefined : Buffer.from(native);
    record.writeBigUInt64LE(BigInt.asUintN(64, stats.dev), 0);
    record.writeBigUInt64LE(BigInt.asUintN(64, stats.ino), 8);
    record.writeBigInt64LE(BigInt.asIntN(64, stats.mtimeNs), 16);
    record.writeBigUInt64LE(BigInt(this.#nativeBytes), 24);
    record.writeUInt32LE(path?.length ?? NONE, 32);
    record.writeUInt32LE(root, 36);
    this.#length++;
    await this.records.append(record);
    if (path === undefined) return;
    this.#nativeBytes += path.length;
    await this.natives.append(path);
  }

  async get(index: number): Promise<Origin> {
    const first = index - (index % BLOCK);
    if (this.#block?.first !== first) {
      const count = Math.min(BLOCK, this.#length - first);
      this.#block = { first, bytes: this.records.read(first * RECORD, count * RECORD) };
    }
    const bytes = await this.#block.bytes;
    const record = Buffer.from(bytes.buffer, bytes.byteOffset + (index - first) * RECORD, RECORD);
    const length = record.readUInt32LE(32);
    const offset = Number(record.readBigUInt64LE(24));
    return {
      dev: record.readBigUInt64LE(0),
      ino: record.readBigUInt64LE(8),
      mtimeNs: record.readBigInt64LE(16),
      root: record.readUInt32LE(36),
      native: length === NONE ? undefined : await this.#native(offset, length),
    };
  }

  async dispose(): Promise<void> {
    await this.records.dispose();
    await this.natives.dispose();
  }

  async #native(offset: number, length: number): Promise<string> {
    return Buffer.from(await this.natives.read(offset, length)).toString("utf8");
  }
}

async function copy(from: Spool, length: number, to: Spool): Promise<void> {
  for (let offset = 0; offset < length; offset += PIECE)
    await to.append(await from.read(offset, Math.min(PIECE, length - offset)));
}
