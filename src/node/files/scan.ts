import type { BigIntStats } from "node:fs";
import { basename, join, relative, resolve, sep } from "node:path";
import { SecureShareError } from "../../core/errors";
import { Manifest } from "../../core/files/manifest";
import { collisionKey, toWireName, usualTraits } from "../../core/files/names";
import type { OfferNames } from "../../core/files/offerNames";
import type { Spool } from "../../core/ports";
import { diskError } from "./diskError";
import { type ExcludeOptions, Excludes, type Layers } from "./excludes";
import { FileSource, type Root } from "./fileSource";
import { type FileSystem, type Identity, isCode, isSame, nodeFileSystem } from "./fileSystem";
import { offerNames } from "./inspect";
import { type LeftOut, LeftOutList, type LeftOutReason } from "./leftOut";
import { Origins } from "./origins";
import { copyName } from "./publish";

export interface ScanOptions extends ExcludeOptions {
  readonly platform?: NodeJS.Platform;
  readonly files?: FileSystem;
}

export interface Scan {
  readonly source: FileSource;
  readonly leftOut: LeftOut;
}

/** Entries of a folder that are looked at side by side. */
const AHEAD = 64;

/**
 * Lists what there is to send below `paths`, in a stable order: the paths as given, in each
 * folder by the bytes of the names, folders before what they hold.
 *
 * A path that was chosen is sent whatever it is called in a `.gitignore`, and followed when
 * it is a link. Links below are sent as what they point to when that lies in one of the
 * chosen paths, and are left out otherwise. Of two paths with one name the second is sent as
 * `name (2)`; a path inside another one is left out, for it comes with that.
 *
 * `spool` gives a new spool for each call. @throws E_SOURCE_VANISHED, E_PERMISSION, E_DISK,
 * E_OFFER_TOO_LARGE, E_NOTHING_TO_SEND, or the signal's reason
 */
export async function scanFiles(
  paths: readonly string[],
  options: ScanOptions,
  spool: () => Spool,
  signal: AbortSignal,
): Promise<Scan> {
  const { files = nodeFileSystem, platform = process.platform } = options;
  const manifest = new Manifest(spool());
  const origins = new Origins(spool(), spool());
  const leftOut = new LeftOutList();
  try {
    const roots = await findRoots(files, paths, leftOut);
    const excludes = new Excludes(files, options, platform !== "linux");
    const walk = new Walk({ files, roots, excludes, manifest, origins, leftOut, signal });
    for (const number of roots.keys()) await walk.root(number);
    await manifest.seal();
    if (manifest.length === 0) throw new SecureShareError("E_NOTHING_TO_SEND", {});
    return { source: new FileSource(manifest, origins, roots, files), leftOut };
  } catch (error) {
    await manifest.dispose();
    await origins.dispose();
    throw error;
  }
}

async function findRoots(
  files: FileSystem,
  paths: readonly string[],
  leftOut: LeftOutList,
): Promise<Root[]> {
  const found: Root[] = [];
  for (const path of paths) {
    const real = await files.realpath(path).catch((error: unknown) => {
      throw rootError(error, path);
    });
    found.push({ path: real, name: toWireName(basename(resolve(path))) || "files" });
  }
  const roots: Root[] = [];
  const taken = new Set<string>();
  for (const [i, root] of found.entries()) {
    const covered = found.some(
      ({ path }, j) => i !== j && isInside(root.path, path) && (path !== root.path || j < i),
    );
    if (covered) leftOut.add(root.path, "included");
    else roots.push({ path: root.path, name: uniqueName(root.name, taken) });
  }
  return roots;
}

/** What is wrong with a chosen path. */
function rootError(error: unknown, path: string): SecureShareError {
  return isCode(error, "ENOENT", "ENOTDIR", "ELOOP")
    ? new SecureShareError("E_SOURCE_VANISHED", { path }, error)
    : diskError(error, path);
}

