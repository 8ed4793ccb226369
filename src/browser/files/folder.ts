/** A folder that the user picked, through the File System Access API. */
import type { OfferItem } from "../../core/files/manifest";
import type { NameTraits } from "../../core/files/names";
import type { ConflictPolicy, ItemWriter, Published, Sink } from "../../core/ports";
import { batchesTo } from "./batches";
import { onDisk } from "./diskError";
import { inspectOffer, type Refuse, reviewAccepted } from "./review";

type Folder = FileSystemDirectoryHandle;

/** Folders that are remembered by path. */
const KNOWN_MAX = 1000;
const RENAMES_MAX = 10_000;

function split(path: string): { above: string; name: string } {
  const at = path.lastIndexOf("/");
  return { above: path.slice(0, Math.max(at, 0)), name: path.slice(at + 1) };
}

const isMissing = (error: unknown) =>
  error instanceof DOMException && error.name === "NotFoundError";

/** The folders below the picked one, made when they are needed. */
class Folders {
  readonly #known = new Map<string, Promise<Folder>>();

  constructor(private readonly root: Folder) {}

  make(path: string): Promise<Folder> {
    if (path === "") return Promise.resolve(this.root);
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const { above, name } = split(path);
    const made = this.make(above).then((folder) =>
      folder.getDirectoryHandle(name, { create: true }),
    );
    made.catch(() => this.#known.delete(path));
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(path, made);
    return made;
  }

  /** Whether something bears this name; nothing is made. */
  async has(path: string): Promise<boolean> {
    let at = this.root;
    const { above, name } = split(path);
    try {
      for (const part of above === "" ? [] : above.split("/"))
        at = await at.getDirectoryHandle(part);
      await at.getFileHandle(name);
      return true;
    } catch (error) {
      return !isMissing(error);
    }
  }
}

/** `name (2).ext` */
function numbered(name: string, n: number): string {
  const dot = name.lastIndexOf(".");
  const stem = dot > 0 ? dot : name.length;
  return `${name.slice(0, stem)} (${n})${name.slice(stem)}`;
}

async function exists(folder: Folder, name: string): Promise<boolean> {
  return folder.getFileHandle(name).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      if (error instanceof DOMException && error.name === "TypeMismatchError") return true;
      throw error;
    },
  );
}

async function freeName(folder: Folder, name: string): Promise<string> {
  for (let n = 1; n < RENAMES_MAX; n++) {
    const other = numbered(name, n);
    if (!(await exists(folder, other))) return other;
  }
  throw new DOMException("no free name", "NoModificationAllowedError");
}

/** Swallows what is not to be written. */
const skipped: ItemWriter = {
  write: async () => {},
  publish: async () => ({ path: undefined, outcome: "skipped" }),
  discard: async () => {},
};

/**
 * The browser writes beside the file and puts the content in its place when it is whole; the
 * name of a new file is there, empty, while it arrives.
 */
async function writerAt(
  folder: Folder,
  { path, size }: OfferItem,
  name: string,
  outcome: Published["outcome"],
): Promise<ItemWriter> {
  const handle = await folder.getFileHandle(name, { create: true });
  const content = batchesTo(await handle.createWritable(), size);
  const above = path.slice(0, path.length - split(path).name.length);
  return {
    write: (bytes) => onDisk(path, () => content.write(bytes)),
    publish: () =>
      onDisk(path, async () => {
        await content.close();
        return { path: above + name, outcome };
      }),
    discard: () =>
      onDisk(path, async () => {
        await content.abort();
        if (outcome !== "overwritten") await folder.removeEntry(name);
      }),
  };
}

/** Nothing is written before `begin`. Modification times and exec bits are not ours to set. */
export function folderSink(root: Folder, traits: NameTraits): Sink {
  const folders = new Folders(root);
  const open = new Set<ItemWriter>();
  let refuse: Refuse = () => {};
  let policy: ConflictPolicy = "rename";
  const openAt = async (item: OfferItem): Promise<ItemWriter> => {
    const { above, name } = split(item.path);
    const folder = await folders.make(above);
    if (!(await exists(folder, name))) return writerAt(folder, item, name, "written");
    if (policy === "skip") return skipped;
    if (policy === "overwrite") return writerAt(folder, item, name, "overwritten");
    return writerAt(folder, item, await freeName(folder, name), "renamed");
  };
  const tracked = (writer: ItemWriter): ItemWriter => {
    open.add(writer);
    const over = () => open.delete(writer);
    return {
      write: (bytes) => writer.write(bytes),
      publish: () => writer.publish().finally(over),
      discard: () => writer.discard().finally(over),
    };
  };
  return {
    inspect: (manifest, signal) =>
      inspectOffer(manifest, traits, (path) => folders.has(path), undefined, signal),
    async begin(manifest, accepted, conflict) {
      ({ refuse } = await reviewAccepted(manifest, accepted, traits));
      policy = conflict;
    },
    async open(index, item) {
      refuse(index, item);
      return tracked(await onDisk(item.path, () => openAt(item)));
    },
    async folder(index, item) {
      refuse(index, item);
      await onDisk(item.path, () => folders.make(item.path));
      return { path: item.path, outcome: "written" };
    },
    finish: async () => {},
    async abort() {
      for (const writer of open) await writer.discard().catch(() => {});
    },
  };
}
