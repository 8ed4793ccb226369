/**
 * The offer's items. Up to a million of them, so they are kept as the encoded pages that
 * travel (docs/PROTOCOL.md, "Control"), in a spool that moves to disk when it grows; memory
 * holds an index entry a page and one decoded page.
 */
import * as v from "valibot";
import { SecureShareError } from "../errors";
import type { Spool } from "../ports";
import { CONTROL_MAX, OFFER_BYTES_MAX, OFFER_ITEMS_MAX } from "../wire/limits";

export type ItemKind = "file" | "folder" | "text";

export interface OfferItem {
  /** Relative path with `/` between parts, NFC. Empty for a text item. */
  readonly path: string;
  readonly kind: ItemKind;
  /** Bytes; 0 for folders. */
  readonly size: number;
  /** Modification time in whole milliseconds since 1970. */
  readonly mtime: number;
  readonly executable: boolean;
}

/** What a file has become since it was offered. */
export interface ChangedFile {
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
}

/** Longest path on the wire, in UTF-8 bytes; the rules on parts are in names.ts. */
export const PATH_MAX = 4096;
const SIZE_MAX = Number.MAX_SAFE_INTEGER;

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(SIZE_MAX));
const path = v.pipe(v.string(), v.maxLength(PATH_MAX));
const kinds = ["file", "folder", "text"] as const;

/** On the wire an item is a tuple: path, kind (index), size, mtime, executable (0 or 1). */
const wireItem = v.strictTuple([
  path,
  v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2)),
  size,
  v.pipe(v.number(), v.safeInteger()),
  v.picklist([0, 1]),
]);
export const wirePage = v.array(wireItem);
export type WireItem = v.InferOutput<typeof wireItem>;

function encodeItem(item: OfferItem): WireItem {
  return [item.path, kinds.indexOf(item.kind), item.size, item.mtime, item.executable ? 1 : 0];
}

export function decodeItem([path, kind, size, mtime, executable]: WireItem): OfferItem {
  return { path, kind: kinds[kind] ?? "file", size, mtime, executable: executable === 1 };
}

interface Page {
  readonly first: number;
  readonly offset: number;
  readonly length: number;
}

