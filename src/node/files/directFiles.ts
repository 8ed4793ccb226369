/**
 * The file system calls of a program that has nothing to do beside its transfer, the command
 * line: small things are done at once, without a way through the thread pool, which takes
 * several times as long. A call may wait for the disk, so an editor, which shares its event
 * loop, has no use for this.
 */
import fs from "node:fs";
import { type FileSystem, nodeFileSystem } from "./fileSystem";

/** More than this is read and written beside the event loop. Bytes. */
const SMALL = 64 * 1024;

/** A call that rejects where its like without a promise throws. */
function atOnce<A extends readonly unknown[], T>(call: (...args: A) => T) {
  return async (...args: A): Promise<T> => call(...args);
}

export const directFileSystem: FileSystem = {
  ...nodeFileSystem,
  open: atOnce(fs.openSync),
  close: atOnce(fs.closeSync),
  read: async (fd, into, offset, length, position) =>
    length > SMALL
      ? nodeFileSystem.read(fd, into, offset, length, position)
      : fs.readSync(fd, into, offset, length, position),
  write: async (fd, bytes, offset, position) =>
    bytes.length - offset > SMALL
      ? nodeFileSystem.write(fd, bytes, offset, position)
      : fs.writeSync(fd, bytes, offset, bytes.length - offset, position),
  fchmod: atOnce(fs.fchmodSync),
  futimes: atOnce(fs.futimesSync),
  fstat: atOnce((fd) => fs.fstatSync(fd, { bigint: true })),
  lstat: atOnce((path) => fs.lstatSync(path, { bigint: true })),
  mayRead: atOnce((path) => fs.accessSync(path, fs.constants.R_OK)),
  link: atOnce(fs.linkSync),
  unlink: atOnce(fs.unlinkSync),
};
