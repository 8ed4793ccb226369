import assert from "node:assert/strict";
import { folderSink } from "../../../src/browser/files/folder";
import { memorySpool } from "../../../src/browser/system";
import { ItemSet } from "../../../src/core/files/itemSet";
import { Manifest } from "../../../src/core/files/manifest";
import { usualTraits } from "../../../src/core/files/names";
import type { ConflictPolicy, ItemWriter, Sink } from "../../../src/core/ports";
import { type Deferred, deferred } from "../../../src/core/session/async";
import { type FolderTraits, MemoryFolder } from "../../support/memory/pickedFolder";

const DAY = 24 * 3_600_000;
const PART = /^(?:.*\/)?\.secureshare-[0-9a-f-]{36}\.part$/;
/** More than a batch. */
const LARGE = Buffer.alloc(4 * 1024 * 1024 + 1, "x");
const POLICIES = ["rename", "overwrite", "skip"] as const;
const MOVES = ["yes", "refused", "unknown"] as const;

/** One task after the other, as the browser's locks do. */
function queue() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(task: () => Promise<T>): Promise<T> => {
    const next = last.then(task);
    last = next.catch(() => {});
    return next;
  };
}

/** Whatever can go on without the disk has gone on. */
const turns = () => new Promise((resolve) => setImmediate(resolve));

