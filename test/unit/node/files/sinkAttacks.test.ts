import assert from "node:assert/strict";
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ItemSet } from "../../../../src/core/files/itemSet";
import type { ConflictPolicy } from "../../../../src/core/ports";
import { type FileSystem, nodeFileSystem } from "../../../../src/node/files/fileSystem";
import { createSink } from "../../../../src/node/files/sink";
import {
  file,
  folder,
  inFolder,
  manifestOf,
  mounted,
  receiving,
  systemError,
  tree,
} from "../support";

const real = nodeFileSystem;
const BIG = 200_000;

/** As on a system that has no /proc: descriptors are of no use as paths. */
const withoutDescriptors: FileSystem = {
  ...real,
  lstat: (path) =>
    path.startsWith("/proc/") ? Promise.reject(systemError("ENOENT")) : real.lstat(path),
};

/** A target `t` with a folder `sub`, and a folder `outside` that must stay empty. */
async function attacked(
  task: (place: { root: string; target: string; swap: () => void }) => Promise<void>,
): Promise<void> {
  await inFolder(async (root) => {
    const target = join(root, "t");
    mkdirSync(join(target, "sub"), { recursive: true });
    mkdirSync(join(root, "outside"));
    const swap = () => {
      renameSync(join(target, "sub"), join(root, "moved"));
      symlinkSync(join(root, "outside"), join(target, "sub"));
    };
    await task({ root, target, swap });
    assert.deepEqual(readdirSync(join(root, "outside")), []);
  });
}

describe("sink under attack: links", () => {
  for (const [where, files] of [
    ["with /proc", real] as const,
    ["without /proc", withoutDescriptors] as const,
  ])
    describe(where, () => {
      it("goes through no link that was there before", () =>
        attacked(async ({ target, swap }) => {
          swap();
          const { sink } = await receiving(
            target,
            [file("sub/f", BIG), file("sub/g", 3)],
            "rename",
            files,
          );
          const refused = {
            code: "E_NAME_REFUSED",
            details: { path: "sub", reason: "through-link" },
          };
          await assert.rejects(sink.open(0, file("sub/f", BIG)), refused);
          const small = await sink.open(1, file("sub/g", 3));
          await small.write(new Uint8Array(3));
          await assert.rejects(small.publish(), refused);
          await assert.rejects(sink.folder(0, folder("sub")), refused);
          await assert.rejects(sink.folder(0, folder("sub/deep")), refused);
          await sink.abort();
        }));

      it("takes a file for no folder", () =>
        attacked(async ({ target }) => {
          rmSync(join(target, "sub"), { recursive: true });
          writeFileSync(join(target, "sub"), "a file");
          const { sink } = await receiving(target, [file("sub/f", BIG)], "rename", files);
          const details = { path: "sub", reason: "through-file" };
          const refused = { code: "E_NAME_REFUSED", details };
          await assert.rejects(sink.open(0, file("sub/f", BIG)), refused);
          await sink.abort();
          assert.deepEqual(await tree(target), { sub: "a file" });
        }));

      it("goes through no link that a folder became half-way", () =>
        attacked(async ({ target, swap }) => {
          const items = [file("sub/first", 3), file("sub/small", 3), file("sub/big", BIG)];
          const { sink, filled } = await receiving(target, items, "rename", files);
          await (await filled(0)).publish();
          const writers = [await filled(1), await filled(2)];
          swap();
          for (const writer of writers)
            await assert.rejects(writer.publish(), { code: "E_NAME_REFUSED" });
          await sink.abort();
        }));

      it("follows no link that the target itself became", () =>
        attacked(async ({ root, target }) => {
          const { sink, filled } = await receiving(target, [file("f", 3)], "rename", files);
          const writer = await filled(0);
          renameSync(target, join(root, "moved"));
          symlinkSync(join(root, "outside"), target);
          await assert.rejects(writer.publish(), { code: "E_NAME_REFUSED" });
          await sink.abort().catch(() => undefined);
        }));

      it("replaces no link that a target became, and writes through none", () =>
        attacked(async ({ root, target }) => {
          const victim = join(root, "victim");
          writeFileSync(victim, "precious");
          for (const conflict of [
            "rename",
            "overwrite",
            "skip",
          ] as const satisfies ConflictPolicy[]) {
            const { sink, filled } = await receiving(target, [file("sub/f", 3)], conflict, files);
            const writer = await filled(0);
            symlinkSync(victim, join(target, "sub/f"));
            await writer.publish().catch(() => undefined);
            assert.equal((await tree(target))["sub/f"], `-> ${victim}`);
            rmSync(join(target, "sub/f"));
            await sink.abort();
          }
          assert.equal((await tree(root))["victim"], "precious");
        }));
    });

  it("stays inside when a folder is swapped between the last check and the publish", function () {
    if (process.platform !== "linux") this.skip();
    return attacked(async ({ root, target, swap }) => {
      const link = (from: string, to: string) => (swap(), real.link(from, to));
      const { sink, filled } = await receiving(target, [file("sub/f", 3)], "rename", {
        ...real,
        link,
      });
      await (await filled(0)).publish();
      assert.deepEqual(readdirSync(join(root, "moved")), ["f"]);
      await sink.finish();
    });
  });

  it("stays inside when a folder is swapped between looking at it and opening it", function () {
    if (process.platform !== "linux") this.skip();
    return attacked(async ({ target, swap }) => {
      let swapped = false;
      const open: FileSystem["open"] = (path, flags, mode) => {
        if (basename(path) === "sub" && !swapped) {
          swapped = true;
          swap();
        }
        return real.open(path, flags, mode);
      };
      const { sink } = await receiving(target, [file("sub/f", BIG)], "rename", { ...real, open });
      await assert.rejects(sink.open(0, file("sub/f", BIG)), { code: "E_NAME_REFUSED" });
      assert.ok(swapped);
      await sink.abort();
    });
  });
});

