/**
 * The file system calls of a program that has nothing to do beside its transfer, the command
 * line: small things are done at once, without a way through the thread pool, which takes
 * several times as long. A call may wait for the disk, so an editor, which shares its event
 * loop, has no use for this.
 */
import fs from "node:fs";
import { setImmediate } from "node:timers/promises";
import { type FileSystem, nodeFileSystem } from "./fileSystem";

/** More than this is read and written beside the event loop. Bytes. */
const SMALL = 64 * 1024;
/** Files that are opened between two turns of the event loop. */
const TURN = 32;
/** A flush that takes longer goes to a disk, and so do those behind it. Milliseconds. */
const FLUSH_MAX = 0.5;
/** As many flushes are made side by side before one is tried at once again. */
const FLUSHES = 64;

/** A call that rejects where its like without a promise throws. */
function atOnce<A extends readonly unknown[], T>(call: (...args: A) => T) {
  return async (...args: A): Promise<T> => call(...args);
}

export function createDirectFileSystem(): FileSystem {
  /** Open files to which much was written. */
  const large = new Set<number>();
  return {
    ...nodeFileSystem,
    open: openInTurns(),
    close: async (fd) => {
      large.delete(fd);
      fs.closeSync(fd);
    },
    read: async (fd, into, offset, length, position) =>
      length > SMALL
        ? nodeFileSystem.read(fd, into, offset, length, position)
        : fs.readSync(fd, into, offset, length, position),
    write: async (fd, bytes, offset, position) => {
      const length = bytes.length - offset;
      if (position + length > SMALL) large.add(fd);
      return length > SMALL
        ? nodeFileSystem.write(fd, bytes, offset, position)
        : fs.writeSync(fd, bytes, offset, length, position);
    },
    fsync: flushWhereItIsQuick((fd) => large.has(fd)),
    fchmod: atOnce(fs.fchmodSync),
    futimes: atOnce(fs.futimesSync),
    fstat: atOnce((fd) => fs.fstatSync(fd, { bigint: true })),
    lstat: atOnce((path) => fs.lstatSync(path, { bigint: true })),
    // Node takes longer to make the error of a missing file than to look for it.
    look: atOnce((path) => fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })),
    mayRead: atOnce((path) => fs.accessSync(path, fs.constants.R_OK)),
    link: atOnce(fs.linkSync),
    unlink: atOnce(fs.unlinkSync),
  };
}

/** What else waits gets its turn between the files. */
function openInTurns(): FileSystem["open"] {
  let opened = 0;
  return async (path, flags, mode) => {
    if (++opened % TURN === 0) await setImmediate();
    return fs.openSync(path, flags, mode);
  };
}

/** In memory a flush is nothing; on a disk it is slow, and many at a time are quicker. */
function flushWhereItIsQuick(isLarge: (fd: number) => boolean): FileSystem["fsync"] {
  let beside = 0;
  return async (fd) => {
    if (isLarge(fd)) return nodeFileSystem.fsync(fd);
    if (beside > 0) {
      beside--;
      return nodeFileSystem.fsync(fd);
    }
    const from = performance.now();
    fs.fsyncSync(fd);
    if (performance.now() - from > FLUSH_MAX) beside = FLUSHES;
  };
}
