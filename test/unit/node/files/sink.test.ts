import assert from "node:assert/strict";
import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ItemSet } from "../../../../src/core/files/itemSet";
import { type FileSystem, nodeFileSystem } from "../../../../src/node/files/fileSystem";
import { copyName } from "../../../../src/node/files/publish";
import { createSink } from "../../../../src/node/files/sink";
import {
  file,
  folder,
  inFolder,
  manifestOf,
  never,
  openDescriptors,
  receiving,
  tree,
} from "../support";

const BIG = 200_000;

describe("sink", () => {
  it("writes files and folders with their bytes, times and exec bit", () =>
    inFolder(async (root) => {
      const items = [
        folder("Папка"),
        file("Папка/Größe 👩‍💻.txt", 5),
        file("Папка/run", BIG, { executable: true }),
        file("leer", 0),
        folder("Папка/порожня"),
      ];
      const { sink, filled } = await receiving(root, items);
      assert.deepEqual(await sink.folder(0, folder("Папка")), {
        path: "Папка",
        outcome: "written",
      });
      for (const i of [1, 2, 3]) {
        const expected = { path: items[i]?.path, outcome: "written" };
        assert.deepEqual(await (await filled(i)).publish(), expected);
      }
      await sink.folder(4, folder("Папка/порожня"));
      await sink.finish();
      assert.deepEqual(await tree(root), {
        Папка: "/",
        "Папка/Größe 👩‍💻.txt": "\u0001".repeat(5),
        "Папка/run": "\u0002".repeat(BIG),
        leer: "",
        "Папка/порожня": "/",
      });
      assert.equal(statSync(join(root, "leer")).mtimeMs, 1_600_000_000_123);
      assert.equal(statSync(join(root, "Папка")).mtimeMs, 1_500_000_000_000);
      const umask = process.umask();
      assert.equal(statSync(join(root, "leer")).mode & 0o7777, 0o666 & ~umask);
      assert.equal(statSync(join(root, "Папка/run")).mode & 0o7777, 0o777 & ~umask);
    }));

  it("shows nothing under a final name before it is published, and keeps the partial private", () =>
    inFolder(async (root) => {
      const { sink, filled } = await receiving(root, [file("a", BIG), file("b", 3)]);
      const [big, small] = [await filled(0), await filled(1)];
      const [staging = "", ...others] = readdirSync(root);
      assert.match(staging, /^\.secureshare-[0-9a-f]{32}$/);
      assert.deepEqual(others, []);
      assert.equal(statSync(join(root, staging)).mode & 0o777, 0o700);
      const [partial = ""] = readdirSync(join(root, staging));
      assert.equal(statSync(join(root, staging, partial)).mode & 0o777, 0o600);
      await big.publish();
      await small.discard();
      await small.discard();
      await sink.finish();
      assert.deepEqual(readdirSync(root), ["a"]);
    }));

  it("takes a target that another program makes at the same time, and leaves it there", () =>
    inFolder(async (root) => {
      const target = join(root, "above/target");
      // Both programs have seen that nothing is there.
      const mkdir: FileSystem["mkdir"] = async (path, mode) => {
        if (path === target) mkdirSync(path);
        await nodeFileSystem.mkdir(path, mode);
      };
      const { sink } = await receiving(target, [file("a", 1)], "rename", {
        ...nodeFileSystem,
        mkdir,
      });
      await sink.abort();
      assert.deepEqual(await tree(root), { above: "/", "above/target": "/" });
    }));

  it("publishes nothing that is shorter or longer than it was offered", () =>
    inFolder(async (root) => {
      for (const size of [10, BIG]) {
        const { sink } = await receiving(root, [file("a", size)]);
        const writer = await sink.open(0, file("a", size));
        await writer.write(new Uint8Array(size - 1));
        await assert.rejects(writer.publish(), { code: "E_INTEGRITY" });
        await assert.rejects(writer.write(new Uint8Array(2)), { code: "E_INTEGRITY" });
        await sink.abort();
        assert.deepEqual(readdirSync(root), []);
      }
    }));

  it("follows the conflict policy and never replaces more than a regular file", () =>
    inFolder(async (root) => {
      const prepare = (name: string) => {
        const target = join(root, name);
        mkdirSync(join(target, "folder"), { recursive: true });
        writeFileSync(join(target, "old.tar.gz"), "old");
        writeFileSync(join(root, "precious"), "precious");
        symlinkSync(join(root, "precious"), join(target, "link"));
        return target;
      };
      const items = [file("old.tar.gz", 3), file("folder", 3), file("link", 3)];

      const renamed = await receiving(prepare("rename"), items, "rename");
      const paths = [];
      for (const i of items.keys()) paths.push((await (await renamed.filled(i)).publish()).path);
      assert.deepEqual(paths, ["old (2).tar.gz", "folder (2)", "link (2)"]);
      await renamed.sink.finish();

      const skipped = await receiving(prepare("skip"), items, "skip");
      for (const i of items.keys())
        assert.deepEqual(await (await skipped.filled(i)).publish(), {
          path: undefined,
          outcome: "skipped",
        });
      await skipped.sink.finish();
      assert.equal((await tree(join(root, "skip")))["old.tar.gz"], "old");

      const replaced = await receiving(prepare("overwrite"), items, "overwrite");
      assert.deepEqual(await (await replaced.filled(0)).publish(), {
        path: "old.tar.gz",
        outcome: "overwritten",
      });
      for (const i of [1, 2])
        await assert.rejects((await replaced.filled(i)).publish(), { code: "E_TARGET_EXISTS" });
      await replaced.sink.abort();
      assert.deepEqual(await tree(join(root, "overwrite")), {
        "old.tar.gz": "\0\0\0",
        folder: "/",
        link: `-> ${join(root, "precious")}`,
      });
      assert.equal((await tree(root))["precious"], "precious");
    }));

  it("loses nothing when many publish one name at once", () =>
    inFolder(async (root) => {
      writeFileSync(join(root, "same.txt"), "first");
      // Offers cannot name one path twice; two transfers into one folder can.
      const sinks = await Promise.all(
        Array.from({ length: 8 }, () => receiving(root, [file("same.txt", 4)])),
      );
      const writers = await Promise.all(sinks.map(({ filled }, i) => filled(0, 65 + i)));
      const published = await Promise.all(writers.map((writer) => writer.publish()));
      await Promise.all(sinks.map(({ sink }) => sink.finish()));
      const found = await tree(root);
      assert.equal(found["same.txt"], "first");
      assert.equal(new Set(published.map(({ path }) => path)).size, 8);
      for (const [i, { path, outcome }] of published.entries()) {
        assert.equal(outcome, "renamed");
        assert.equal(found[path ?? ""], String.fromCharCode(65 + i).repeat(4));
      }
      assert.equal(Object.keys(found).length, 9);
    }));

  it("takes everything back on abort but what was published", () =>
    inFolder(async (root) => {
      const target = join(root, "new/target");
      const items = [folder("a"), folder("a/b"), file("a/f", 4), folder("c"), file("d/e/g", BIG)];
      const { sink, filled } = await receiving(target, items);
      for (const i of [0, 1, 3]) await sink.folder(i, items[i] ?? folder(""));
      await (await filled(2)).publish();
      const left = await filled(4);
      await sink.abort();
      assert.deepEqual(await tree(target), { a: "/", "a/f": "\u0002".repeat(4) });
      await assert.rejects(left.publish());
      await sink.abort();
      await assert.rejects(sink.open(2, file("a/f", 4)));
    }));

  it("leaves no trace when it is aborted before anything was published", () =>
    inFolder(async (root) => {
      const { sink, filled } = await receiving(join(root, "new/target"), [file("a/b", BIG)]);
      await filled(0);
      await sink.abort();
      assert.deepEqual(readdirSync(root), []);
    }));

  it("waits for a publish under way before it aborts", () =>
    inFolder(async (root) => {
      const { sink, filled } = await receiving(root, [file("a", BIG), file("new/deep/b", 4)]);
      const publishing = [(await filled(0)).publish(), (await filled(1)).publish()];
      await sink.abort();
      await Promise.all(publishing);
      assert.deepEqual(Object.keys(await tree(root)).sort(), [
        "a",
        "new",
        "new/deep",
        "new/deep/b",
      ]);
    }));

  it("refuses hostile names again when they are opened", () =>
    inFolder(async (root) => {
      const paths = ["../evil", "/etc/evil", "a/../../evil", "a\0b", "", "..", "a//b"];
      const good = [file("ok", 1), file("ok", 1)];
      const { sink } = await receiving(root, [...good, ...paths.map((path) => file(path, 1))]);
      for (const [i, path] of paths.entries()) {
        await assert.rejects(sink.open(2 + i, file(path, 1)), { code: "E_NAME_REFUSED" }, path);
        await assert.rejects(sink.folder(2 + i, folder(path)), { code: "E_NAME_REFUSED" }, path);
      }
      await assert.rejects(sink.open(1, file("ok", 1)), {
        details: { path: "ok", reason: "duplicate" },
      });
      await sink.abort();
      assert.deepEqual(readdirSync(root), []);
    }));

  it("says before writing that the space does not suffice", () =>
    inFolder(async (root) => {
      const manifest = await manifestOf(file("huge", 2 ** 52), file("small", 1));
      const sink = createSink(join(root, "new"));
      const all = ItemSet.all(2);
      await assert.rejects(sink.begin(manifest, all, "rename"), { code: "E_NO_SPACE" });
      assert.deepEqual(readdirSync(root), []);
      all.delete(0);
      await sink.begin(manifest, all, "rename");
      await sink.abort();
    }));

  it("keeps file descriptors bounded over many folders", function () {
    if (process.platform !== "linux") this.skip();
    return inFolder(async (root) => {
      const before = openDescriptors();
      const items = Array.from({ length: 300 }, (_, i) => file(`d${i}/e/f`, 1));
      const { sink, filled } = await receiving(root, items);
      for (const i of items.keys()) await (await filled(i)).publish();
      assert.ok(openDescriptors() < before + 60);
      await sink.finish();
      assert.equal(openDescriptors(), before);
      assert.equal(Object.keys(await tree(root)).length, 900);
    });
  });
});

