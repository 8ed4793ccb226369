/** A folder that the user picked, through the File System Access API. */
import type { OfferItem } from "../../core/files/manifest";
import type { NameTraits } from "../../core/files/names";
import type { ConflictPolicy, ItemWriter, Published, Sink } from "../../core/ports";
import { BATCHES_MAX, batchesTo } from "./batches";
import { onDisk } from "./diskError";
import { exists, type Folder, Folders, freeName, split } from "./folders";
import { createPart, type Movable, removeLeftovers, takesParts } from "./parts";
import { inspectOffer, type Refuse, reviewAccepted } from "./review";
import { Room } from "./room";

export interface FolderOptions {
  readonly root: Folder;
  readonly traits: NameTraits;
  /**
   * Runs such tasks of all tabs one after the other: no browser can look for a name and take it
   * in one step.
   */
  readonly exclusively: <T>(task: () => Promise<T>) => Promise<T>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Where an item belongs. */
interface Place {
  readonly folder: Folder;
  readonly item: OfferItem;
  readonly policy: ConflictPolicy;
  /** For its batches. */
  readonly room: Room;
}

type Named = { readonly name: string; readonly outcome: Published["outcome"] };

/** Swallows what is not to be written. */
const skipped: ItemWriter = {
  write: async () => {},
  publish: async () => ({ path: undefined, outcome: "skipped" }),
  discard: async () => {},
};

/** The name that an item gets as things are now; `undefined` when it is to be skipped. */
async function chooseName({ folder, item, policy }: Place): Promise<Named | undefined> {
  const { name } = split(item.path);
  if (!(await exists(folder, name))) return { name, outcome: "written" };
  if (policy === "skip") return undefined;
  if (policy === "rename") return { name: await freeName(folder, name), outcome: "renamed" };
  // Fails where it is a folder.
  await folder.getFileHandle(name);
  return { name, outcome: "overwritten" };
}

function published({ path }: OfferItem, { name, outcome }: Named): Published {
  return { path: path.slice(0, path.length - split(path).name.length) + name, outcome };
}

/** Writes the item's content to `file`; without its end, `undo` takes back what was made for it. */
async function writeTo(
  file: FileSystemFileHandle,
  { item: { size }, room }: Place,
  settle: () => Promise<Published>,
  undo: () => Promise<void>,
): Promise<ItemWriter> {
  const writable = await file.createWritable().catch(async (error: unknown) => {
    await undo().catch(() => {});
    throw error;
  });
  const content = batchesTo(writable, size, room);
  return {
    write: (bytes) => content.write(bytes),
    async publish() {
      await content.close();
      return settle();
    },
    discard: () => content.abort().finally(undo),
  };
}

/** Writes to a partial file, which gets the name that is free when it is whole. */
function writeBeside(
  part: Movable,
  place: Place,
  exclusively: FolderOptions["exclusively"],
): Promise<ItemWriter> {
  const { folder, item } = place;
  const remove = () => folder.removeEntry(part.name);
  const settle = () =>
    exclusively(async (): Promise<Published> => {
      const named = await chooseName(place);
      if (named !== undefined) {
        await part.move(named.name);
        return published(item, named);
      }
      await remove();
      return { path: undefined, outcome: "skipped" };
    });
  return writeTo(part, place, settle, remove);
}

/**
 * Where no file can be given another name: the browser puts the content in its place when it is
 * whole, and the name of a new file is there, empty, while it arrives.
 */
async function writeInPlace(
  place: Place,
  exclusively: FolderOptions["exclusively"],
): Promise<ItemWriter> {
  const { folder, item } = place;
  const claimed = await exclusively(async () => {
    const named = await chooseName(place);
    return named && { named, file: await folder.getFileHandle(named.name, { create: true }) };
  });
  if (claimed === undefined) return skipped;
  const { named, file } = claimed;
  const undo = async () => {
    if (named.outcome !== "overwritten") await folder.removeEntry(named.name);
  };
  return writeTo(file, place, async () => published(item, named), undo);
}

/** Nothing is written before `begin`. Modification times and exec bits are not ours to set. */
export function folderSink({ root, traits, exclusively, now }: FolderOptions): Sink {
  const folders = new Folders(root, (folder) => removeLeftovers(folder, now()).catch(() => {}));
  const open = new Set<ItemWriter>();
  const room = new Room(BATCHES_MAX);
  let refuse: Refuse = () => {};
  let policy: ConflictPolicy = "rename";
  let beside = false;
  const openAt = async (item: OfferItem): Promise<ItemWriter> => {
    const { above, name } = split(item.path);
    const folder = await folders.make(above);
    // Asked in any case: a name that the browser refuses is found before the bytes come.
    if ((await exists(folder, name)) && policy === "skip") return skipped;
    const place = { folder, item, policy, room };
    const part = beside ? await createPart(folder) : undefined;
    if (part === undefined) return writeInPlace(place, exclusively);
    return writeBeside(part, place, exclusively);
  };
  const tracked = (writer: ItemWriter, path: string): ItemWriter => {
    open.add(writer);
    return {
      write: (bytes) => onDisk(path, () => writer.write(bytes)),
      async publish() {
        const done = await onDisk(path, () => writer.publish());
        open.delete(writer);
        return done;
      },
      discard() {
        open.delete(writer);
        return onDisk(path, () => writer.discard());
      },
    };
  };
  return {
    inspect: (manifest, signal) =>
      inspectOffer(manifest, traits, (path) => folders.has(path), undefined, signal),
    async begin(manifest, accepted, conflict) {
      ({ refuse } = await reviewAccepted(manifest, accepted, traits));
      policy = conflict;
      beside = await takesParts(root);
    },
    async open(index, item) {
      refuse(index, item);
      return tracked(await onDisk(item.path, () => openAt(item)), item.path);
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
