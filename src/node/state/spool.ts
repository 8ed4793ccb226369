import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Spool } from "../../core/ports";
import { onDisk } from "../files/diskError";

/** Kept in memory up to here; beyond, on disk. Bytes. */
const SPOOL_MEMORY = 4 * 1024 * 1024;
const FIRST_BUFFER = 4096;
const { O_RDWR, O_CREAT, O_EXCL, O_TRUNC } = constants;
const O_NOFOLLOW = constants.O_NOFOLLOW ?? 0;

/**
 * A spool whose file, when it needs one, lies in `folder`: 0600, and without a name from
 * the start where the platform can have that, so that nothing stays behind after a crash.
 */
export function createSpool(folder: string, memory: number = SPOOL_MEMORY): Spool {
  return new FileSpool(folder, memory, () => createBacking(folder));
}

/** A spool whose file keeps its name, for a later program. `dispose` leaves it there. */
export interface KeptSpool extends Spool {
  /** Bytes that were appended, in all programs. */
  readonly length: number;
  /** Makes durable what was appended before. Does nothing after `dispose`. */
  flush(): Promise<void>;
}

/** A kept spool that begins empty. What `path` held is gone with the first bytes written out. */
export function createKeptSpool(path: string, memory: number = SPOOL_MEMORY): KeptSpool {
  const flags = O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW;
  return new FileSpool(dirname(path), memory, () => openBacking(path, flags));
}

/** Goes on with a kept spool; `undefined` when there is none. @throws E_DISK, E_PERMISSION */
export async function reopenKeptSpool(
  path: string,
  memory: number = SPOOL_MEMORY,
): Promise<KeptSpool | undefined> {
  return onDisk(path, async () => {
    const backing = await openBacking(path, O_RDWR | O_NOFOLLOW).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    });
    if (backing === undefined) return undefined;
    const { size } = await backing.file.stat();
    return new FileSpool(dirname(path), memory, async () => backing, { backing, size });
  });
}

interface Backing {
  readonly file: FileHandle;
  /** What `dispose` removes: a temporary's path while it still has one (Windows). */
  readonly path: string | undefined;
}

class FileSpool implements KeptSpool {
  /** The bytes from `#flushed` on; the ones before are in the file. */
  #tail = Buffer.alloc(FIRST_BUFFER);
  #tailLength = 0;
  #flushed: number;
  #backing: Backing | undefined;
  #disposed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly folder: string,
    private readonly memory: number,
    private readonly back: () => Promise<Backing>,
    before?: { readonly backing: Backing; readonly size: number },
  ) {
    this.#backing = before?.backing;
    this.#flushed = before?.size ?? 0;
  }

  get length(): number {
    return this.#flushed + this.#tailLength;
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#tailLength + bytes.length > this.memory) await this.#writeTail();
      if (bytes.length > this.memory) return this.#writeOut(bytes);
      this.#makeRoom(bytes.length);
      this.#tail.set(bytes, this.#tailLength);
      this.#tailLength += bytes.length;
    });
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      const end = offset + length;
      if (offset < 0 || end > this.length) throw new RangeError(`spool holds no ${offset}..${end}`);
      const bytes = new Uint8Array(length);
      const onDisk = Math.max(0, Math.min(end, this.#flushed) - offset);
      await this.#readBack(bytes.subarray(0, onDisk), offset);
      const from = offset + onDisk - this.#flushed;
      bytes.set(this.#tail.subarray(from, from + length - onDisk), onDisk);
      return bytes;
    });
  }

  async flush(): Promise<void> {
    if (this.#disposed) return;
    await this.#inTurn(async () => {
      this.#backing ??= await this.back();
      await this.#writeTail();
      await this.#backing.file.sync();
    });
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    await this.#inTurn(async () => {
      this.#disposed = true;
      this.#tail = Buffer.alloc(0);
      await this.#backing?.file.close();
      if (this.#backing?.path !== undefined) await rm(this.#backing.path, { force: true });
    });
  }

  /** One after the other, also when an earlier one failed. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      if (this.#disposed) throw new Error("spool was disposed");
      return onDisk(this.folder, task);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #makeRoom(more: number): void {
    const needed = this.#tailLength + more;
    if (needed <= this.#tail.length) return;
    const grown = Buffer.alloc(Math.min(this.memory, Math.max(needed, this.#tail.length * 2)));
    grown.set(this.#tail.subarray(0, this.#tailLength));
    this.#tail = grown;
  }

  async #writeTail(): Promise<void> {
    await this.#writeOut(this.#tail.subarray(0, this.#tailLength));
    this.#tailLength = 0;
  }

  async #writeOut(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#backing ??= await this.back();
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#backing.file.write(
        bytes,
        done,
        bytes.length - done,
        this.#flushed + done,
      );
      done += bytesWritten;
    }
    this.#flushed += bytes.length;
  }

  async #readBack(into: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < into.length; ) {
      const read = await this.#backing?.file.read(into, done, into.length - done, offset + done);
      if (read === undefined || read.bytesRead === 0) throw new Error("spool was cut");
      done += read.bytesRead;
    }
  }
}

async function openBacking(path: string, flags: number): Promise<Backing> {
  const file = await open(path, flags, 0o600);
  return { file, path: undefined };
}

async function createBacking(folder: string): Promise<Backing> {
  const path = join(folder, `spool-${randomBytes(8).toString("hex")}`);
  const file = await open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  const unlinked = await rm(path).then(
    () => true,
    () => false,
  );
  return { file, path: unlinked ? undefined : path };
}