describe("inspection", () => {
  it("writes nothing and tells refused, dangerous and conflicting items", () =>
    inFolder(async (root) => {
      const target = join(root, "t");
      mkdirSync(join(target, "dir"), { recursive: true });
      writeFileSync(join(target, "dir/old"), "");
      writeFileSync(join(target, "plain"), "");
      symlinkSync("dir", join(target, "link"));
      const items = [
        folder("dir"),
        file("dir/old", 1),
        file("dir/new", 1),
        file("plain/under", 1),
        file("link/under/deep", 1),
        folder("plain"),
        folder("link"),
        file("link", 1),
        file("../out", 1),
        file(".git/config", 1),
        file("dir/new", 1),
      ];
      const before = await tree(root);
      const manifest = await manifestOf(...items);
      const seen = await createSink(target).inspect(manifest, never);
      assert.deepEqual(
        [...seen.refused],
        [
          [3, "through-file"],
          [4, "through-link"],
          [5, "through-file"],
          [6, "through-link"],
          [7, "through-file"],
          [8, "dot"],
          [10, "duplicate"],
        ],
      );
      assert.deepEqual([...seen.dangerous], [9]);
      assert.deepEqual([...seen.conflicts], [1]);
      assert.ok((seen.freeBytes ?? 0) > 0);
      assert.deepEqual(await tree(root), before);
    }));

  it("knows a folder that does not exist yet, and stops when it is cancelled", () =>
    inFolder(async (root) => {
      const manifest = await manifestOf(file("a", 1));
      const sink = createSink(join(root, "not/yet"));
      const { conflicts, freeBytes } = await sink.inspect(manifest, never);
      assert.equal(conflicts.count, 0);
      assert.ok((freeBytes ?? 0) > 0);
      await assert.rejects(sink.inspect(manifest, AbortSignal.abort(new Error("stop"))), /stop/);
      assert.deepEqual(readdirSync(root), []);
    }));
});