describe("sink without hard links", () => {
  for (const code of ["EPERM", "ENOTSUP", "EMLINK", "EXDEV", "ENOSYS"])
    it(`publishes when linking fails with ${code}, by the same policies`, () =>
      inFolder(async (root) => {
        const files = { ...real, link: () => Promise.reject(systemError(code)) };
        writeFileSync(join(root, "old"), "old");
        const items = [file("new", 3), file("old", BIG)];
        const { sink, filled } = await receiving(root, items, "rename", files);
        assert.equal((await (await filled(0)).publish()).outcome, "written");
        assert.equal((await (await filled(1)).publish()).path, "old (2)");
        await sink.finish();
        const found = await tree(root);
        assert.deepEqual(Object.keys(found).sort(), ["new", "old", "old (2)"]);
        assert.equal(found["old"], "old");
        assert.equal(found["new"], "\0\0\0");
      }));

  it("loses nothing when many publish one name at once", () =>
    inFolder(async (root) => {
      const files = { ...real, link: () => Promise.reject(systemError("EPERM")) };
      const sinks = await Promise.all(
        Array.from({ length: 8 }, () => receiving(root, [file("same", 2)], "rename", files)),
      );
      const writers = await Promise.all(sinks.map((each, i) => each.filled(0, 65 + i)));
      await Promise.all(writers.map((writer) => writer.publish()));
      await Promise.all(sinks.map(({ sink }) => sink.finish()));
      const found = Object.values(await tree(root)).sort();
      assert.deepEqual(found, ["AA", "BB", "CC", "DD", "EE", "FF", "GG", "HH"]);
    }));

  it("takes an empty claim back when the rename fails", () =>
    inFolder(async (root) => {
      const fail = (code: string) => () => Promise.reject(systemError(code));
      const files = { ...real, link: fail("EPERM"), rename: fail("EIO") };
      const { sink, filled } = await receiving(root, [file("f", 3)], "rename", files);
      await assert.rejects((await filled(0)).publish(), { code: "E_DISK" });
      await sink.abort();
      assert.deepEqual(readdirSync(root), []);
    }));

  it("takes no claim back that somebody else has written to or replaced", () =>
    inFolder(async (root) => {
      for (const replaced of [false, true]) {
        const rename = (_: string, to: string) => {
          writeFileSync(replaced ? `${to}-else` : to, replaced ? "" : "precious");
          if (replaced) renameSync(`${to}-else`, to);
          return Promise.reject(systemError("EIO"));
        };
        const files = { ...real, link: () => Promise.reject(systemError("EPERM")), rename };
        const { sink, filled } = await receiving(root, [file("f", 3)], "rename", files);
        await assert.rejects((await filled(0)).publish(), { code: "E_DISK" });
        await sink.abort();
        assert.deepEqual(await tree(root), { f: replaced ? "" : "precious" });
        rmSync(join(root, "f"));
      }
    }));
});

