/**
 * The file system calls of a program that has nothing to do beside its transfer, the command
 * line: small things are done at once, and records written, without a way through the thread
 * pool, which takes several times as long. A call may wait for the disk, so an editor, which
 * shares its event loop, has no use for this.
 */
import fs from "node:fs";
import { setImmediate } from "node:timers/promises";
import { type FileSystem, nodeFileSystem } from "./fileSystem";

/** More than this is read beside the event loop, so that the next record comes meanwhile. Bytes. */
const SMALL = 64 * 1024;
/** More than a record is written beside the event loop. Bytes. */
const RECORD = 256 * 1024;
/** What is opened, and written, between two turns of the event loop: files, and bytes. */
const OPENED_IN_TURN = 32;
const WRITTEN_IN_TURN = 1024 * 1024;
/** A flush, a write that takes longer waits for a disk, and so do those behind it. Milliseconds. */
const FLUSH_MAX = 0.5;
const WRITE_MAX = 4;
/** As many calls are made beside the event loop before one is tried at once again. */
const BESIDE = 64;

/** A call that rejects where its like without a promise throws. */
function atOnce<A extends readonly unknown[], T>(call: (...args: A) => T) {
  return async (...args: A): Promise<T> => call(...args);
}

export function createDirectFileSystem(): FileSystem {
  /** Open files to which much was written. */
  const large = new Set<number>();
  const writeQuickly = whileQuick(WRITE_MAX, writeAtOnce, nodeFileSystem.write);
  const [opening, writing] = [turns(OPENED_IN_TURN), turns(WRITTEN_IN_TURN)];
  const flush = whileQuick(FLUSH_MAX, fs.fsyncSync, nodeFileSystem.fsync);
  return {
    ...nodeFileSystem,
    open: async (path, flags, mode) => {
      await opening(1);
      return fs.openSync(path, flags, mode);
    },
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
      await writing(length);
      const write = length > RECORD ? nodeFileSystem.write : writeQuickly;
      return write(fd, bytes, offset, position);
    },
    fsync: (fd) => (large.has(fd) ? nodeFileSystem.fsync(fd) : flush(fd)),
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

/** Counts what is done at once; behind each `most` of it what else waits gets its turn. */
function turns(most: number): (amount: number) => Promise<unknown> | undefined {
  let left = most;
  return (amount) => {
    left -= amount;
    if (left > 0) return undefined;
    left = most;
    return setImmediate();
  };
}

const writeAtOnce = (fd: number, bytes: Uint8Array, offset: number, position: number): number =>
  fs.writeSync(fd, bytes, offset, bytes.length - offset, position);

/**
 * Makes calls at once for as long as they are quick. In memory they are; where a disk is
 * waited for, the event loop is not held, and many side by side are quicker.
 */
export function whileQuick<A extends readonly unknown[], T>(
  maxMs: number,
  atOnce: (...args: A) => T,
  beside: (...args: A) => Promise<T>,
  now: () => number = () => performance.now(),
) {
  let left = 0;
  return async (...args: A): Promise<T> => {
    if (left > 0) {
      left--;
      return beside(...args);
    }
    const from = now();
    const result = atOnce(...args);
    if (now() - from > maxMs) left = BESIDE;
    return result;
  };
}
