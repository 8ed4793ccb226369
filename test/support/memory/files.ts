import { SecureShareError } from "../../../src/core/errors";
import { ItemSet } from "../../../src/core/files/itemSet";
import { Manifest, type OfferItem } from "../../../src/core/files/manifest";
import type { ItemWriter, Published, Sink, Source, Spool } from "../../../src/core/ports";

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

/** A folder in memory. `writeFails` may throw for a path, as a disk would. */
export class MemorySink implements Sink {
  readonly published = new Map<string, Uint8Array | "folder">();
  readonly partial = new Set<string>();
  aborted = false;
  finished = false;
  writeFails: (path: string) => void = () => {};

  async inspect(manifest: Manifest) {
    return {
      refused: new Map(),
      dangerous: new ItemSet(manifest.length),
      conflicts: new ItemSet(manifest.length),
      freeBytes: undefined,
    };
  }
  async begin(): Promise<void> {}
  async open(_: number, item: OfferItem): Promise<ItemWriter> {
    const parts: Uint8Array[] = [];
    this.partial.add(item.path);
    return {
      write: async (bytes) => {
        this.writeFails(item.path);
        parts.push(Uint8Array.from(bytes));
      },
      publish: async (): Promise<Published> => {
        this.partial.delete(item.path);
        this.published.set(item.path, Buffer.concat(parts));
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
    this.finished = true;
  }
  async abort(): Promise<void> {
    this.aborted = true;
    this.partial.clear();
  }
}
