import assert from "node:assert/strict";
import { mkdirSync, readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SecureShareError } from "../../../../src/core/errors";
import { ItemSet } from "../../../../src/core/files/itemSet";
import type { OfferItem } from "../../../../src/core/files/manifest";
import type { ConflictPolicy, Note, WholeFile } from "../../../../src/core/ports";
import { createDirectFileSystem } from "../../../../src/node/files/directFiles";
import { type FileSystem, nodeFileSystem } from "../../../../src/node/files/fileSystem";
import { createSink } from "../../../../src/node/files/sink";
import {
  file,
  inFolder,
  manifestOf,
  mounted,
  openDescriptors,
  systemError,
  tree,
} from "../support";

const real = nodeFileSystem;

interface Options {
  readonly conflict?: ConflictPolicy;
  readonly files?: FileSystem;
  readonly note?: Note;
}

/** Items of numbered bytes, and a sink that has begun to take them. */
async function taking(target: string, items: readonly OfferItem[], options: Options = {}) {
  const { conflict = "rename", files = real, note } = options;
  const sink = createSink(target, { files, note });
  await sink.begin(await manifestOf(...items), ItemSet.all(items.length), conflict);
  const whole: WholeFile[] = items.map((item, index) => ({
    index,
    item,
    bytes: new Uint8Array(item.size).fill(65 + index),
  }));
  const publish = async () =>
    (await sink.publishWhole?.(whole))?.map((result) =>
      result instanceof SecureShareError ? result.failure : result,
    );
  return { sink, publish };
}

/** What is left in the target beside the names that users see. */
const hidden = (target: string) => readdirSync(target).filter((name) => name.startsWith("."));

