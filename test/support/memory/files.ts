import { SecureShareError, toSecureShareError } from "../../../src/core/errors";
import { ItemSet } from "../../../src/core/files/itemSet";
import { Manifest, type OfferItem } from "../../../src/core/files/manifest";
import type {
  ConflictPolicy,
  ItemWriter,
  KnownProgress,
  Note,
  PartialItem,
  Published,
  ResumableSink,
  Source,
  Spool,
  WholeFile,
} from "../../../src/core/ports";

export function memorySpool(): Spool {
  let bytes = Buffer.alloc(0);
  return {
    append: async (more) => {
      bytes = Buffer.concat([bytes, more]);
    },
    read: async (offset, length) => Uint8Array.from(bytes.subarray(offset, offset + length)),
    dispose: async () => {},
  };
}

export type Tree = Readonly<Record<string, Uint8Array | "folder">>;

function itemOf(path: string, content: Uint8Array | "folder"): OfferItem {
  const folder = content === "folder";
  const size = folder ? 0 : content.length;
  return { path, kind: folder ? "folder" : "file", size, mtime: 0, executable: false };
}

/** A tree in memory as a Source; `read` may be replaced to misbehave. */
export async function memorySource(tree: Tree, text?: string): Promise<Source> {
  const manifest = new Manifest(memorySpool());
  for (const [path, content] of Object.entries(tree)) await manifest.append(itemOf(path, content));
  const message = Buffer.from(text ?? "");
  if (text !== undefined) await manifest.append({ ...itemOf("", message), kind: "text" });
  await manifest.seal();
  return {
    manifest,
    async open(_, item, from) {
      const content = item.kind === "text" ? message : tree[item.path];
      if (content === undefined || content === "folder")
        throw new SecureShareError("E_SOURCE_VANISHED", { path: item.path });
      let at = from;
      return {
        read: async (into) => {
          const part = content.subarray(at, at + into.length);
          into.set(part);
          at += part.length;
          return part.length;
        },
        verify: async () => {},
        close: async () => {},
      };
    },
  };
}

interface MemoryPartial {
  bytes: Buffer;
}

/** Grows by doubling: content comes in many small pieces. */
function append(partial: MemoryPartial, more: Uint8Array): void {
  const { bytes } = partial;
  const length = bytes.length + more.length;
  const room = bytes.buffer.byteLength - bytes.byteOffset;
  if (length > room) {
    const grown = new ArrayBuffer(2 * length);
    new Uint8Array(grown).set(bytes);
    partial.bytes = Buffer.from(grown, 0, length);
  } else partial.bytes = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, length);
  partial.bytes.set(more, bytes.length);
}

/** A folder in memory. `writeFails` may throw for a path, as a disk would. */
export class MemorySink implements ResumableSink {
  readonly published = new Map<string, Uint8Array | "folder">();
  /** Partial files by path; they survive `suspend`. */
  readonly partial = new Map<string, MemoryPartial>();
  readonly publishes: string[] = [];
  aborted = false;
  finished = false;
  writeFails: (path: string) => void = () => {};
  /** The same for repairs of a partial file. */
  repairFails: (path: string) => void = () => {};
  /** Holds writes back for as long as it likes. */
  writeGate: () => Promise<void> = async () => {};
  /** Holds the reading of partial files back. */
  readGate: () => Promise<void> = async () => {};
  freeBytes: number | undefined;
  #known: KnownProgress | undefined;

  constructor(readonly note: Note = async () => {}) {}

  /** The same disk, as the next program finds it. */
  reborn(note: Note): MemorySink {
    const next = new MemorySink(note);
    for (const [path, content] of this.published) next.published.set(path, content);
    for (const [path, { bytes }] of this.partial)
      next.partial.set(path, { bytes: Buffer.from(bytes) });
    next.publishes.push(...this.publishes);
    return next;
  }

  async inspect(manifest: Manifest) {
    return {
      refused: new Map(),
      dangerous: new ItemSet(manifest.length),
      conflicts: new ItemSet(manifest.length),
      freeBytes: this.freeBytes,
    };
  }
  async begin(): Promise<void> {
    await this.note({ k: "staging", path: "staging" });
  }
  async resume(_m: Manifest, _a: ItemSet, _c: ConflictPolicy, known: KnownProgress) {
    this.#known = known;
  }
  async wasPublished(item: number): Promise<boolean> {
    return this.published.has(this.#known?.publish.get(item)?.path ?? "");
  }
  async open(index: number, item: OfferItem): Promise<ItemWriter> {
    const partial = { bytes: Buffer.from(new ArrayBuffer(0)) };
    this.partial.set(item.path, partial);
    await this.note({ k: "open", item: index, file: item.path });
    return this.#writer(index, item, partial);
  }
  async reopen(index: number, item: OfferItem): Promise<PartialItem | undefined> {
    const known = this.#known?.open.get(index);
    const partial = this.partial.get(item.path);
    if (known === undefined || partial === undefined) return undefined;
    partial.bytes = partial.bytes.subarray(0, Math.min(known.offset, partial.bytes.length));
    return {
      length: partial.bytes.length,
      read: async (position, into) => {
        await this.readGate();
        return partial.bytes.copy(into, 0, position);
      },
      repair: async (position, bytes) => {
        this.repairFails(item.path);
        partial.bytes.set(bytes, position);
      },
      writer: this.#writer(index, item, partial),
    };
  }
  #writer(index: number, item: OfferItem, partial: MemoryPartial): ItemWriter {
    return {
      write: async (bytes) => {
        await this.writeGate();
        this.writeFails(item.path);
        append(partial, bytes);
        await this.note({ k: "durable", item: index, offset: partial.bytes.length });
      },
      publish: async (): Promise<Published> => {
        await this.note({ k: "publish", item: index, path: item.path, identity: "0:0" });
        this.partial.delete(item.path);
        this.publishes.push(item.path);
        this.published.set(item.path, partial.bytes);
        return { path: item.path, outcome: "written" };
      },
      discard: async () => {
        this.partial.delete(item.path);
      },
    };
  }
  async folder(_: number, item: OfferItem): Promise<Published> {
    this.published.set(item.path, "folder");
    return { path: item.path, outcome: "written" };
  }
  async finish(): Promise<void> {
    if (this.finished) throw new Error("sink is ended");
    this.finished = true;
  }
  async suspend(): Promise<void> {}
  async abort(): Promise<void> {
    this.aborted = true;
    this.partial.clear();
  }
}

/** One that publishes small files together. */
export class TogetherSink extends MemorySink {
  /** How many each time. */
  readonly together: number[] = [];

  async publishWhole(files: readonly WholeFile[]): Promise<(Published | SecureShareError)[]> {
    this.together.push(files.length);
    return Promise.all(
      files.map(async ({ index, item, bytes }) => {
        const writer = await this.open(index, item);
        await writer.write(bytes);
        return writer.publish().catch(toSecureShareError);
      }),
    );
  }
}
