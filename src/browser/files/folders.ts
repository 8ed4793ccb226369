/** The folders below one that the user picked, and what bears which name in them. */

export type Folder = FileSystemDirectoryHandle;

/** Folders that are remembered by path. */
const KNOWN_MAX = 1000;
const RENAMES_MAX = 10_000;

export function split(path: string): { above: string; name: string } {
  const at = path.lastIndexOf("/");
  return { above: path.slice(0, Math.max(at, 0)), name: path.slice(at + 1) };
}

const isMissing = (error: unknown) =>
  error instanceof DOMException && error.name === "NotFoundError";

/** Folders, made when they are needed. */
export class Folders {
  readonly #known = new Map<string, Promise<Folder>>();

  constructor(
    private readonly root: Folder,
    /** Called with each folder before it is used, and waited for. */
    private readonly entered: (folder: Folder) => Promise<void>,
  ) {}

  make(path: string): Promise<Folder> {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const made = this.#enter(path);
    made.catch(() => this.#known.delete(path));
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(path, made);
    return made;
  }

  async #enter(path: string): Promise<Folder> {
    const { above, name } = split(path);
    const folder =
      path === ""
        ? this.root
        : await (await this.make(above)).getDirectoryHandle(name, { create: true });
    await this.entered(folder);
    return folder;
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

/** Whether a file or a folder has this name. */
export async function exists(folder: Folder, name: string): Promise<boolean> {
  return folder.getFileHandle(name).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      if (error instanceof DOMException && error.name === "TypeMismatchError") return true;
      throw error;
    },
  );
}

/** The first numbered form of `name` that nothing bears. */
export async function freeName(folder: Folder, name: string): Promise<string> {
  for (let n = 1; n < RENAMES_MAX; n++) {
    const other = numbered(name, n);
    if (!(await exists(folder, other))) return other;
  }
  throw new DOMException("no free name", "NoModificationAllowedError");
}
