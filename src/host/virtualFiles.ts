/**
 * Files of virtual file systems, read through VS Code. It gives a file only as a whole, so that
 * the size of each is limited; everything else about them is as with files of a disk.
 */
import { posix } from "node:path";
import { type FileSystem, FileSystemError, FileType, type Uri } from "vscode";
import { SecureShareError } from "../core/errors";
import { Manifest, type OfferItem } from "../core/files/manifest";
import { toWireName, usualTraits } from "../core/files/names";
import type { ItemReader, Source, Spool } from "../core/ports";
import { Excludes } from "../node/files/excludes";
import { nodeFileSystem } from "../node/files/fileSystem";
import { offerNames } from "../node/files/inspect";
import { LeftOutList, type LeftOutReason } from "../node/files/leftOut";
import { uniqueName } from "../node/files/scan";

/** The largest file that is read through VS Code. Bytes. */
export const VIRTUAL_FILE_MAX = 64 * 1024 * 1024;
/** Entries of a folder that are looked at side by side. */
const AHEAD = 16;

export type ReadableFiles = Pick<FileSystem, "stat" | "readDirectory" | "readFile">;

export interface VirtualScan {
  readonly source: Source;
  readonly leftOut: LeftOutList;
}

/** One of the places that the user chose, and its name in the offer. */
interface Root {
  readonly uri: Uri;
  readonly name: string;
}

/** Something found below a root: path from there, empty for the root itself. */
interface Found {
  readonly root: Root;
  readonly native: string;
  readonly path: string;
  readonly kind: "file" | "folder";
  readonly size: number;
  readonly mtime: number;
}

type Look = Found | { readonly path: string; readonly reason: LeftOutReason };

/**
 * Lists what there is to send below `uris`, folders before what they hold. Links below a chosen
 * place are left out, as nobody can tell where they lead; so are files above the limit.
 *
 * @param exclude globs; `.gitignore` files are not read here
 * @throws E_SOURCE_VANISHED, E_PERMISSION, E_DISK, E_FILE_TOO_LARGE for a chosen place,
 * E_OFFER_TOO_LARGE, E_NOTHING_TO_SEND, or the signal's reason
 */
export async function scanVirtual(
  files: ReadableFiles,
  uris: readonly Uri[],
  exclude: readonly string[],
  spool: Spool,
  signal: AbortSignal,
): Promise<VirtualScan> {
  const manifest = new Manifest(spool);
  const walk = new Walk(files, manifest, exclude, signal);
  try {
    for (const root of rootsOf(uris)) await walk.root(root);
    await manifest.seal();
    if (manifest.length === 0) throw new SecureShareError("E_NOTHING_TO_SEND", {});
    const source = new VirtualSource(manifest, files, walk.roots, walk.unusual);
    return { source, leftOut: walk.leftOut };
  } catch (error) {
    await manifest.dispose();
    throw error;
  }
}

/** Each place once, and none that lies in another one. */
function rootsOf(uris: readonly Uri[]): Root[] {
  const all = [...new Map(uris.map((uri) => [uri.toString(), uri])).values()];
  const taken = new Set<string>();
  const isBelow = (uri: Uri, other: Uri) =>
    uri !== other && uri.toString().startsWith(`${other.toString().replace(/\/$/, "")}/`);
  return all
    .filter((uri) => !all.some((other) => isBelow(uri, other)))
    .map((uri) => ({
      uri,
      name: uniqueName(toWireName(posix.basename(uri.path)) || uri.authority || "files", taken),
    }));
}

function at({ uri }: Root, native: string): Uri {
  return native === "" ? uri : uri.with({ path: posix.join(uri.path, native) });
}

class Walk {
  readonly leftOut = new LeftOutList();
  readonly roots = new Map<string, Root>();
  /** Native paths of the items whose path in the offer is not what they have. */
  readonly unusual = new Map<number, string>();
  readonly #names = offerNames(usualTraits("linux"));
  readonly #excludes: Excludes;

  constructor(
    private readonly files: ReadableFiles,
    private readonly manifest: Manifest,
    exclude: readonly string[],
    private readonly signal: AbortSignal,
  ) {
    this.#excludes = new Excludes(nodeFileSystem, { exclude, respectGitignore: false }, true);
  }

