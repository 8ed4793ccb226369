/** What a user picked or dropped, as the core's Source. */
import { SecureShareError } from "../../core/errors";
import { Manifest, type OfferItem } from "../../core/files/manifest";
import { toWireName } from "../../core/files/names";
import type { ItemReader, Source, SourceChanges, Spool } from "../../core/ports";
import { within } from "../../core/session/async";
import { browserClock } from "../system";

/** A picked file or folder; `path` is relative, with `/` between its parts. */
export type Picked =
  | {
      readonly kind: "file";
      readonly path: string;
      readonly file: File;
      /** Gives the file as it is later on: a `File` ends when what it stands for changes. */
      readonly handle?: FileSystemFileHandle;
    }
  | { readonly kind: "folder"; readonly path: string };

/** Read at once, and once more ahead. Bytes. */
const READ = 512 * 1024;

/** Picked files, folders before what is in them, in the order of the pick. */
export async function pickedSource(picked: readonly Picked[], spool: Spool): Promise<Source> {
  const manifest = new Manifest(spool);
  const current: Picked[] = [];
  for (const each of picked) {
    const now = (await renewed(each)) ?? each;
    current.push(now);
    await manifest.append(itemOf(now));
  }
  await manifest.seal();
  return {
    manifest,
    async open(index, { path }, from, signal) {
      const each = current[index];
      if (each?.kind !== "file") throw new SecureShareError("E_SOURCE_VANISHED", { path });
      return blobReader(each.file, path, from, signal);
    },
    changes: changesOf(current),
  };
}

type PickedFile = Extract<Picked, { kind: "file" }>;

/** The file as it is now, where it can be asked for. */
async function renewed(picked: Picked | undefined): Promise<PickedFile | undefined> {
  if (picked?.kind !== "file" || picked.handle === undefined) return undefined;
  const file = await picked.handle.getFile().catch(() => undefined);
  return file && { ...picked, file };
}

/** Puts files that were looked at again, and are wanted so, in the place of what was picked. */
function changesOf(current: Picked[]): SourceChanges {
  const seen = new Map<number, { readonly identity: string; readonly now: Picked }>();
  return {
    async look(index) {
      const now = await renewed(current[index]);
      if (now === undefined) return undefined;
      const { size, lastModified } = now.file;
      const identity = `${size} ${lastModified}`;
      seen.set(index, { identity, now });
      return { size, mtime: Math.trunc(lastModified), identity };
    },
    take(index, identity) {
      const last = seen.get(index);
      if (last?.identity === identity) current[index] = last.now;
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
  const open: Source["open"] = async (_, { path }, from, signal) =>
    blobReader(blob, path, from, signal);
  return { manifest, open };
}

function itemOf(picked: Picked): OfferItem {
  const path = toWireName(picked.path);
  if (picked.kind === "folder")
    return { path, kind: "folder", size: 0, mtime: Date.now(), executable: false };
  const { size, lastModified } = picked.file;
  return { path, kind: "file", size, mtime: Math.trunc(lastModified), executable: false };
}

type Bytes = Uint8Array<ArrayBuffer>;

interface BlobStream {
  /** The next bytes, good until the call after the next; `undefined` at the end. */
  read(): Promise<Bytes | undefined>;
  cancel(): Promise<void>;
}

/**
 * A stream costs a browser a third of what slices do: each slice is one more blob to it. Read
 * into memory that is used again it costs half of that, where a browser can.
 */
function streamOf(blob: Blob): BlobStream {
  const stream = blob.stream();
  const rooms: ArrayBuffer[] = [];
  try {
    const reader = stream.getReader({ mode: "byob" });
    return {
      async read() {
        const room = (rooms.length > 1 ? rooms.shift() : undefined) ?? new ArrayBuffer(READ);
        const { value } = await reader.read(new Uint8Array(room));
        if (value !== undefined) rooms.push(value.buffer);
        return value;
      },
      cancel: () => reader.cancel(),
    };
  } catch {
    const reader = stream.getReader();
    return { read: async () => (await reader.read()).value, cancel: () => reader.cancel() };
  }
}

/** After so long a read counts as one that the browser will never answer. Milliseconds. */
const UNANSWERED = 5_000;

/** What `ask` gives, which is called again, with growing patience, until it gives something. */
async function answered<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  for (let patience = UNANSWERED; ; patience *= 2) {
    const asked = async () => ({ value: await ask() });
    const answer = await within(browserClock, patience, signal, asked);
    if (answer !== undefined) return answer.value;
  }
}

/** A blob is a snapshot: the browser refuses to open a file that has changed since. */
function blobReader(blob: Blob, path: string, from: number, signal: AbortSignal): ItemReader {
  let at = from;
  let chunk: Bytes = new Uint8Array(0);
  let stream = streamOf(blob.slice(from));
  const cancel = () => void stream.cancel().catch(() => {});
  const load = () => {
    const loaded = stream.read();
    // Nobody may come to read it.
    loaded.catch(() => {});
    return loaded;
  };
  let ahead = load();
  const openAnew = () => {
    cancel();
    stream = streamOf(blob.slice(at));
    ahead = load();
  };
  /** Rejects when the browser does not open the file any more, and says why. */
  const look = async () => {
    await answered(signal, () => blob.slice(0, 1).arrayBuffer()).catch((error: unknown) => {
      signal.throwIfAborted();
      throw sourceError(error, path);
    });
  };
  /** A stream does not say what is wrong with its file. */
  const unread = async (error: unknown): Promise<never> => {
    signal.throwIfAborted();
    await look();
    throw sourceError(error, path);
  };
  return {
    async read(into) {
      // Not left to the stream to say: the size was known before.
      if (at >= blob.size) return 0;
      if (chunk.length === 0) {
        let unanswered = false;
        const next = () => {
          if (unanswered) openAnew();
          unanswered = true;
          return ahead;
        };
        chunk = (await answered(signal, next).catch(unread)) ?? chunk;
        ahead = load();
      }
      const part = chunk.subarray(0, into.length);
      into.set(part);
      chunk = chunk.subarray(part.length);
      at += part.length;
      return part.length;
    },
    /** A file that is open is not looked at again; one that is opened once more is. */
    async verify() {
      await look();
      if (at < blob.size) throw new SecureShareError("E_SOURCE_CHANGED", { path });
    },
    close: async () => cancel(),
  };
}

function sourceError(error: unknown, path: string): SecureShareError {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotFoundError") return new SecureShareError("E_SOURCE_VANISHED", { path });
  if (name === "NotReadableError") return new SecureShareError("E_SOURCE_CHANGED", { path });
  return new SecureShareError("E_PERMISSION", { path });
}
