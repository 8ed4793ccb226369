import type { BigIntStats } from "node:fs";
import { posix, sep } from "node:path";
import { SecureShareError } from "../../core/errors";
import {
  type FileSystem,
  FOLDER_SYNC_UNSUPPORTED,
  type Identity,
  ignoring,
  isCode,
  isSame,
  lookAt,
  OPEN_FOLDER,
  syncFolder,
} from "./fileSystem";
import { Grouped } from "./grouped";

/** Folders kept open beyond those in use. */
const KEPT_MAX = 32;

/** A real folder below the target, reached through no link. */
export interface TargetFolder {
  /** Relative to the target, `/` between parts; empty for the target itself. */
  readonly path: string;
  /** Of the target, of each folder on the way, and of this one. */
  readonly chain: readonly Identity[];
  /** Open while the folder is in use, where paths go through descriptors. */
  readonly fd: number | undefined;
  /** Where a name in it is for the system; good while the folder is in use. */
  readonly at: (name: string) => string;
}

interface Kept {
  users: number;
  readonly opened: Promise<TargetFolder>;
}

/**
 * The folders of a target. Where the system shows descriptors as paths (Linux: /proc), each
 * folder is opened from its parent's descriptor with O_NOFOLLOW, and names are resolved from
 * there: swapping a folder for a link, at any moment, leads nowhere. Elsewhere each part is
 * looked at right before it is used, and again by `check`.
 */
export class TargetFolders {
  readonly #kept = new Map<string, Kept>();
  readonly #flushes = new Grouped();
  readonly #checks = new Grouped();
  /** Folders in which one was made and not flushed yet, with a count of such changes. */
  readonly #unflushed = new Map<string, number>();
  #descriptors = false;
  #frozen = false;

  /**
   * `root` is the target's real path. `made` hears of each folder that had to be made and
   * was not asked for by `make`.
   */
  constructor(
    private readonly files: FileSystem,
    private readonly root: string,
    private readonly made: (path: string) => void,
  ) {}

  /** Call first: finds out whether descriptors work as paths here. */
  async start(): Promise<void> {
    const fd = await this.files.open(this.root, OPEN_FOLDER).catch(() => undefined);
    if (fd === undefined) return;
    try {
      const seen = await lookAt(this.files, `${descriptorPath(fd)}.`);
      this.#descriptors = seen !== undefined && isSame(seen, await this.files.fstat(fd));
    } finally {
      await this.files.close(fd);
    }
  }