describe("sink and power cuts", () => {
  for (const conflict of ["rename", "overwrite"] as const)
    it(`gives no final name before the bytes are flushed (${conflict})`, () =>
      inFolder(async (root) => {
        const log: string[] = [];
        const logged =
          <A extends unknown[], R>(name: string, call: (...args: A) => R) =>
          (...args: A): R => (log.push(name), call(...args));
        writeFileSync(join(root, "f"), "old");
        const files = {
          ...real,
          write: logged("write", real.write),
          fsync: logged("fsync", real.fsync),
          link: logged("name", real.link),
          rename: logged("name", real.rename),
          unlink: logged("unlink", real.unlink),
        };
        for (const size of [3, BIG]) {
          const { sink, filled } = await receiving(root, [file("f", size)], conflict, files);
          log.length = 0;
          await (await filled(0)).publish();
          const named = log.lastIndexOf("name");
          assert.ok(log.lastIndexOf("write") < log.indexOf("fsync"));
          assert.ok(log.indexOf("fsync") < log.indexOf("name"));
          // The folder is flushed with the new name, and only then the partial's name goes.
          assert.ok(log.indexOf("fsync", named) > named);
          assert.ok(log.indexOf("unlink", named) > log.indexOf("fsync", named));
          await sink.finish();
        }
      }));

  it("gives no final name when flushing fails", () =>
    inFolder(async (root) => {
      const files = { ...real, fsync: () => Promise.reject(systemError("EIO")) };
      const { sink, filled } = await receiving(
        root,
        [file("f", 3), file("g", BIG)],
        "rename",
        files,
      );
      for (const i of [0, 1])
        await assert.rejects((await filled(i)).publish(), {
          code: "E_DISK",
          details: { path: i === 0 ? "f" : "g", reason: "EIO" },
        });
      await sink.abort();
      assert.deepEqual(readdirSync(root), []);
    }));

  it("flushes folders in groups", () =>
    inFolder(async (root) => {
      let flushes = 0;
      const fsync = (fd: number) => (flushes++, real.fsync(fd));
      const items = Array.from({ length: 64 }, (_, i) => file(`d/${i}`, 1));
      const { sink, filled } = await receiving(root, items, "rename", { ...real, fsync });
      const writers = await Promise.all(items.map((_, i) => filled(i)));
      await Promise.all(writers.map((writer) => writer.publish()));
      assert.ok(flushes < 64 * 2, `${flushes} flushes for 64 files`);
      await sink.finish();
    }));
});