/** Distinct from those `taken` for every receiver, also one whose disk folds case; taken then. */
export function uniqueName(name: string, taken: Set<string>): string {
  let unique = name;
  for (let copy = 2; taken.has(nameKey(unique)); copy++) unique = copyName(name, copy);
  taken.add(nameKey(unique));
  return unique;
}

function nameKey(name: string): string {
  return collisionKey(name, usualTraits("darwin"));
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

interface WalkContext {
  readonly files: FileSystem;
  readonly roots: readonly Root[];
  readonly excludes: Excludes;
  readonly manifest: Manifest;
  readonly origins: Origins;
  readonly leftOut: LeftOutList;
  readonly signal: AbortSignal;
}

/** A place in a root, as the disk has it. */
interface Place {
  readonly root: number;
  /** Native path in the root; empty for the root. */
  readonly native: string;
}

/** Something found, and what it is. */
interface Found extends Place {
  /** Path in the offer. */
  readonly path: string;
  readonly stats: BigIntStats;
}

type Look = Found | { readonly path: string; readonly reason: LeftOutReason };

interface Inside {
  readonly layers: Layers;
  /** The folders on the way, by identity: a link to one of them is a loop. */
  readonly above: readonly Identity[];
}

class Walk {
  readonly #names: OfferNames = offerNames(usualTraits("linux"));

  constructor(private readonly context: WalkContext) {}

  async root(number: number): Promise<void> {
    const { roots, excludes } = this.context;
    const root = roots[number];
    if (root === undefined) return;
    const look = await this.#lookAtRoot(number, root).catch((error: unknown) => {
      throw rootError(error, root.path);
    });
    await this.#take(look, { layers: await excludes.above(root.path), above: [] });
  }

  async #lookAtRoot(number: number, { path, name }: Root): Promise<Look> {
    const stats = await this.context.files.lstat(path);
    return this.#sendable({ root: number, native: "" }, name, stats);
  }

  async #take(look: Look, inside: Inside): Promise<void> {
    this.context.signal.throwIfAborted();
    if ("reason" in look) {
      this.context.leftOut.add(look.path, look.reason);
      return;
    }
    const kind = look.stats.isDirectory() ? "folder" : "file";
    const names = kind === "folder" ? await this.#list(look) : undefined;
    if (kind === "folder" && names === undefined) return;
    const item = {
      path: look.path,
      kind,
      size: kind === "folder" ? 0 : Number(look.stats.size),
      mtime: Number(look.stats.mtimeMs),
      executable: kind === "file" && (look.stats.mode & 0o111n) !== 0n,
    } as const;
    const refused = this.#names.check(item);
    if (refused !== undefined) {
      this.context.leftOut.add(look.path, refused);
      return;
    }
    await this.context.manifest.append(item);
    await this.context.origins.append(look.stats, look.root, this.#nativeOf(look));
    if (names !== undefined) await this.#contents(look, names, inside);
  }

  async #contents(folder: Found, names: readonly string[], inside: Inside): Promise<void> {
    const { excludes } = this.context;
    const rooted = folder.native.split(sep).join("/");
    const layers = await excludes.below(inside.layers, rooted, this.#at(folder));
    const below = { layers, above: [...inside.above, folder.stats] };
    for (let from = 0; from < names.length; from += AHEAD) {
      const some = names.slice(from, from + AHEAD);
      const looks = await Promise.all(some.map((name) => this.#look(folder, name, below)));
      for (const look of looks) await this.#take(look, below);
    }
  }

  /**
   * The names in a folder in the order of their bytes; `undefined` when it cannot be read.
   * @throws E_SOURCE_VANISHED, E_PERMISSION, E_DISK when it is the one that was chosen
   */
  async #list(folder: Found): Promise<string[] | undefined> {
    try {
      return (await this.context.files.readNames(this.#at(folder))).sort();
    } catch (error) {
      if (folder.native === "") throw rootError(error, this.#at(folder));
      this.context.leftOut.add(folder.path, reasonOf(error, folder.path));
      return undefined;
    }
  }

  async #look(folder: Found, bytes: string, inside: Inside): Promise<Look> {
    const name = decodeName(bytes);
    if (name === undefined) {
      const shown = Buffer.from(bytes, "latin1").toString("utf8");
      return { path: `${folder.path}/${shown}`, reason: "not-unicode" };
    }
    const path = `${folder.path}/${toWireName(name)}`;
    const place = { root: folder.root, native: join(folder.native, name) };
    try {
      const stats = await this.context.files.lstat(this.#at(place));
      const excluded = this.#excluded(place, inside.layers, stats.isDirectory());
      if (excluded !== undefined) return { path, reason: excluded };
      if (stats.isSymbolicLink()) return await this.#follow(place, path, inside);
      return await this.#sendable(place, path, stats);
    } catch (error) {
      return { path, reason: reasonOf(error, path) };
    }
  }

  /** Only files that can be read and folders. */
  async #sendable(place: Place, path: string, stats: BigIntStats): Promise<Look> {
    if (!stats.isFile() && !stats.isDirectory()) return { path, reason: "special" };
    if (stats.isFile()) await this.context.files.mayRead(this.#at(place));
    return { ...place, path, stats };
  }

  async #follow(link: Place, path: string, inside: Inside): Promise<Look> {
    const { files, roots } = this.context;
    const target = await files.realpath(this.#at(link)).catch((error: unknown) => {
      if (isCode(error, "ELOOP")) return "link-loop" as const;
      if (isCode(error, "ENOENT", "ENOTDIR")) return "link-broken" as const;
      throw error;
    });
    if (target === "link-loop" || target === "link-broken") return { path, reason: target };
    const root = roots.findIndex((each) => isInside(target, each.path));
    const targetRoot = roots[root];
    if (targetRoot === undefined) return { path, reason: "link-outside" };
    const place = { root, native: relative(targetRoot.path, target) };
    const stats = await files.lstat(target);
    const excluded = await this.#excludedOnTheWay(place, stats.isDirectory());
    if (excluded !== undefined) return { path, reason: excluded };
    if (inside.above.some((folder) => isSame(folder, stats))) return { path, reason: "link-loop" };
    return this.#sendable(place, path, stats);
  }

  #excluded({ root, native }: Place, layers: Layers, folder: boolean) {
    const name = this.context.roots[root]?.name ?? "";
    return this.context.excludes.reason(layers, name, native.split(sep).join("/"), folder);
  }

  /** A link must not bring in what is left out where it lies. */
  async #excludedOnTheWay(place: Place, isFolder: boolean) {
    const { excludes, roots } = this.context;
    const root = roots[place.root]?.path ?? "";
    const parts = place.native === "" ? [] : place.native.split(sep);
    let layers = await excludes.above(root);
    for (let depth = 0; depth < parts.length; depth++) {
      const above = parts.slice(0, depth);
      layers = await excludes.below(layers, above.join("/"), join(root, ...above));
      const at = { root: place.root, native: parts.slice(0, depth + 1).join(sep) };
      const reason = this.#excluded(at, layers, isFolder || depth < parts.length - 1);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  #at({ root, native }: Place): string {
    return join(this.context.roots[root]?.path ?? "", native);
  }

  /** The native path, when it is not what the offer's path says (NFC, links, renamed roots). */
  #nativeOf({ root, native, path }: Found): string | undefined {
    const name = this.context.roots[root]?.name ?? "";
    const told = native === "" ? name : `${name}/${native.split(sep).join("/")}`;
    return told === path ? undefined : native;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeName(bytes: string): string | undefined {
  try {
    return decoder.decode(Buffer.from(bytes, "latin1"));
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown, path: string): LeftOutReason {
  if (isCode(error, "ENOENT", "ENOTDIR")) return "vanished";
  if (isCode(error, "EACCES", "EPERM")) return "unreadable";
  throw diskError(error, path);
}