  async root(root: Root): Promise<void> {
    this.roots.set(root.name, root);
    const look = await this.#stat(root, "", root.name).catch((error: unknown) => {
      throw virtualError(error, root.name);
    });
    if ("reason" in look && look.reason === "too-large")
      throw new SecureShareError("E_FILE_TOO_LARGE", { path: root.name, limit: VIRTUAL_FILE_MAX });
    await this.#take(look);
  }

  async #take(look: Look): Promise<void> {
    this.signal.throwIfAborted();
    if ("reason" in look) return this.leftOut.add(look.path, look.reason);
    const { root, native, path, kind, size, mtime } = look;
    const entries = kind === "folder" ? await this.#entries(look) : [];
    if (entries === undefined) return this.leftOut.add(path, "unreadable");
    const item: OfferItem = { path, kind, size, mtime, executable: false };
    const refused = this.#names.check(item);
    if (refused !== undefined) return this.leftOut.add(path, refused);
    if (native !== "" && path !== `${root.name}/${native}`)
      this.unusual.set(this.manifest.length, native);
    await this.manifest.append(item);
    for (let from = 0; from < entries.length; from += AHEAD) {
      const some = entries.slice(from, from + AHEAD);
      for (const each of await Promise.all(some.map((entry) => this.#look(look, entry))))
        await this.#take(each);
    }
  }

  /** What a folder holds; `undefined` when one that was not chosen itself cannot be read. */
  async #entries({ root, native }: Found): Promise<[string, FileType][] | undefined> {
    try {
      const entries = await this.files.readDirectory(at(root, native));
      return entries.sort(([one], [other]) => (one < other ? -1 : 1));
    } catch (error) {
      if (native === "") throw virtualError(error, root.name);
      return undefined;
    }
  }

  async #look({ root, native, path }: Found, [name, type]: [string, FileType]): Promise<Look> {
    const below = native === "" ? name : `${native}/${name}`;
    const told = `${path}/${toWireName(name)}`;
    const folder = type === FileType.Directory;
    const excluded = this.#excludes.reason([], root.name, below, folder);
    if (excluded !== undefined) return { path: told, reason: excluded };
    if (!folder && type !== FileType.File) return { path: told, reason: "special" };
    return this.#stat(root, below, told).catch(() => ({ path: told, reason: "unreadable" }));
  }

  async #stat(root: Root, native: string, path: string): Promise<Look> {
    const { type, size, mtime } = await this.files.stat(at(root, native));
    // A link that the user chose is followed, as on a disk.
    const kind = (type & FileType.Directory) === 0 ? "file" : "folder";
    if (kind === "file" && (type & FileType.File) === 0) return { path, reason: "special" };
    if (kind === "file" && size > VIRTUAL_FILE_MAX) return { path, reason: "too-large" };
    return { root, native, path, kind, size: kind === "file" ? size : 0, mtime: wholeTime(mtime) };
  }
}

class VirtualSource implements Source {
  constructor(
    readonly manifest: Manifest,
    private readonly files: ReadableFiles,
    private readonly roots: ReadonlyMap<string, Root>,
    private readonly unusual: ReadonlyMap<number, string>,
  ) {}

  async open(
    index: number,
    item: OfferItem,
    from: number,
    signal: AbortSignal,
  ): Promise<ItemReader> {
    const uri = this.#uriOf(index, item);
    const verify = () => verifyUnchanged(this.files, uri, item);
    await verify();
    const bytes = await this.files.readFile(uri).then(undefined, (error: unknown) => {
      throw virtualError(error, item.path);
    });
    signal.throwIfAborted();
    if (bytes.length !== item.size)
      throw new SecureShareError("E_SOURCE_CHANGED", { path: item.path });
    return readerOf(bytes, from, verify);
  }

  #uriOf(index: number, { path }: OfferItem): Uri {
    const [name = ""] = path.split("/", 1);
    const root = this.roots.get(name);
    if (root === undefined) throw new SecureShareError("E_SOURCE_VANISHED", { path });
    return at(root, this.unusual.get(index) ?? path.slice(name.length + 1));
  }
}

function readerOf(bytes: Uint8Array, from: number, verify: () => Promise<void>): ItemReader {
  let rest = bytes.subarray(from);
  return {
    verify,
    read: async (into) => {
      const piece = rest.subarray(0, into.length);
      into.set(piece);
      rest = rest.subarray(piece.length);
      return piece.length;
    },
    close: async () => {
      rest = rest.subarray(rest.length);
    },
  };
}

async function verifyUnchanged(files: ReadableFiles, uri: Uri, item: OfferItem): Promise<void> {
  const { size, mtime } = await files.stat(uri).then(undefined, (error: unknown) => {
    throw virtualError(error, item.path);
  });
  if (size !== item.size || wholeTime(mtime) !== item.mtime)
    throw new SecureShareError("E_SOURCE_CHANGED", { path: item.path });
}

/** Milliseconds since 1970; file systems without times say all kinds of things. */
function wholeTime(mtime: number): number {
  const whole = Math.trunc(mtime);
  return Number.isSafeInteger(whole) && whole > 0 ? whole : 0;
}

function virtualError(error: unknown, path: string): SecureShareError {
  if (error instanceof SecureShareError) return error;
  const code = error instanceof FileSystemError ? error.code : "Unknown";
  if (code === "FileNotFound") return new SecureShareError("E_SOURCE_VANISHED", { path }, error);
  if (code === "NoPermissions") return new SecureShareError("E_PERMISSION", { path }, error);
  return new SecureShareError("E_DISK", { path, reason: code }, error);
}
