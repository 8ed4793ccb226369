import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type FileSystem, nodeFileSystem } from "../../../../src/node/files/fileSystem";
import { type ScanOptions, scanFiles } from "../../../../src/node/files/scan";
import { createSpool } from "../../../../src/node/state/spool";
import { readAll } from "../readAll";
import { inFolder, never, systemError } from "../support";

function put(root: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(join(root, path), content);
    else mkdirSync(join(root, path), { recursive: true });
  }
}

async function scan(paths: string[], options: Partial<ScanOptions> = {}) {
  const all = { exclude: [], respectGitignore: false, ...options };
  const { source, leftOut } = await scanFiles(paths, all, () => createSpool(tmpdir()), never);
  const items = [];
  const content: Record<string, string> = {};
  for await (const [index, item] of source.manifest.items()) {
    items.push(item);
    if (item.kind === "file") content[item.path] = await readAll(source, index);
  }
  await source.dispose();
  const left = Object.fromEntries(leftOut.named.map(({ path, reason }) => [path, reason]));
  return { items, paths: items.map(({ path }) => path), content, left, leftOut };
}

describe("scan", () => {
  it("lists folders before what they hold, in a stable order, with sizes, times and exec bits", () =>
    inFolder(async (root) => {
      put(root, { "t/b.txt": "bb", "t/a/x": "", "t/B": "B", "t/empty/": "" });
      chmodSync(join(root, "t/b.txt"), 0o755);
      utimesSync(join(root, "t/b.txt"), 1, 1.234);
      utimesSync(join(root, "t/empty"), 5, 5);
      const { items, paths, content } = await scan([join(root, "t")]);
      assert.deepEqual(paths, ["t", "t/B", "t/a", "t/a/x", "t/b.txt", "t/empty"]);
      assert.deepEqual(items[4], {
        path: "t/b.txt",
        kind: "file",
        size: 2,
        mtime: 1234,
        executable: true,
      });
      assert.deepEqual(items[5], {
        path: "t/empty",
        kind: "folder",
        size: 0,
        mtime: 5000,
        executable: false,
      });
      assert.deepEqual(content, { "t/B": "B", "t/a/x": "", "t/b.txt": "bb" });
    }));

  it("puts names on the wire in NFC and opens the native ones", () =>
    inFolder(async (root) => {
      const decomposed = "и\u0306 cafe\u0301".normalize("NFD");
      put(root, { [`${decomposed}/Größe.txt`]: "g", "d/👩‍💻.txt": "e", "d/їжак": "ж" });
      const { content } = await scan([join(root, decomposed), join(root, "d")]);
      assert.deepEqual(content, { "й café/Größe.txt": "g", "d/їжак": "Ð¶", "d/👩‍💻.txt": "e" });
    }));

  it("lists names that are one in NFC, and sends the first", () =>
    inFolder(async (root) => {
      put(root, { "t/cafe\u0301": "decomposed", "t/café": "composed" });
      const { paths, left } = await scan([join(root, "t")]);
      assert.deepEqual(paths, ["t", "t/café"]);
      assert.deepEqual(left, { "t/café": "duplicate" });
    }));

  it("lists names that are not Unicode, or that no receiver takes", function () {
    if (process.platform !== "linux") this.skip();
    return inFolder(async (root) => {
      put(root, { "t/good": "", "t/a\nb": "", "t/a\u202eb": "" });
      writeFileSync(
        Buffer.concat([Buffer.from(`${root}/t/`), Buffer.from([0x66, 0xff, 0xfe])]),
        "x",
      );
      mkdirSync(join(root, "t", ...Array.from({ length: 64 }, () => "d")), { recursive: true });
      const { paths, left, leftOut } = await scan([join(root, "t")]);
      assert.ok(paths.includes("t/good"));
      assert.equal(left["t/a\nb"], "control");
      assert.equal(left["t/a\u202eb"], "bidi");
      assert.equal(left["t/f\ufffd\ufffd"], "not-unicode");
      assert.equal(leftOut.byReason.get("deep"), 1);
      assert.equal(leftOut.count, 4);
    });
  });

  it("sends links inside the tree as what they point to, and lists the others", () =>
    inFolder(async (root) => {
      put(root, {
        "t/real/file": "content",
        "outside/secret": "s",
        "other/o": "o",
        "t/loop/in/x": "x",
      });
      symlinkSync("real/file", join(root, "t/to-file"));
      symlinkSync(join(root, "t/real"), join(root, "t/to-folder"));
      symlinkSync("../other/o", join(root, "t/to-other-root"));
      symlinkSync("../outside/secret", join(root, "t/out"));
      symlinkSync("/etc", join(root, "t/etc"));
      symlinkSync("nowhere", join(root, "t/broken"));
      symlinkSync("../..", join(root, "t/loop/in/up"));
      symlinkSync("self", join(root, "t/self"));
      const { content, left } = await scan([join(root, "t"), join(root, "other")]);
      assert.deepEqual(content, {
        "t/loop/in/x": "x",
        "t/real/file": "content",
        "t/to-file": "content",
        "t/to-folder/file": "content",
        "t/to-other-root": "o",
        "other/o": "o",
      });
      assert.deepEqual(left, {
        "t/broken": "link-broken",
        "t/etc": "link-outside",
        "t/loop/in/up": "link-loop",
        "t/out": "link-outside",
        "t/self": "link-loop",
      });
    }));

  it("does not bring in through a link what is left out", () =>
    inFolder(async (root) => {
      put(root, { "t/.gitignore": "private/\n", "t/private/key": "k", "t/x.log": "l", "t/a": "a" });
      symlinkSync("private/key", join(root, "t/b"));
      symlinkSync("x.log", join(root, "t/c"));
      const { paths, left } = await scan([join(root, "t")], {
        exclude: ["*.log"],
        respectGitignore: true,
      });
      assert.deepEqual(paths, ["t", "t/.gitignore", "t/a"]);
      assert.deepEqual(left, {
        "t/b": "ignored",
        "t/c": "excluded",
        "t/private": "ignored",
        "t/x.log": "excluded",
      });
    }));

  it("skips and lists sockets, FIFOs and devices without waiting for them", function () {
    if (process.platform === "win32") this.skip();
    return inFolder(async (root) => {
      put(root, { "t/a": "a" });
      execFileSync("mkfifo", [join(root, "t/fifo")]);
      const server = createServer().listen(join(root, "t/socket"));
      await new Promise((resolve) => server.once("listening", resolve));
      const { paths, left } = await scan([join(root, "t"), "/dev/null"]);
      await new Promise((resolve) => server.close(resolve));
      assert.deepEqual(paths, ["t", "t/a"]);
      assert.deepEqual(left, { "t/fifo": "special", "t/socket": "special", null: "special" });
    });
  });

  it("honours nested .gitignore files, and those above in the same work tree", () =>
    inFolder(async (root) => {
      put(root, {
        ".git/config": "",
        ".gitignore": "*.tmp\n/sub/top\n",
        "sub/.gitignore": "*.log\n!keep.log\nbuild/\n",
        "sub/top": "",
        "sub/a.tmp": "",
        "sub/a.log": "",
        "sub/keep.log": "",
        "sub/build/x": "",
        "sub/deep/.gitignore": "!a.log\n/only-here\n",
        "sub/deep/a.log": "",
        "sub/deep/only-here": "",
        "sub/deep/er/only-here": "",
        "sub/.git/config": "",
      });
      rmSync(join(root, "sub/.git"), { recursive: true });
      const options = { respectGitignore: true };
      assert.deepEqual((await scan([join(root, "sub")], options)).paths, [
        "sub",
        "sub/.gitignore",
        "sub/deep",
        "sub/deep/.gitignore",
        "sub/deep/a.log",
        "sub/deep/er",
        "sub/deep/er/only-here",
        "sub/keep.log",
      ]);
      const whole = await scan([root], options);
      assert.ok(
        Object.entries(whole.left).some(
          ([path, why]) => path.endsWith("/.git") && why === "ignored",
        ),
      );
      const chosen = await scan([join(root, "sub/build"), join(root, "sub/a.tmp")], options);
      assert.deepEqual(chosen.paths, ["build", "build/x", "a.tmp"]);
    }));

  it("leaves out by globs: names, paths, folders", () =>
    inFolder(async (root) => {
      put(root, {
        "t/a.log": "",
        "t/d/b.log": "",
        "t/d/x/y": "",
        "t/node_modules/p/i.js": "",
        "t/dist": "",
        "t/o/dist/z": "",
      });
      const exclude = ["*.log", "node_modules", "d/x/**", "dist/"];
      const { paths } = await scan([join(root, "t")], { exclude });
      assert.deepEqual(paths, ["t", "t/d", "t/dist", "t/o"]);
    }));

  it("gives distinct names to roots of one name, and takes nothing twice", () =>
    inFolder(async (root) => {
      put(root, { "a/r.txt": "1", "b/r.txt": "2", "c/R.TXT": "3", "d/in/side": "4" });
      const paths = ["a/r.txt", "b/r.txt", "c/R.TXT", "d", "d/in", "a/r.txt"].map((each) =>
        join(root, each),
      );
      const { content, leftOut } = await scan(paths);
      assert.deepEqual(content, {
        "r.txt": "1",
        "r (2).txt": "2",
        "R (3).TXT": "3",
        "d/in/side": "4",
      });
      assert.equal(leftOut.byReason.get("included"), 2);
    }));

  it("says what is wrong with a chosen path, and with a disk below it", () =>
    inFolder(async (root) => {
      put(root, { "t/a": "a" });
      const failing = (call: "lstat" | "mayRead" | "readNames", at: string, code: string) => {
        const fail = (path: string) =>
          path === join(root, at) ? Promise.reject(systemError(code)) : undefined;
        const files: FileSystem = {
          ...nodeFileSystem,
          [call]: (path: string) => fail(path) ?? nodeFileSystem[call](path),
        };
        return files;
      };
      for (const [path, files, code] of [
        ["t/a", failing("mayRead", "t/a", "EACCES"), "E_PERMISSION"],
        ["t/a", failing("lstat", "t/a", "ENOENT"), "E_SOURCE_VANISHED"],
        ["t/a", failing("lstat", "t/a", "EIO"), "E_DISK"],
        ["t", failing("lstat", "t/a", "EIO"), "E_DISK"],
        ["t", failing("readNames", "t", "EACCES"), "E_PERMISSION"],
        ["t", failing("readNames", "t", "ENOENT"), "E_SOURCE_VANISHED"],
      ] as const)
        await assert.rejects(scan([join(root, path)], { files }), { code });
    }));

  it("says what was chosen and is missing, and when nothing is left", () =>
    inFolder(async (root) => {
      await assert.rejects(scan([join(root, "missing")]), { code: "E_SOURCE_VANISHED" });
      execFileSync("mkfifo", [join(root, "fifo")]);
      await assert.rejects(scan([join(root, "fifo")]), { code: "E_NOTHING_TO_SEND" });
      const gone = AbortSignal.abort(new Error("stop"));
      const options = { exclude: [], respectGitignore: false };
      await assert.rejects(
        scanFiles([root], options, () => createSpool(root), gone),
        /stop/,
      );
    }));
});