describe("sink on other file systems", () => {
  const tmpfs = (size: string) => ["-t", "tmpfs", "-o", `size=${size}`, "secureshare-test"];

  it("reports a full disk, loses nothing published and leaves nothing half", async function () {
    await inFolder(async (root) => {
      const done = await mounted(root, tmpfs("1m"), async () => {
        const items = [
          file("fits", 1000),
          file("big", 4_000_000),
          file("later", 1000),
          file("b2", 60_000),
        ];
        const manifest = await manifestOf(...items);
        const all = ItemSet.all(items.length);
        await assert.rejects(createSink(root).begin(manifest, all, "rename"), {
          code: "E_NO_SPACE",
        });
        assert.deepEqual(readdirSync(root), []);
        // Somebody else fills the disk after the check.
        const statfs: FileSystem["statfs"] = async (path) =>
          Object.assign(await real.statfs(path), { bavail: 2n ** 40n });
        const { sink, filled } = await receiving(root, items, "rename", { ...real, statfs });
        await (await filled(0)).publish();
        const big = await sink.open(1, file("big", 4_000_000));
        await assert.rejects(big.write(new Uint8Array(4_000_000)), { code: "E_DISK_FULL" });
        await assert.rejects((await filled(3)).publish(), { code: "E_DISK_FULL" });
        await big.discard();
        assert.deepEqual(
          Object.keys(await tree(root)).filter((path) => !path.startsWith(".")),
          ["fits"],
        );
        await (await filled(2)).publish();
        await sink.abort();
        assert.deepEqual(Object.keys(await tree(root)).sort(), ["fits", "later"]);
      });
      if (!done) this.skip();
    });
  });

  it("reports a folder that may not be written to", async function () {
    await inFolder(async (root) => {
      const done = await mounted(
        root,
        ["-t", "tmpfs", "-o", "ro", "secureshare-test"],
        async () => {
          const sink = createSink(join(root, "new"));
          const manifest = await manifestOf(file("a", 0));
          await assert.rejects(sink.begin(manifest, ItemSet.all(1), "rename"), {
            code: "E_PERMISSION",
          });
          await sink.abort();
        },
      );
      if (!done) this.skip();
    });
  });

  it("publishes into a file system that is mounted inside the target", async function () {
    await inFolder(async (root) => {
      mkdirSync(join(root, "mnt"));
      const done = await mounted(join(root, "mnt"), tmpfs("4m"), async () => {
        const items = [file("mnt/a", 3), file("mnt/b", BIG), file("mnt/c", BIG)];
        const { sink, filled } = await receiving(root, items);
        for (const i of [0, 1]) await (await filled(i)).publish();
        await filled(2);
        await sink.abort();
        assert.deepEqual(readdirSync(join(root, "mnt")).sort(), ["a", "b"]);
      });
      if (!done) this.skip();
    });
  });

  it("refuses names that are one where the disk folds case, which it finds out by trying", () =>
    inFolder(async (root) => {
      const lstat = (path: string) => real.lstat(path.replace(/PROBE$/, "probe"));
      const items = [file("Readme", 1), file("README", 1)];
      const { sink, filled } = await receiving(root, items, "overwrite", { ...real, lstat });
      await (await filled(0, 65)).publish();
      const refused = { code: "E_NAME_REFUSED", details: { path: "README", reason: "collision" } };
      await assert.rejects(filled(1), refused);
      await sink.finish();
      assert.deepEqual(await tree(root), { Readme: "A" });
    }));

  it("takes the names of Windows as that does where the disk refuses them", () =>
    inFolder(async (root) => {
      const open: FileSystem["open"] = (path, flags, mode) =>
        basename(path).includes(":")
          ? Promise.reject(systemError("EINVAL"))
          : real.open(path, flags, mode);
      const items = [file("a:b", 1), file("nul.txt", 1), file("ok", 1)];
      const { sink, filled } = await receiving(root, items, "rename", { ...real, open });
      await assert.rejects(filled(0), { details: { path: "a:b", reason: "colon" } });
      await assert.rejects(filled(1), { details: { path: "nul.txt", reason: "device" } });
      await (await filled(2)).publish();
      await sink.finish();
    }));
});
