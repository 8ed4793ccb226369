/** What a user picked or dropped, as the core's Source. */
import { SecureShareError } from "../../core/errors";
import { Manifest, type OfferItem } from "../../core/files/manifest";
import { toWireName } from "../../core/files/names";
import type { ItemReader, Source, Spool } from "../../core/ports";

/** A picked file or folder; `path` is relative, with `/` between its parts. */
export type Picked =
  | { readonly kind: "file"; readonly path: string; readonly file: File }
  | { readonly kind: "folder"; readonly path: string };

/** Read at once, and once more ahead: a call into the browser costs more than the reading. */
const READ = 2 * 1024 * 1024;

/** Picked files, folders before what is in them, in the order of the pick. */
export async function pickedSource(picked: readonly Picked[], spool: Spool): Promise<Source> {
  const manifest = new Manifest(spool);
  for (const each of picked) await manifest.append(itemOf(each));
  await manifest.seal();
  return {
    manifest,
    async open(index, { path }, from) {
      const each = picked[index];
      if (each?.kind !== "file") throw new SecureShareError("E_SOURCE_VANISHED", { path });
      return blobReader(each.file, path, from);
    },
  };
}

/** A text message as its one item. */
export async function textSource(text: string, spool: Spool): Promise<Source> {
  const blob = new Blob([text]);
  const manifest = new Manifest(spool);
  const mtime = Date.now();
  await manifest.append({ path: "", kind: "text", size: blob.size, mtime, executable: false });
  await manifest.seal();
  return { manifest, open: async (_, { path }, from) => blobReader(blob, path, from) };
}

function itemOf(picked: Picked): OfferItem {
  const path = toWireName(picked.path);
  if (picked.kind === "folder")
    return { path, kind: "folder", size: 0, mtime: Date.now(), executable: false };
  const { size, lastModified } = picked.file;
  return { path, kind: "file", size, mtime: Math.trunc(lastModified), executable: false };
}

/** A blob is a snapshot: the browser refuses to read a file that has changed since. */
function blobReader(blob: Blob, path: string, from: number): ItemReader {
  let at = from;
  let ahead: Promise<Uint8Array> | undefined;
  let chunk = new Uint8Array(0);
  const load = (): Promise<Uint8Array> | undefined => {
    if (at >= blob.size) return undefined;
    const next = blob.slice(at, at + READ);
    at += next.size;
    const loaded = next.arrayBuffer().then((buffer) => new Uint8Array(buffer));
    // Nobody may come to read it.
    loaded.catch(() => {});
    return loaded;
  };
  return {
    async read(into) {
      if (chunk.length === 0) {
        const loading = ahead ?? load();
        if (loading === undefined) return 0;
        ahead = undefined;
        chunk = (await loading.catch((error: unknown) => {
          throw sourceError(error, path);
        })) as Uint8Array<ArrayBuffer>;
        ahead = load();
      }
      const part = chunk.subarray(0, into.length);
      into.set(part);
      chunk = chunk.subarray(part.length);
      return part.length;
    },
    verify: async () => {},
    close: async () => {},
  };
}

function sourceError(error: unknown, path: string): SecureShareError {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotFoundError") return new SecureShareError("E_SOURCE_VANISHED", { path });
  if (name === "NotReadableError") return new SecureShareError("E_SOURCE_CHANGED", { path });
  return new SecureShareError("E_PERMISSION", { path });
}
