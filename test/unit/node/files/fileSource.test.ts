import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Source } from "../../../../src/core/ports";
import { scanFiles } from "../../../../src/node/files/scan";
import { textSource } from "../../../../src/node/files/textSource";
import { createSpool } from "../../../../src/node/state/spool";
import { readAll } from "../readAll";
import { inFolder, never, openDescriptors } from "../support";

/** Seconds since 1970. */
const TIME = 1_600_000_000;

/** A source of one file `t/f` (`content`), handed to `task` with the path of that file. */
async function offered(task: (source: Source, path: string, root: string) => Promise<void>) {
  await inFolder(async (root) => {
    mkdirSync(join(root, "t"));
    const path = join(root, "t", "f");
    writeFileSync(path, "content");
    utimesSync(path, TIME, TIME);
    const options = { exclude: [], respectGitignore: false };
    const { source } = await scanFiles(
      [join(root, "t")],
      options,
      () => createSpool(tmpdir()),
      never,
    );
    try {
      await task(source, path, root);
    } finally {
      await source.dispose();
    }
  });
}

const open = async (source: Source) => source.open(1, await source.manifest.get(1), 0, never);

describe("source", () => {
  const changed: Record<string, (path: string, root: string) => void> = {
    grew: (path) => appendFileSync(path, "x"),
    shrank: (path) => truncateSync(path, 3),
    "was rewritten with its size kept": (path) => writeFileSync(path, "CONTENT"),
    "was replaced by an equal file": (path, root) => {
      writeFileSync(join(root, "new"), "content");
      renameSync(join(root, "new"), path);
    },
    "was replaced by a link to an equal file": (path, root) => {
      renameSync(path, join(root, "moved"));
      symlinkSync(join(root, "moved"), path);
    },
    "was replaced by a FIFO": (path) => {
      rmSync(path);
      execFileSync("mkfifo", [path]);
    },
    "was replaced by a folder": (path) => {
      rmSync(path);
      mkdirSync(path);
    },
    "lies below a folder that is now a link to another": (path, root) => {
      renameSync(join(root, "t"), join(root, "old"));
      mkdirSync(join(root, "evil"));
      writeFileSync(join(root, "evil", "f"), "content");
      symlinkSync(join(root, "evil"), join(root, "t"));
      assert.ok(path.startsWith(root));
    },
  };
  for (const [what, change] of Object.entries(changed))
    it(`does not open a file that ${what} since it was offered`, () =>
      offered(async (source, path, root) => {
        change(path, root);
        // Only "rewritten" may be told by its time.
        if (lstatSync(path).isFile() && !what.includes("rewritten")) utimesSync(path, TIME, TIME);
        const before = openDescriptors();
        await assert.rejects(open(source), { code: "E_SOURCE_CHANGED" });
        assert.equal(openDescriptors(), before);
      }));

  it("takes a file as it is now once it is told to, until it changes again", () =>
    offered(async (source, path) => {
      writeFileSync(path, "quite another");
      const found = await source.changes?.look(1, await source.manifest.get(1));
      assert.ok(found !== undefined);
      assert.equal(found.size, 13);
      await source.manifest.amend(1, found);
      source.changes?.take(1, found.identity);
      const reader = await open(source);
      const into = Buffer.alloc(100);
      assert.equal(await reader.read(into), 13);
      assert.equal(into.toString("utf8", 0, 13), "quite another");
      await reader.verify();
      await reader.close();
      writeFileSync(path, "quite ANOTHER");
      await assert.rejects(open(source), { code: "E_SOURCE_CHANGED" });
    }));

  for (const what of ["by a link", "by a FIFO", "by a folder", "a link to another"])
    it(`has nothing to take in the place of one that was replaced ${what}`, () =>
      offered(async (source, path, root) => {
        for (const [name, change] of Object.entries(changed))
          if (name.includes(what)) change(path, root);
        const item = await source.manifest.get(1);
        assert.equal(await source.changes?.look(1, item), undefined);
      }));

  it("tells a file that is gone from one that may not be read", () =>
    offered(async (source, path, root) => {
      chmodSync(path, 0);
      if (process.getuid?.() !== 0) await assert.rejects(open(source), { code: "E_PERMISSION" });
      rmSync(path);
      await assert.rejects(open(source), { code: "E_SOURCE_VANISHED" });
      rmSync(join(root, "t"), { recursive: true });
      await assert.rejects(open(source), { code: "E_SOURCE_VANISHED" });
    }));

  it("notices a file that grows while it is read, and gives no byte too many", () =>
    offered(async (source, path) => {
      const reader = await open(source);
      const into = Buffer.alloc(100);
      assert.equal(await reader.read(into.subarray(0, 3)), 3);
      appendFileSync(path, "more");
      assert.equal(await reader.read(into), 4);
      assert.equal(await reader.read(into), 0);
      await assert.rejects(reader.verify(), { code: "E_SOURCE_CHANGED" });
      await reader.close();
      await reader.close();
    }));

  it("notices a file that shrinks or is written while it is read", () =>
    offered(async (source, path) => {
      const reader = await open(source);
      const into = Buffer.alloc(100);
      await reader.read(into.subarray(0, 2));
      truncateSync(path, 2);
      assert.equal(await reader.read(into), 0);
      await assert.rejects(reader.verify(), { code: "E_SOURCE_CHANGED" });
      appendFileSync(path, "NTENT");
      await assert.rejects(reader.verify(), { code: "E_SOURCE_CHANGED" });
      await reader.close();
    }));

  it("reads on from where it is told to", () =>
    offered(async (source) => {
      assert.equal(await readAll(source, 1, 3), "tent");
      assert.equal(await readAll(source, 1, 7), "");
    }));

  it("opens nothing once it was cancelled", () =>
    offered(async (source) => {
      const item = await source.manifest.get(1);
      await assert.rejects(source.open(1, item, 0, AbortSignal.abort(new Error("stop"))), /stop/);
    }));
});

describe("text source", () => {
  it("is one item without a name", async () => {
    const source = await textSource("Привіт, 👋\n", createSpool(tmpdir()), 5);
    const item = await source.manifest.get(0);
    assert.deepEqual(item, { path: "", kind: "text", size: 19, mtime: 5, executable: false });
    assert.equal(Buffer.from(await readAll(source, 0), "latin1").toString(), "Привіт, 👋\n");
    assert.equal(await readAll(source, 0, 18), "\n");
  });

  it("is bounded", async () => {
    const spool = createSpool(tmpdir());
    await assert.rejects(textSource("", spool, 0), { code: "E_NOTHING_TO_SEND" });
    await assert.rejects(textSource("ж".repeat(600_000), spool, 0), { code: "E_OFFER_TOO_LARGE" });
  });
});
