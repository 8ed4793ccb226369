/** A folder as a browser gives it to a page whose user has picked one, in memory. */

export interface FolderTraits {
  /** Whether a file can be given another name: it can, the file system refuses, or none knows how. */
  readonly moves: "yes" | "refused" | "unknown";
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Child = MemoryFolder | MemoryFile;

const missing = () => new DOMException("nothing there", "NotFoundError");
const mismatch = () => new DOMException("of another kind", "TypeMismatchError");

class MemoryFile {
  readonly kind = "file";
  content = new Uint8Array(0);
  /** A writer has it: nobody else may move or remove it. */
  locked = false;
  lastModified: number;
  declare move?: (to: string) => Promise<void>;

  constructor(
    private readonly folder: MemoryFolder,
    public name: string,
  ) {
    this.lastModified = folder.traits.now();
    if (folder.traits.moves !== "unknown") this.move = (to) => this.#move(to);
  }

  async createWritable() {
    if (this.folder.writesFail) throw new DOMException("read only", "NoModificationAllowedError");
    this.locked = true;
    const pieces: Uint8Array[] = [];
    return {
      write: async (bytes: Uint8Array) => {
        await this.folder.written();
        pieces.push(bytes.slice());
      },
      close: async () => {
        this.content = new Uint8Array(Buffer.concat(pieces));
        this.lastModified = this.folder.traits.now();
        this.locked = false;
      },
      abort: async () => {
        this.locked = false;
      },
    };
  }

  /** As far as a file that only grows needs it. */
  async createSyncAccessHandle() {
    return {
      write: (bytes: Uint8Array, { at }: { at: number }) => {
        this.content = new Uint8Array(Buffer.concat([this.content.subarray(0, at), bytes]));
        return bytes.length;
      },
      close: () => {},
    };
  }

  async #move(to: string): Promise<void> {
    if (this.folder.traits.moves === "refused") throw new DOMException("no", "NotSupportedError");
    if (this.locked) throw new DOMException("locked", "NoModificationAllowedError");
    this.folder.rename(this, to);
    this.name = to;
  }

  async getFile() {
    const { lastModified } = this;
    return new File([this.content], this.name, { lastModified });
  }
}

export class MemoryFolder {
  readonly kind = "directory";
  readonly #children = new Map<string, Child>();
  /** What each piece that is written waits for. */
  written: () => Promise<void> = async () => {};
  /** From now on no file of it can be written. */
  writesFail = false;
  /** Whether a file may have this name. */
  takes: (name: string) => boolean = () => true;

  constructor(
    readonly name: string,
    readonly traits: FolderTraits,
  ) {}

  /** As the page gets it. */
  get handle(): FileSystemDirectoryHandle {
    return this as unknown as FileSystemDirectoryHandle;
  }

  rename(file: MemoryFile, to: string): void {
    if (this.#children.get(to)?.kind === "directory")
      throw new DOMException("a folder", "InvalidModificationError");
    this.#children.delete(file.name);
    this.#children.set(to, file);
  }

  /** What another program does at the same time. */
  put(name: string, text: string): void {
    const file = new MemoryFile(this, name);
    file.content = new TextEncoder().encode(text);
    this.#children.set(name, file);
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<MemoryFile> {
    if (!this.takes(name)) throw new TypeError("Name is not allowed");
    const found = this.#children.get(name) ?? (create ? new MemoryFile(this, name) : undefined);
    if (found === undefined) throw missing();
    if (found.kind !== "file") throw mismatch();
    this.#children.set(name, found);
    return found;
  }

  async getDirectoryHandle(name: string, { create = false } = {}): Promise<MemoryFolder> {
    const found =
      this.#children.get(name) ?? (create ? new MemoryFolder(name, this.traits) : undefined);
    if (found === undefined) throw missing();
    if (found.kind !== "directory") throw mismatch();
    this.#children.set(name, found);
    return found;
  }

  async removeEntry(name: string): Promise<void> {
    const found = this.#children.get(name);
    if (found === undefined) throw missing();
    if (found.kind === "file" && found.locked)
      throw new DOMException("locked", "NoModificationAllowedError");
    this.#children.delete(name);
  }

  async *entries(): AsyncGenerator<[string, Child]> {
    yield* this.#children;
  }

  async *keys(): AsyncGenerator<string> {
    yield* this.#children.keys();
  }

  /** Everything in it, by path: a file's text, or `undefined` for a folder. */
  tree(above = ""): Record<string, string | undefined> {
    const all: Record<string, string | undefined> = {};
    for (const [name, child] of this.#children) {
      const path = above + name;
      if (child.kind === "file") all[path] = new TextDecoder().decode(child.content);
      else Object.assign(all, { [path]: undefined }, child.tree(`${path}/`));
    }
    return all;
  }
}