  /** Runs `task` with a folder, which is made when it is missing. */
  async use<T>(path: string, task: (folder: TargetFolder) => Promise<T>): Promise<T> {
    const kept = this.#take(path);
    try {
      return await task(await kept.opened);
    } finally {
      kept.users--;
      if (kept.users === 0 && this.#kept.get(path) !== kept) await this.#closeKept(kept);
      await this.#letGo();
    }
  }

  /**
   * What is at a path, itself not followed; `undefined` when nothing is. Makes no folder.
   * @throws E_NAME_REFUSED when a link is on the way
   */
  async look(path: string): Promise<BigIntStats | undefined> {
    const parent = parentOf(path);
    if (parent !== "" && (await this.look(parent)) === undefined) return undefined;
    return this.use(parent, ({ at }) => lookAt(this.files, at(posix.basename(path))));
  }

  /** From now on a missing folder is an error and is not made again. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Makes a folder; false when it was there already. @throws E_NAME_REFUSED */
  async make(path: string): Promise<boolean> {
    return this.use(parentOf(path), (parent) => this.#makeIn(parent, posix.basename(path)));
  }

  /**
   * Is this still the folder that its path leads to, part by part and through no link?
   * @throws E_NAME_REFUSED
   */
  check(folder: TargetFolder): Promise<void> {
    // With descriptors this is honesty (the path that will be told is the path), not safety.
    if (folder.fd === undefined) return this.#check(folder);
    return this.#checks.after(folder.path, () => this.#check(folder));
  }

  /** Makes the folder's entries durable, and those that lead to it. */
  async flush(folder: TargetFolder): Promise<void> {
    await this.#flushEntries(folder);
    for (let path = folder.path; path !== ""; ) {
      path = parentOf(path);
      if (this.#unflushed.has(path)) await this.use(path, (above) => this.#flushEntries(above));
    }
  }

  /** Flushes every folder in which one was made and that is still there. */
  async flushAll(): Promise<void> {
    for (const path of this.#unflushed.keys())
      await ignoring(
        ["ENOENT"],
        this.use(path, (folder) => this.#flushEntries(folder)),
      );
  }

  /** Folders in use are closed when their task ends. */
  async close(): Promise<void> {
    const idle = [...this.#kept.values()].filter(({ users }) => users === 0);
    this.#kept.clear();
    await Promise.all(idle.map((kept) => this.#closeKept(kept)));
  }

  async #check({ path, chain }: TargetFolder): Promise<void> {
    const parts = path === "" ? [] : path.split("/");
    const looks = chain.map(async (identity, depth) => {
      const seen = await lookAt(this.files, [this.root, ...parts.slice(0, depth)].join(sep));
      return seen?.isDirectory() === true && isSame(seen, identity);
    });
    if ((await Promise.all(looks)).every((same) => same)) return;
    this.#kept.delete(path);
    throw refused(path, "through-link");
  }

  #take(path: string): Kept {
    const kept = this.#kept.get(path) ?? { users: 0, opened: this.#open(path) };
    kept.users++;
    this.#kept.delete(path);
    this.#kept.set(path, kept);
    kept.opened.catch(() => {
      if (this.#kept.get(path) === kept) this.#kept.delete(path);
    });
    return kept;
  }

  async #letGo(): Promise<void> {
    if (this.#kept.size <= KEPT_MAX) return;
    const idle = [...this.#kept].find(([, { users }]) => users === 0);
    if (idle === undefined) return;
    this.#kept.delete(idle[0]);
    await this.#closeKept(idle[1]);
  }

  async #closeKept(kept: Kept): Promise<void> {
    const opened = await kept.opened.catch(() => undefined);
    if (opened?.fd !== undefined) await this.files.close(opened.fd);
  }

  #open(path: string): Promise<TargetFolder> {
    if (path === "") return this.#openAt("", this.root, []);
    return this.use(parentOf(path), async (parent) => {
      const name = posix.basename(path);
      if (await this.#makeIn(parent, name)) this.made(path);
      return this.#openAt(path, parent.at(name), parent.chain);
    });
  }

  async #openAt(path: string, at: string, above: readonly Identity[]): Promise<TargetFolder> {
    if (!this.#descriptors) {
      const chain = [...above, await this.#realFolder(path, at)];
      return { path, chain, fd: undefined, at: (name) => `${at}${sep}${name}` };
    }
    const fd = await this.#openFolder(path, at);
    const { dev, ino } = await this.files.fstat(fd);
    return {
      path,
      chain: [...above, { dev, ino }],
      fd,
      at: (name) => `${descriptorPath(fd)}${name}`,
    };
  }

  async #openFolder(path: string, at: string): Promise<number> {
    try {
      return await this.files.open(at, OPEN_FOLDER);
    } catch (error) {
      if (isCode(error, "ENOTDIR", "ELOOP")) await this.#realFolder(path, at);
      throw error;
    }
  }

  async #makeIn(parent: TargetFolder, name: string): Promise<boolean> {
    const path = parent.path === "" ? name : `${parent.path}/${name}`;
    const place = parent.at(name);
    if (!this.#frozen && (await lookAt(this.files, place)) === undefined) {
      try {
        await this.files.mkdir(place, 0o777);
        this.#unflushed.set(parent.path, (this.#unflushed.get(parent.path) ?? 0) + 1);
        return true;
      } catch (error) {
        if (!isCode(error, "EEXIST")) throw error;
      }
    }
    await this.#realFolder(path, place);
    return false;
  }

  async #realFolder(path: string, at: string): Promise<Identity> {
    const seen = await this.files.lstat(at);
    if (seen.isSymbolicLink()) throw refused(path, "through-link");
    if (!seen.isDirectory()) throw refused(path, "through-file");
    return { dev: seen.dev, ino: seen.ino };
  }

  #flushEntries({ path, fd, at }: TargetFolder): Promise<void> {
    return this.#flushes.after(path, async () => {
      const changes = this.#unflushed.get(path);
      if (fd === undefined) await syncFolder(this.files, at("."));
      else await ignoring(FOLDER_SYNC_UNSUPPORTED, this.files.fsync(fd));
      if (this.#unflushed.get(path) === changes) this.#unflushed.delete(path);
    });
  }
}

function descriptorPath(fd: number): string {
  return `/proc/self/fd/${fd}/`;
}

/** The folder that a relative path lies in; empty for the target itself. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function refused(path: string, reason: "through-link" | "through-file"): SecureShareError {
  return new SecureShareError("E_NAME_REFUSED", { path, reason });
}
