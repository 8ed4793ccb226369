import {
  Disposable,
  EventEmitter,
  type FileChangeEvent,
  type FileStat,
  FileSystemError,
  type FileSystemProvider,
  FileType,
  type Uri,
} from "vscode";

type Entry = FileStat & { readonly content?: Uint8Array };

const FOLDER: Entry = { type: FileType.Directory, ctime: 0, mtime: 0, size: 0 };

/** A file system of the tests' own, in memory, that can be read. For inside an extension host. */
export class MemoryFiles implements FileSystemProvider {
  readonly #entries = new Map<string, Entry>([["/", FOLDER]]);
  readonly onDidChangeFile = new EventEmitter<FileChangeEvent[]>().event;
  readonly #closed = new Set<string>();
  /** Paths of the files that were read. */
  readonly reads: string[] = [];

  /** Puts something there, with the folders above it. @param more what it says of itself */
  put(path: string, text?: string, more: Partial<FileStat> = {}): void {
    const parts = path.split("/").slice(1, -1);
    for (const depth of parts.keys())
      this.#entries.set(`/${parts.slice(0, depth + 1).join("/")}`, FOLDER);
    if (text === undefined) return void this.#entries.set(path, { ...FOLDER, ...more });
    const content = Buffer.from(text);
    const stat = { type: FileType.File, ctime: 0, mtime: 1_700_000_000_000, size: content.length };
    this.#entries.set(path, { ...stat, ...more, content });
  }

  /** Nobody may look into this folder any more. */
  shut(path: string): void {
    this.#closed.add(path);
  }

  remove(path: string): void {
    this.#entries.delete(path);
  }

  stat({ path }: Uri): FileStat {
    return this.#at(path);
  }

  readDirectory({ path }: Uri): [string, FileType][] {
    this.#at(path);
    if (this.#closed.has(path)) throw FileSystemError.NoPermissions(path);
    const above = path === "/" ? "/" : `${path}/`;
    return [...this.#entries].flatMap(([each, { type }]): [string, FileType][] => {
      const name = each.slice(above.length);
      const isHere = each.startsWith(above) && name !== "" && !name.includes("/");
      return isHere ? [[name, type]] : [];
    });
  }

  readFile({ path }: Uri): Uint8Array {
    this.reads.push(path);
    return this.#at(path).content ?? new Uint8Array();
  }

  #at(path: string): Entry {
    const entry = this.#entries.get(path);
    if (entry === undefined) throw FileSystemError.FileNotFound(path);
    return entry;
  }

  watch(): Disposable {
    return new Disposable(() => undefined);
  }
  createDirectory(): void {
    throw FileSystemError.NoPermissions();
  }
  writeFile(): void {
    throw FileSystemError.NoPermissions();
  }
  delete(): void {
    throw FileSystemError.NoPermissions();
  }
  rename(): void {
    throw FileSystemError.NoPermissions();
  }
}