describe("a picked folder", () => {
  let root: MemoryFolder;
  let manifest: Manifest;
  let now: number;
  beforeEach(() => {
    now = 1_800_000_000_000;
  });

  function pick(moves: FolderTraits["moves"]): void {
    root = new MemoryFolder("picked", { moves, now: () => now });
  }

  async function sinkFor(
    paths: readonly string[],
    conflict: ConflictPolicy = "rename",
    size = 3,
  ): Promise<Sink> {
    manifest = new Manifest(memorySpool());
    for (const path of paths)
      await manifest.append({ path, kind: "file", size, mtime: 0, executable: false });
    await manifest.seal();
    const options = { traits: usualTraits("linux"), exclusively: queue(), now: () => now };
    const sink = folderSink({ root: root.handle, ...options });
    await sink.begin(manifest, ItemSet.all(paths.length), conflict);
    return sink;
  }

  /** Opened, with all its bytes. */
  async function filled(sink: Sink, text = "new", index = 0): Promise<ItemWriter> {
    const writer = await sink.open(index, await manifest.get(index));
    await writer.write(new TextEncoder().encode(text));
    return writer;
  }

  const parts = () => Object.keys(root.tree()).filter((path) => PART.test(path));

  it("holds nothing under a final name before the file is whole", async () => {
    pick("yes");
    const writer = await filled(await sinkFor(["in/a.txt"]));
    const [part = ""] = parts();
    assert.deepEqual(root.tree(), { in: undefined, [part]: "" });
    assert.deepEqual(await writer.publish(), { path: "in/a.txt", outcome: "written" });
    assert.deepEqual(root.tree(), { in: undefined, "in/a.txt": "new" });
  });

  const before: Record<ConflictPolicy, Record<string, string>> = {
    rename: { "a.txt": "old", "a (1).txt": "new" },
    overwrite: { "a.txt": "new" },
    skip: { "a.txt": "old" },
  };
  const outcomes = {
    rename: { path: "a (1).txt", outcome: "renamed" },
    overwrite: { path: "a.txt", outcome: "overwritten" },
    skip: { path: undefined, outcome: "skipped" },
  };
  for (const moves of MOVES)
    for (const policy of POLICIES)
      it(`keeps to ${policy} where something is there; move: ${moves}`, async () => {
        pick(moves);
        root.put("a.txt", "old");
        const sink = await sinkFor(["a.txt"], policy);
        const writer = await filled(sink);
        assert.equal(root.tree()["a.txt"], "old");
        assert.deepEqual(await writer.publish(), outcomes[policy]);
        await sink.finish();
        assert.deepEqual(root.tree(), before[policy]);
      });

  for (const policy of POLICIES)
    it(`keeps to ${policy} where something appears meanwhile`, async () => {
      pick("yes");
      const sink = await sinkFor(["a.txt"], policy);
      const writer = await filled(sink);
      root.put("a.txt", "old");
      assert.deepEqual(await writer.publish(), outcomes[policy]);
      assert.deepEqual(root.tree(), before[policy]);
    });

  it("never puts a file in a folder's place", async () => {
    pick("yes");
    const sink = await sinkFor(["a.txt"], "overwrite");
    const writer = await filled(sink);
    await root.getDirectoryHandle("a.txt", { create: true });
    await assert.rejects(writer.publish(), { code: "E_NAME_REFUSED" });
    await writer.discard().catch(() => {});
    assert.deepEqual(root.tree(), { "a.txt": undefined });
  });

  for (const moves of MOVES) {
    it(`gives two files two names when both want one; move: ${moves}`, async () => {
      pick(moves);
      root.put("a.txt", "old");
      const sink = await sinkFor(["a.txt", "a (1).txt"]);
      const writers = await Promise.all([filled(sink, "one", 0), filled(sink, "two", 1)]);
      await Promise.all(writers.map((writer) => writer.publish()));
      assert.deepEqual(new Set(Object.values(root.tree())), new Set(["old", "one", "two"]));
    });

    it(`leaves nothing of what was not whole; move: ${moves}`, async () => {
      pick(moves);
      root.put("a.txt", "old");
      const sink = await sinkFor(["a.txt", "b.txt", "c.txt"], "overwrite");
      await filled(sink, "one", 0);
      await filled(sink, "two", 1);
      const dropped = await filled(sink, "three", 2);
      await dropped.discard();
      await sink.abort();
      assert.deepEqual(root.tree(), { "a.txt": "old" });
    });

    it(`leaves nothing where it may not write; move: ${moves}`, async () => {
      pick(moves);
      root.put("a.txt", "old");
      const sink = await sinkFor(["a.txt", "b.txt"], "overwrite");
      root.writesFail = true;
      await assert.rejects(filled(sink, "one", 0), { code: "E_PERMISSION" });
      await assert.rejects(filled(sink, "two", 1), { code: "E_PERMISSION" });
      assert.deepEqual(root.tree(), { "a.txt": "old" });
    });
  }

  it("refuses a name that its browser does not take before anything is written", async () => {
    pick("yes");
    root.takes = (name) => !name.endsWith(".lnk");
    const sink = await sinkFor(["a.lnk"]);
    await assert.rejects(filled(sink), { code: "E_NAME_REFUSED" });
    assert.deepEqual(root.tree(), {});
  });

  it("is written in place where it takes no name of a partial file", async () => {
    pick("yes");
    root.takes = (name) => !name.startsWith(".");
    const writer = await filled(await sinkFor(["a.txt"]));
    assert.deepEqual(root.tree(), { "a.txt": "" });
    await writer.publish();
    assert.deepEqual(root.tree(), { "a.txt": "new" });
  });

  /** A sink for six files, as much of each as it takes while the disk writes nothing. */
  async function overfull(disk: Deferred<void>) {
    pick("yes");
    root.written = () => disk.promise;
    const names = Array.from({ length: 6 }, (_, n) => `${n}.bin`);
    const sink = await sinkFor(names, "rename", LARGE.length);
    const taken = new Set<string>();
    const all = names.map(async (path, index) => {
      const writer = await sink.open(index, await manifest.get(index));
      await writer.write(LARGE);
      taken.add(path);
      return writer;
    });
    await turns();
    assert.deepEqual([...taken], names.slice(0, 4), "32 MiB are four times two batches");
    return { sink, all, taken };
  }

  it("takes no more from the network than its slow disk lets go of", async () => {
    const disk = deferred<void>();
    const { all, taken } = await overfull(disk);
    const [first] = all;
    const publishing = first?.then((writer) => writer.publish());
    await turns();
    assert.equal(taken.size, 4, "it is not written yet");
    disk.resolve();
    await publishing;
    await turns();
    assert.equal(taken.size, 5);
    const rest = await Promise.all(all.slice(1, 5));
    await Promise.all(rest.map((writer) => writer.publish()));
    await (await all[5])?.publish();
    const sizes = Object.values(root.tree()).map((text) => text?.length);
    assert.deepEqual(
      sizes,
      Array.from({ length: 6 }, () => LARGE.length),
    );
  });

  it("lets others in when a file is given up, or cannot be written", async () => {
    const disk = deferred<void>();
    const { all } = await overfull(disk);
    await (await all[0])?.discard();
    await all[4];
    disk.reject(new DOMException("full", "QuotaExceededError"));
    const more = [1, 2, 3, 4].map(async (n) => (await all[n])?.publish());
    for (const each of more) await assert.rejects(each, { code: "E_DISK_FULL" });
    await all[5];
  });

  it("is freed of what closed tabs have left in it, a day later", async () => {
    pick("yes");
    await filled(await sinkFor(["in/a.txt"]));
    const [left = ""] = parts();
    const folder = await root.getDirectoryHandle("in");
    (await folder.getFileHandle(left.slice("in/".length))).locked = false;
    folder.put(".secureshare-notes.part", "of the user");
    folder.put("old.txt", "of the user");
    now += DAY;
    await filled(await sinkFor(["in/b.txt"]));
    assert.ok(parts().includes(left), "it is not old enough");
    now += 1;
    const sink = await sinkFor(["in/c.txt"]);
    await filled(sink);
    assert.ok(!parts().includes(left));
    await sink.abort();
    const kept = Object.keys(root.tree()).filter((path) => !PART.test(path));
    assert.deepEqual(kept, ["in", "in/.secureshare-notes.part", "in/old.txt"]);
    assert.equal(parts().length, 1, "what is being written stays");
  });
});
