import { dirname } from "node:path";
import type { Cause } from "../../core/causes";
import { SecureShareError } from "../../core/errors";
import { type ProgressEntry, parseProgress } from "../../core/files/journal";
import { onDisk } from "../files/diskError";
import {
  APPEND,
  type FileSystem,
  isCode,
  READ_FILE,
  readFully,
  syncFolder,
  writeAll,
} from "../files/fileSystem";
import { Grouped } from "../files/grouped";

/** A line is read up to here: a path of 32,768 units takes six bytes each at most. Bytes. */
const LINE_MAX = 256 * 1024;
/** A log is written and read up to here: a million items with long paths fit. Bytes. */
const LOG_MAX = 1024 * 1024 * 1024;
const CHUNK = 64 * 1024;
const NEWLINE = 10;

/**
 * Reads a progress log from its start: whole lines, as far as `apply` takes them. What
 * follows the first line that is torn or foreign was never told to be durable. Gives the
 * length of what was read, in bytes; 0 when there is no log.
 */
export async function readProgress(
  files: FileSystem,
  path: string,
  apply: (entry: ProgressEntry) => boolean | Promise<boolean>,
): Promise<number> {
  const fd = await files.open(path, READ_FILE).catch((error: unknown) => {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  });
  if (fd === undefined) return 0;
  try {
    const stats = await files.fstat(fd);
    return stats.isFile() ? await readLines(files, fd, apply) : 0;
  } finally {
    await files.close(fd);
  }
}

async function readLines(
  files: FileSystem,
  fd: number,
  apply: (entry: ProgressEntry) => boolean | Promise<boolean>,
): Promise<number> {
  const chunk = Buffer.alloc(CHUNK);
  let rest: Buffer = Buffer.alloc(0);
  let taken = 0;
  for (let position = 0; position < LOG_MAX && rest.length <= LINE_MAX; ) {
    const length = await readFully(files, fd, chunk, position);
    if (length === 0) return taken;
    position += length;
    const bytes = Buffer.concat([rest, chunk.subarray(0, length)]);
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      const entry = parseProgress(bytes.toString("utf8", from, end));
      if (entry === undefined || !(await apply(entry))) return taken;
      taken += end + 1 - from;
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
  return taken;
}

/** Appends to a progress log, in groups: all who wait share one flush. */
export class ProgressLog {
  readonly #commits = new Grouped();
  #waiting: string[] = [];
  #fd: number | undefined;
  /** Why nothing can be added any more. */
  #ended: Cause | undefined;
  #closing = false;

  /** `length`: what `readProgress` found good; the rest is cut off before anything is added. */
  constructor(
    private readonly files: FileSystem,
    private readonly path: string,
    private length: number,
  ) {}

  /** Settles when the entry is durable. @throws E_DISK_FULL, E_DISK: then it is not there */
  async note(entry: ProgressEntry): Promise<void> {
    if (this.#closing) throw this.#refusal("journal-closed");
    this.#waiting.push(`${JSON.stringify(entry)}\n`);
    await this.#commits.after("", () => this.#commit());
  }

  /** Waits for what is being noted, and takes nothing more. */
  async close(): Promise<void> {
    this.#closing = true;
    // A commit, which those who wait share: another task would not run when one waits already.
    // Its failure is theirs.
    await this.#commits.after("", () => this.#commit()).catch(() => undefined);
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await this.files.close(fd);
  }

  #refusal(reason: Cause): SecureShareError {
    return new SecureShareError("E_DISK", { path: this.path, reason });
  }

  async #commit(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const bytes = Buffer.from(this.#waiting.join(""));
    this.#waiting = [];
    if (this.length + bytes.length > LOG_MAX) this.#ended ??= "journal-full";
    if (this.#ended !== undefined) throw this.#refusal(this.#ended);
    await onDisk(this.path, async () => {
      this.#fd ??= await this.#open();
      await this.#append(this.#fd, bytes);
    });
  }

  async #append(fd: number, bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.files, fd, bytes, this.length);
      await this.files.fsync(fd);
      this.length += bytes.length;
    } catch (error) {
      await this.#cut(fd);
      throw error;
    }
  }

  async #open(): Promise<number> {
    const fd = await this.files.open(this.path, APPEND, 0o600);
    try {
      await this.files.ftruncate(fd, this.length);
      await syncFolder(this.files, dirname(this.path));
      return fd;
    } catch (error) {
      await this.files.close(fd);
      throw error;
    }
  }

  /** Takes back what a failed write left; where that fails too, nothing may come behind it. */
  async #cut(fd: number): Promise<void> {
    await this.files.ftruncate(fd, this.length).catch(() => {
      this.#ended = "journal-broken";
    });
  }
}
