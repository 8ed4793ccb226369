import { randomBytes } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { isDangerous } from "../../core/files/dangerous";
import { ItemSet } from "../../core/files/itemSet";
import type { Manifest, OfferItem } from "../../core/files/manifest";
import {
  type NameTraits,
  type Platform,
  type RefusalReason,
  usualTraits,
} from "../../core/files/names";
import { OfferNames } from "../../core/files/offerNames";
import type { Inspection } from "../../core/ports";
import { type FileSystem, isCode, isSame, lookAt } from "./fileSystem";
import { parentOf } from "./targetFolders";

/** Items between two turns of the event loop. */
const TURN = 512;
/** Places of the target that are remembered while an offer is compared with it. */
const PLACES_MAX = 10_000;

/** Where a folder that may not exist yet will be. */
export interface Target {
  /** Real path of the folder, or of the nearest one above that exists. */
  readonly existing: string;
  readonly exists: boolean;
}

export async function resolveTarget(files: FileSystem, folder: string): Promise<Target> {
  for (let path = resolve(folder), exists = true; ; path = dirname(path), exists = false) {
    try {
      return { existing: await files.realpath(path), exists };
    } catch (error) {
      if (!isCode(error, "ENOENT") || path === dirname(path)) throw error;
      // No folder can be made where a link leads nowhere.
      if ((await lookAt(files, path)) !== undefined) throw error;
    }
  }
}

/** Bytes that this user may still write on the file system of `path`. */
export async function freeBytes(files: FileSystem, path: string): Promise<number> {
  const { bavail, bsize } = await files.statfs(path);
  return Number(bavail * bsize);
}

/** The rules for each item of an offer; nothing but names is looked at. */
export function offerNames(traits: NameTraits): OfferNames {
  return new OfferNames(traits, randomBytes(4).readUInt32LE());
}

/** All items in order, with pauses in which the program can do other things. */
export async function* itemsInTurns(
  manifest: Manifest,
  signal?: AbortSignal,
): AsyncGenerator<[number, OfferItem]> {
  for await (const entry of manifest.items()) {
    if (entry[0] % TURN === 0) {
      signal?.throwIfAborted();
      await setImmediate();
    }
    yield entry;
  }
}

/** Compares an offer with a target folder. Reads only. */
export async function inspectTarget(
  files: FileSystem,
  folder: string,
  platform: Platform,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<Inspection> {
  const target = await resolveTarget(files, folder);
  const names = offerNames(await guessTraits(files, target.existing, platform));
  const places = new Places(files, target.exists ? target.existing : undefined);
  const refused = new Map<number, RefusalReason>();
  const dangerous = new ItemSet(manifest.length);
  const conflicts = new ItemSet(manifest.length);
  for await (const [index, item] of itemsInTurns(manifest, signal)) {
    const reason = names.check(item) ?? (await places.refuse(item));
    if (reason !== undefined) refused.set(index, reason);
    else if (item.kind !== "text") {
      if (isDangerous(item.path)) dangerous.add(index);
      if (item.kind === "file" && (await places.at(item.path)) !== "nothing") conflicts.add(index);
    }
  }
  return { refused, dangerous, conflicts, freeBytes: await freeBytes(files, target.existing) };
}

/**
 * What can be told of a folder without writing to it: some name in it, looked up in other
 * letters. For the rest the platform's usual traits; `Sink.begin` probes for good.
 */
export async function guessTraits(
  files: FileSystem,
  folder: string,
  platform: Platform,
): Promise<NameTraits> {
  const usual = usualTraits(platform);
  for (const name of (await files.readNames(folder)).slice(0, 1000)) {
    const other = name.toUpperCase() === name ? name.toLowerCase() : name.toUpperCase();
    if (other === name || /[^\x20-\x7e]/.test(name)) continue;
    const seen = await lookAt(files, join(folder, name));
    const twin = await lookAt(files, join(folder, other));
    if (seen === undefined) continue;
    return { ...usual, foldsCase: twin !== undefined && isSame(seen, twin) };
  }
  return usual;
}

type Place = "nothing" | "folder" | "link" | "file";

/** What the target holds already. Below a link nothing is looked at. */
class Places {
  readonly #known = new Map<string, Place>();

  constructor(
    private readonly files: FileSystem,
    private readonly root: string | undefined,
  ) {}

  /** An item that would have to go through, or become, what is no folder. */
  async refuse({ path, kind }: OfferItem): Promise<RefusalReason | undefined> {
    if (kind === "text") return undefined;
    const place = await this.at(kind === "folder" ? path : parentOf(path));
    if (place === "link") return "through-link";
    return place === "file" ? "through-file" : undefined;
  }

  /** What is at the path; for a path below a file or a link, what that is. */
  async at(path: string): Promise<Place> {
    if (this.root === undefined) return "nothing";
    if (path === "") return "folder";
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const above = await this.at(parentOf(path));
    const place = above === "folder" ? await this.#look(join(this.root, path)) : above;
    if (this.#known.size >= PLACES_MAX) this.#known.clear();
    this.#known.set(path, place);
    return place;
  }

  async #look(path: string): Promise<Place> {
    const seen = await lookAt(this.files, path);
    if (seen === undefined) return "nothing";
    if (seen.isSymbolicLink()) return "link";
    return seen.isDirectory() ? "folder" : "file";
  }
}