describe("small files that came whole", () => {
  for (const [how, files] of [
    ["through the thread pool", real],
    ["at once", createDirectFileSystem()],
  ] as const)
    it(`get their bytes, times, exec bit and names, ${how}`, () =>
      inFolder(async (root) => {
        mkdirSync(join(root, "folder"));
        mkdirSync(join(root, "other"));
        writeFileSync(join(root, "old"), "old");
        symlinkSync(join(root, "old"), join(root, "link"));
        const items = [
          file("folder/a", 3),
          file("new/deep/b", 1, { executable: true }),
          file("empty", 0),
          file("old", 2),
          file("link", 1),
          file("other", 1),
        ];
        const before = openDescriptors();
        const { sink, publish } = await taking(root, items, { files });
        assert.deepEqual(await publish(), [
          { path: "folder/a", outcome: "written" },
          { path: "new/deep/b", outcome: "written" },
          { path: "empty", outcome: "written" },
          { path: "old (2)", outcome: "renamed" },
          { path: "link (2)", outcome: "renamed" },
          { path: "other (2)", outcome: "renamed" },
        ]);
        await sink.finish();
        assert.equal(openDescriptors(), before);
        assert.deepEqual(await tree(root), {
          folder: "/",
          "folder/a": "AAA",
          new: "/",
          "new/deep": "/",
          "new/deep/b": "B",
          empty: "",
          old: "old",
          "old (2)": "DD",
          link: `-> ${join(root, "old")}`,
          "link (2)": "E",
          other: "/",
          "other (2)": "F",
        });
        assert.equal(statSync(join(root, "folder/a")).mtimeMs, 1_600_000_000_123);
        const umask = process.umask();
        assert.equal(statSync(join(root, "empty")).mode & 0o7777, 0o666 & ~umask);
        assert.equal(statSync(join(root, "new/deep/b")).mode & 0o7777, 0o777 & ~umask);
      }));

  it("follow the conflict policies", () =>
    inFolder(async (root) => {
      writeFileSync(join(root, "a"), "old");
      mkdirSync(join(root, "b"));
      const items = [file("a", 1), file("b", 1), file("c", 1)];
      const skipped = await taking(root, items, { conflict: "skip" });
      assert.deepEqual(await skipped.publish(), [
        { path: undefined, outcome: "skipped" },
        { path: undefined, outcome: "skipped" },
        { path: "c", outcome: "written" },
      ]);
      await skipped.sink.finish();
      const replaced = await taking(root, items, { conflict: "overwrite" });
      assert.deepEqual(await replaced.publish(), [
        { path: "a", outcome: "overwritten" },
        { code: "E_TARGET_EXISTS", details: { path: "b" } },
        { path: "c", outcome: "overwritten" },
      ]);
      await replaced.sink.finish();
      assert.deepEqual(await tree(root), { a: "A", b: "/", c: "C" });
    }));

  it("fail alone, and leave nothing of a failed one", () =>
    inFolder(async (root) => {
      const write: FileSystem["write"] = (fd, bytes, ...at) =>
        bytes[0] === 66 ? Promise.reject(systemError("EIO")) : real.write(fd, bytes, ...at);
      const items = [file("a", 1), file("b", 1), file("x/../c", 1), file("d", 1)];
      const before = openDescriptors();
      const { sink, publish } = await taking(root, items, { files: { ...real, write } });
      assert.deepEqual(await publish(), [
        { path: "a", outcome: "written" },
        { code: "E_DISK", details: { path: "b", reason: "EIO" } },
        { code: "E_NAME_REFUSED", details: { path: "x/../c", reason: "dot" } },
        { path: "d", outcome: "written" },
      ]);
      assert.deepEqual(readdirSync(join(root, hidden(root)[0] ?? "")), []);
      await sink.finish();
      assert.equal(openDescriptors(), before);
      assert.deepEqual(await tree(root), { a: "A", d: "D" });
    }));

  it("are durable, and noted, before their names appear", () =>
    inFolder(async (root) => {
      const log: string[] = [];
      const logged =
        <A extends unknown[], R>(name: string, call: (...args: A) => R) =>
        (...args: A): R => (log.push(name), call(...args));
      const files: FileSystem = {
        ...real,
        write: logged("write", real.write),
        fsync: logged("fsync", real.fsync),
        link: logged("link", real.link),
        unlink: logged("unlink", real.unlink),
      };
      const note: Note = async (entry) => {
        if (entry.k !== "publish") return;
        const [staging = ""] = hidden(root);
        const [partial = ""] = readdirSync(join(root, staging));
        const { dev, ino } = statSync(join(root, staging, partial));
        assert.deepEqual(entry, { k: "publish", item: 0, path: "f", identity: `${dev}:${ino}` });
        assert.deepEqual(readdirSync(root), [staging]);
        log.push("note");
      };
      const { sink, publish } = await taking(root, [file("f", 3)], { files, note });
      log.length = 0;
      await publish();
      assert.deepEqual(log, ["write", "fsync", "note", "link", "fsync", "unlink"]);
      await sink.finish();
    }));

  it("get no name when they cannot be flushed or noted", () =>
    inFolder(async (root) => {
      const full = new SecureShareError("E_DISK_FULL", { path: "journal" });
      const note: Note = async ({ k }) => {
        if (k === "publish") throw full;
      };
      const files = { ...real, fsync: () => Promise.reject(systemError("EIO")) };
      for (const [options, failure] of [
        [{ note }, full.failure],
        [{ files }, { code: "E_DISK", details: { path: "f", reason: "EIO" } }],
      ] as const) {
        const { sink, publish } = await taking(root, [file("f", 3)], options);
        assert.deepEqual(await publish(), [failure]);
        await sink.abort();
        assert.deepEqual(readdirSync(root), []);
      }
    }));

  it("share the flushes of their folders", () =>
    inFolder(async (root) => {
      let flushes = 0;
      const fsync = (fd: number) => (flushes++, real.fsync(fd));
      const items = Array.from({ length: 64 }, (_, i) => file(`d/${i}`, 1));
      const { sink, publish } = await taking(root, items, { files: { ...real, fsync } });
      await publish();
      assert.ok(flushes < 64 * 2, `${flushes} flushes for 64 files`);
      await sink.finish();
    }));

  for (const [where, proc] of [
    ["with /proc", true],
    ["without /proc", false],
  ] as const)
    it(`go through no link that a folder became meanwhile, ${where}`, () =>
      inFolder(async (root) => {
        const target = join(root, "t");
        mkdirSync(join(target, "sub"), { recursive: true });
        mkdirSync(join(root, "outside"));
        const lstat = (path: string) =>
          path.startsWith("/proc/") ? Promise.reject(systemError("ENOENT")) : real.lstat(path);
        const fsync: FileSystem["fsync"] = async (fd) => {
          await real.fsync(fd);
          if (readdirSync(root).includes("moved")) return;
          renameSync(join(target, "sub"), join(root, "moved"));
          symlinkSync(join(root, "outside"), join(target, "sub"));
        };
        const files = { ...real, fsync, ...(proc ? {} : { lstat }) };
        const { sink, publish } = await taking(target, [file("sub/f", 3)], { files });
        const details = { path: "sub", reason: "through-link" };
        assert.deepEqual(await publish(), [{ code: "E_NAME_REFUSED", details }]);
        await sink.abort();
        assert.deepEqual(readdirSync(join(root, "outside")), []);
        assert.deepEqual(readdirSync(join(root, "moved")), []);
        assert.deepEqual(readdirSync(target), ["sub"]);
      }));

  it("come into a file system that is mounted inside the target", async function () {
    await inFolder(async (root) => {
      mkdirSync(join(root, "mnt"));
      const tmpfs = ["-t", "tmpfs", "-o", "size=4m", "secureshare-test"];
      const done = await mounted(join(root, "mnt"), tmpfs, async () => {
        const { sink, publish } = await taking(root, [file("mnt/a", 3), file("b", 1)]);
        await publish();
        await sink.finish();
        assert.deepEqual(await tree(root), { mnt: "/", "mnt/a": "AAA", b: "B" });
      });
      if (!done) this.skip();
    });
  });
});
