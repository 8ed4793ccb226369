/** What a user picks or drops, as a flat list: folders before what is in them. */
import type { Picked } from "../../src/browser/files/source";

/** More is no pick of a person's; the protocol takes as many. */
const PICKED_MAX = 1_000_000;

/** Files of an `<input>`; those of a folder bring their path with them. */
export function pickedFiles(files: Iterable<File>): readonly Picked[] {
  const folders = new Set<string>();
  const picked: Picked[] = [];
  for (const file of files) {
    const path = file.webkitRelativePath === "" ? file.name : file.webkitRelativePath;
    for (const folder of foldersAbove(path)) {
      if (folders.has(folder)) continue;
      folders.add(folder);
      picked.push({ kind: "folder", path: folder });
    }
    picked.push({ kind: "file", path, file });
  }
  return distinct(picked);
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
}

/** Two files of one name, from two folders, cannot arrive side by side: the later is numbered. */
function distinct(picked: readonly Picked[]): readonly Picked[] {
  const taken = new Set<string>();
  return picked.map((each) => {
    let { path } = each;
    for (let n = 2; taken.has(path); n++) path = `${n} ${each.path}`;
    taken.add(path);
    return { ...each, path };
  });
}

declare global {
  interface DataTransferItem {
    /** File System Access, where the browser has it; for what lies on a disk. */
    getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
  }
}

/** Handles cost a browser more than files do. */
const HANDLES_MAX = 100;

/** Whatever of a drop can be read; it must be taken before the event ends. */
export async function droppedFiles(transfer: DataTransfer): Promise<readonly Picked[]> {
  const few = transfer.items.length <= HANDLES_MAX;
  const given = Array.from(transfer.items, (item) => ({
    handle: few ? item.getAsFileSystemHandle?.().catch(() => null) : undefined,
    entry: item.webkitGetAsEntry() ?? item.getAsFile(),
  }));
  const picked: Picked[] = [];
  for (const { handle: asked, entry } of given) {
    const handle = await asked;
    if (handle instanceof FileSystemFileHandle)
      picked.push({ kind: "file", path: handle.name, file: await handle.getFile(), handle });
    else if (entry instanceof File) picked.push({ kind: "file", path: entry.name, file: entry });
    else if (entry !== null) await collect(entry, entry.name, picked);
  }
  return distinct(picked);
}

async function collect(entry: FileSystemEntry, path: string, into: Picked[]): Promise<void> {
  if (into.length >= PICKED_MAX) return;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    into.push({ kind: "file", path, file });
  } else if (isFolder(entry)) {
    into.push({ kind: "folder", path });
    for (const child of await childrenOf(entry))
      await collect(child, `${path}/${child.name}`, into);
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** A folder gives its entries in portions, and an empty one at the end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (portion.length === 0) return children;
    children.push(...portion);
  }
}
