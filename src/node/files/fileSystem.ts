import fs from "node:fs";
import { promisify } from "node:util";

/**
 * The file system calls of this folder, on descriptors and with 64-bit numbers. A parameter
 * of what uses it, so that tests can let a single call fail.
 */
export interface FileSystem {
  readonly open: (path: string, flags: number, mode?: number) => Promise<number>;
  readonly close: (fd: number) => Promise<void>;
  /** Up to `length` bytes from `position` in the file to `offset` in `into`. */
  readonly read: (
    fd: number,
    into: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) => Promise<number>;
  readonly write: (
    fd: number,
    bytes: Uint8Array,
    offset: number,
    position: number,
  ) => Promise<number>;
  readonly fsync: (fd: number) => Promise<void>;
  readonly ftruncate: (fd: number, length: number) => Promise<void>;
  readonly fchmod: (fd: number, mode: number) => Promise<void>;
  /** Times in seconds since 1970. */
  readonly futimes: (fd: number, accessed: number, modified: number) => Promise<void>;
  readonly utimes: (path: string, accessed: number, modified: number) => Promise<void>;
  readonly fstat: (fd: number) => Promise<fs.BigIntStats>;
  readonly lstat: (path: string) => Promise<fs.BigIntStats>;
  /** As `lstat`; `undefined` when nothing is there. For those that can tell without an error. */
  readonly look?: (path: string) => Promise<fs.BigIntStats | undefined>;
  /** Rejects when this user may not read what is at `path`. */
  readonly mayRead: (path: string) => Promise<void>;
  readonly statfs: (path: string) => Promise<fs.BigIntStatsFs>;
  readonly realpath: (path: string) => Promise<string>;
  readonly link: (from: string, to: string) => Promise<void>;
  readonly unlink: (path: string) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly mkdir: (path: string, mode: number) => Promise<void>;
  readonly rmdir: (path: string) => Promise<void>;
  /** The names in a folder, each byte of a name as one character (latin1), unsorted. */
  readonly readNames: (path: string) => Promise<string[]>;
}

const read = promisify(fs.read);
const write = promisify(fs.write);
const fstat = promisify(fs.fstat);
const lstat = promisify(fs.lstat);
const access = promisify(fs.access);
const statfs = promisify(fs.statfs);
const mkdir = promisify(fs.mkdir);
const readdir = promisify(fs.readdir);

export const nodeFileSystem: FileSystem = {
  open: promisify(fs.open),
  close: promisify(fs.close),
  read: async (fd, into, offset, length, position) =>
    (await read(fd, into, offset, length, position)).bytesRead,
  write: async (fd, bytes, offset, position) =>
    (await write(fd, bytes, offset, bytes.length - offset, position)).bytesWritten,
  fsync: promisify(fs.fsync),
  ftruncate: promisify(fs.ftruncate),
  fchmod: promisify(fs.fchmod),
  futimes: promisify(fs.futimes),
  utimes: promisify(fs.utimes),
  fstat: (fd) => fstat(fd, { bigint: true }),
  lstat: (path) => lstat(path, { bigint: true }),
  mayRead: (path) => access(path, fs.constants.R_OK),
  statfs: (path) => statfs(path, { bigint: true }),
  realpath: promisify(fs.realpath.native),
  link: promisify(fs.link),
  unlink: promisify(fs.unlink),
  rename: promisify(fs.rename),
  mkdir: async (path, mode) => {
    await mkdir(path, { mode });
  },
  rmdir: promisify(fs.rmdir),
  readNames: (path) => readdir(path, { encoding: "latin1" }),
};

/** Flags that Windows lacks count as none there. */
const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
const O_NOFOLLOW = fs.constants.O_NOFOLLOW ?? 0;
const O_NONBLOCK = fs.constants.O_NONBLOCK ?? 0;
const O_DIRECTORY = fs.constants.O_DIRECTORY ?? 0;

/** For a file that must be new and must not be reached through a link. */
export const CREATE_NEW = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
/** For a file to read: not through a link, and without waiting for a FIFO's writer. */
export const READ_FILE = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
/** For a file to go on with: as for reading, and it must be there. */
export const GO_ON = O_RDWR | O_NOFOLLOW | O_NONBLOCK;
/** For a file to append to, which is made when it is missing. */
export const APPEND = GO_ON | O_CREAT;
/** For a folder that must not be a link. */
export const OPEN_FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

export function isSame(one: Identity, two: Identity): boolean {
  return one.dev === two.dev && one.ino === two.ino;
}

/** What is at `path`, links not followed; `undefined` when nothing is. */
export async function lookAt(files: FileSystem, path: string): Promise<fs.BigIntStats | undefined> {
  try {
    return await (files.look ?? files.lstat)(path);
  } catch (error) {
    if (isCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** Writes all of `bytes` at `position`; the system may take them in pieces. */
export async function writeAll(
  files: FileSystem,
  fd: number,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += await files.write(fd, bytes, done, position + done);
}

/** Reads until `into` is full or the file ends; bytes read. */
export async function readFully(
  files: FileSystem,
  fd: number,
  into: Uint8Array,
  position: number,
): Promise<number> {
  let length = 0;
  for (let more = -1; more !== 0 && length < into.length; length += more)
    more = await files.read(fd, into, length, into.length - length, position + length);
  return length;
}

/**
 * A regular file's bytes; `undefined` when nothing has that name. Links are not followed.
 * @throws RangeError when it is longer than `max`, or no regular file
 */
export async function readBounded(
  files: FileSystem,
  path: string,
  max: number,
): Promise<Buffer | undefined> {
  if ((await lookAt(files, path)) === undefined) return undefined;
  const fd = await files.open(path, READ_FILE);
  try {
    const stats = await files.fstat(fd);
    if (!stats.isFile() || stats.size > BigInt(max)) throw new RangeError("not a file of ours");
    const bytes = Buffer.alloc(Number(stats.size));
    return bytes.subarray(0, await readFully(files, fd, bytes, 0));
  } finally {
    await files.close(fd);
  }
}

/** Is it a system error with one of these codes? */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** Lets go of an error with one of these codes; `task` was worth a try only. */
export async function ignoring(codes: readonly string[], task: Promise<unknown>): Promise<void> {
  try {
    await task;
  } catch (error) {
    if (!isCode(error, ...codes)) throw error;
  }
}

/** Flushes a folder's entries where the platform can; Windows and some servers cannot. */
export async function syncFolder(files: FileSystem, path: string): Promise<void> {
  await ignoring(FOLDER_SYNC_UNSUPPORTED, syncOpened(files, path));
}

export const FOLDER_SYNC_UNSUPPORTED = ["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP", "EBADF"];

async function syncOpened(files: FileSystem, path: string): Promise<void> {
  const fd = await files.open(path, OPEN_FOLDER);
  try {
    await files.fsync(fd);
  } finally {
    await files.close(fd);
  }
}