describe("a target that cannot be one", () => {
  it("is told before anything is accepted", () =>
    inFolder(async (root) => {
      writeFileSync(join(root, "file"), "");
      symlinkSync("nowhere", join(root, "dangling"));
      const manifest = await manifestOf(file("a", 1));
      for (const [path, reason] of [
        ["file", "ENOTDIR"],
        ["file/below", "ENOTDIR"],
        ["dangling", "ENOENT"],
        ["dangling/below", "ENOENT"],
      ] as const) {
        const inspecting = createSink(join(root, path)).inspect(manifest, never);
        await assert.rejects(inspecting, {
          code: "E_DISK",
          details: { path: join(root, path), reason },
        });
      }
    }));
});

describe("names of copies", () => {
  it("keep the extension and the longest length", () => {
    assert.equal(copyName("a.txt", 2), "a (2).txt");
    assert.equal(copyName(".env", 3), ".env (3)");
    assert.equal(copyName("x.tar.gz", 2), "x (2).tar.gz");
    assert.equal(copyName("noext", 12), "noext (12)");
    for (const name of ["ж".repeat(127), `${"💾".repeat(62)}.bin`, `a.${"b".repeat(253)}`]) {
      const copy = copyName(name, 2);
      assert.ok(Buffer.byteLength(copy) <= 255, copy);
      assert.match(copy, / \(2\)/);
      assert.doesNotMatch(copy, /\p{Cs}/u);
    }
  });
});