/** A page's JSON is kept under this, so that it fits a CONTROL body with its envelope. */
const PAGE_BYTES = CONTROL_MAX - 1024;
/** A page in the spool: numbers may take more digits than on the wire (`1e15`). */
const SPOOLED_PAGE_MAX = 4 * CONTROL_MAX;
/** Behind each page in the spool, so that pages can be found again; never inside a page. */
const NEWLINE = 10;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export class Manifest {
  readonly #pages: Page[] = [];
  #bytes = 0;
  #items = 0;
  #files = 0;
  #totalBytes = 0;
  #open: string[] = [];
  #openBytes = 0;
  readonly #amended = new Map<number, ChangedFile>();
  #cached: { page: Page; items: readonly OfferItem[] } | undefined;

  constructor(private readonly spool: Spool) {}

  /**
   * The manifest that a former program left in a spool of `bytes` bytes; `undefined` when it
   * is not whole, or is none.
   */
  static async restore(spool: Spool, bytes: number): Promise<Manifest | undefined> {
    const manifest = new Manifest(spool);
    try {
      for (let offset = 0; offset < bytes; ) {
        const page = await spool.read(offset, Math.min(SPOOLED_PAGE_MAX, bytes - offset));
        const length = page.indexOf(NEWLINE);
        if (length === -1) return undefined;
        const items = parsePage(page.subarray(0, length));
        manifest.#count(items, length);
        manifest.#enter(manifest.#items - items.length, length);
        offset += length + 1;
      }
    } catch (error) {
      if (error instanceof SecureShareError && error.code !== "E_OFFER_TOO_LARGE") throw error;
      return undefined;
    }
    return manifest.length === 0 ? undefined : manifest;
  }

  /** Number of items. */
  get length(): number {
    return this.#items;
  }
  /** How many of the items are files. */
  get fileCount(): number {
    return this.#files;
  }
  /** Sum of the sizes. */
  get totalBytes(): number {
    return this.#totalBytes;
  }
  get pageCount(): number {
    return this.#pages.length;
  }

  /** Adds an item. @throws E_OFFER_TOO_LARGE */
  async append(item: OfferItem): Promise<void> {
    const encoded = JSON.stringify(encodeItem(item));
    const length = encoder.encode(encoded).length + 1;
    if (this.#openBytes + length > PAGE_BYTES) await this.seal();
    this.#open.push(encoded);
    this.#openBytes += length;
    this.#items++;
    if (item.kind === "file") this.#files++;
    this.#totalBytes += item.size;
    this.#checkBounds(this.#openBytes);
  }

  /** Ends the page that is being filled; call once after the last `append`. */
  async seal(): Promise<void> {
    if (this.#open.length === 0) return;
    const bytes = encoder.encode(`[${this.#open.join(",")}]`);
    await this.#keep(this.#items - this.#open.length, bytes);
    this.#open = [];
    this.#openBytes = 0;
  }

  /** Adds a page that came from the other side; its items were validated by the caller. */
  async appendPage(items: readonly WireItem[]): Promise<void> {
    const bytes = encoder.encode(JSON.stringify(items));
    this.#count(items, bytes.length);
    await this.#keep(this.#items - items.length, bytes);
  }

  /** Adds what the pages hold, one after the other as they are, to another spool. */
  async copyTo(spool: Spool): Promise<void> {
    for (const { offset, length } of this.#pages)
      await spool.append(await this.spool.read(offset, length + 1));
  }

  #count(items: readonly WireItem[], bytes: number): void {
    this.#items += items.length;
    for (const [, kind, size] of items) {
      if (kinds[kind] === "file") this.#files++;
      this.#totalBytes += size;
    }
    this.#checkBounds(bytes);
  }

  #checkBounds(more: number): void {
    const tooMany = this.#items > OFFER_ITEMS_MAX || this.#bytes + more > OFFER_BYTES_MAX;
    if (tooMany || !Number.isSafeInteger(this.#totalBytes))
      throw new SecureShareError("E_OFFER_TOO_LARGE", { items: this.#items });
  }

  async #keep(first: number, bytes: Uint8Array): Promise<void> {
    this.#enter(first, bytes.length);
    const line = new Uint8Array(bytes.length + 1);
    line.set(bytes);
    line[bytes.length] = NEWLINE;
    await this.spool.append(line);
  }

  #enter(first: number, length: number): void {
    this.#pages.push({ first, offset: this.#bytes + this.#pages.length, length });
    this.#bytes += length;
  }

  /** From now on file `index` is what it has become. The pages in the spool stay as they are. */
  async amend(index: number, { size, mtime }: ChangedFile): Promise<void> {
    this.#totalBytes += size - (await this.get(index)).size;
    this.#checkBounds(0);
    this.#amended.set(index, { size, mtime });
    this.#cached = undefined;
  }

  /** The encoded page `n`: a JSON array of wire items. */
  async page(n: number): Promise<{ first: number; items: WireItem[] }> {
    const page = this.#pages[n];
    if (page === undefined) throw new RangeError(`no page ${n}`);
    const bytes = await this.spool.read(page.offset, page.length);
    return { first: page.first, items: this.#present(page.first, parsePage(bytes)) };
  }

  #present(first: number, items: WireItem[]): WireItem[] {
    if (this.#amended.size === 0) return items;
    return items.map((item, i) => {
      const now = this.#amended.get(first + i);
      return now === undefined ? item : [item[0], item[1], now.size, now.mtime, item[4]];
    });
  }

  /** Item `index`; cheap when asked for in ascending order. */
  async get(index: number): Promise<OfferItem> {
    const cached = this.#cached;
    const hit = cached?.items[index - cached.page.first];
    if (cached !== undefined && index >= cached.page.first && hit !== undefined) return hit;
    const n = this.#find(index);
    const page = this.#pages[n];
    if (page === undefined) throw new RangeError(`no item ${index}`);
    const items = (await this.page(n)).items.map(decodeItem);
    this.#cached = { page, items };
    const item = items[index - page.first];
    if (item === undefined) throw new RangeError(`no item ${index}`);
    return item;
  }

  #find(index: number): number {
    let low = 0;
    let high = this.#pages.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#pages[middle]?.first ?? Infinity) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** All items in order. */
  async *items(): AsyncGenerator<[number, OfferItem]> {
    for (let i = 0; i < this.#items; i++) yield [i, await this.get(i)];
  }

  dispose(): Promise<void> {
    return this.spool.dispose();
  }
}

function parsePage(bytes: Uint8Array): WireItem[] {
  return v.parse(wirePage, JSON.parse(decoder.decode(bytes)));
}
