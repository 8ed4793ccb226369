import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { SecureShareError } from "../../../../src/core/errors";
import type { OfferItem } from "../../../../src/core/files/manifest";
import type { ConflictPolicy, PartialItem } from "../../../../src/core/ports";
import { type FileSystem, nodeFileSystem } from "../../../../src/node/files/fileSystem";
import { removeLeftovers } from "../../../../src/node/files/leftovers";
import { ProgressState } from "../../../../src/node/state/progressState";
import { Diary } from "../diary";
import { file, folder, inFolder, mounted, openDescriptors, systemError, tree } from "../support";

const real = nodeFileSystem;
const BIG = 200_000;

function bytes(item: OfferItem, from = 0, to = item.size): Uint8Array {
  return Uint8Array.from({ length: to - from }, (_, i) => (from + i) % 251);
}

/** The partial file's content, read as the core does. */
async function contentOf(partial: PartialItem): Promise<Uint8Array> {
  const into = new Uint8Array(partial.length);
  for (let at = 0; at < into.length; ) at += await partial.read(at, into.subarray(at, at + 10_000));
  return into;
}

/** A target with a run that was suspended while `big` had 150,000 bytes. */
async function interrupted(
  task: (place: { root: string; target: string; diary: Diary; partial: string }) => Promise<void>,
): Promise<void> {
  await inFolder(async (root) => {
    const target = join(root, "t");
    mkdirSync(target);
    mkdirSync(join(root, "outside"));
    const big = file("sub/big", BIG);
    const diary = new Diary(target, [file("small", 5), big, folder("made", 1_400_000_000_000)]);
    const sink = await diary.begin();
    const writer = await sink.open(1, big);
    await writer.write(bytes(big, 0, 150_000));
    await sink.suspend();
    const [staging = ""] = readdirSync(target).filter((name) => name.startsWith("."));
    const [partial = ""] = readdirSync(join(target, staging));
    await task({ root, target, diary, partial: join(target, staging, partial) });
    assert.deepEqual(readdirSync(join(root, "outside")), []);
  });
}

const big = file("sub/big", BIG);

describe("sink: a later run", () => {
  it("goes on with a partial file and publishes it whole", () =>
    interrupted(async ({ target, diary, partial }) => {
      const before = openDescriptors();
      const sink = await diary.resume();
      const taken = await sink.reopen(1, big);
      assert.ok(taken !== undefined);
      assert.equal(taken.length, 150_000);
      assert.deepEqual(await contentOf(taken), bytes(big, 0, 150_000));
      await taken.writer.write(bytes(big, 150_000));
      assert.equal(await taken.read(150_000, new Uint8Array(100)), 100);
      assert.deepEqual(await taken.writer.publish(), { path: "sub/big", outcome: "written" });
      await sink.finish();
      assert.deepEqual(readFileSync(join(target, "sub/big")), Buffer.from(bytes(big)));
      assert.deepEqual(readdirSync(target), ["sub"]);
      assert.ok(!partial.includes("/sub/"));
      assert.equal(statSync(join(target, "sub/big")).mtimeMs, big.mtime);
      assert.equal(openDescriptors(), before);
    }));

  it("replaces bytes that were found wrong, and none beyond them", () =>
    interrupted(async ({ target, diary, partial }) => {
      const flipped = readFileSync(partial);
      flipped[70_000] = 0;
      writeFileSync(partial, flipped);
      const sink = await diary.resume();
      const taken = await sink.reopen(1, big);
      assert.notDeepEqual(await contentOf(taken as PartialItem), bytes(big, 0, 150_000));
      await taken?.repair(65_536, bytes(big, 65_536, 131_072));
      await assert.rejects(async () => taken?.repair(149_999, new Uint8Array(2)), RangeError);
      await assert.rejects(async () => taken?.repair(-1, new Uint8Array(2)), RangeError);
      await taken?.writer.write(bytes(big, 150_000));
      await taken?.writer.publish();
      await sink.finish();
      assert.deepEqual(readFileSync(join(target, "sub/big")), Buffer.from(bytes(big)));
    }));

  it("trusts no byte behind what was noted as durable", () =>
    interrupted(async ({ diary, partial }) => {
      diary.forgetSince((entry) => entry.k === "durable");
      diary.log.push({ k: "durable", item: 1, offset: 100_000 });
      const sink = await diary.resume();
      assert.equal((await sink.reopen(1, big))?.length, 100_000);
      assert.equal(statSync(partial).size, 100_000);
      await sink.abort();
    }));

  it("takes no more than is there when the file is shorter than noted", () =>
    interrupted(async ({ diary, partial }) => {
      truncateSync(partial, 70_000);
      const sink = await diary.resume();
      const taken = await sink.reopen(1, big);
      assert.equal(taken?.length, 70_000);
      assert.equal(await sink.reopen(1, big), undefined);
      await sink.abort();
    }));

  it("can be suspended again and again", () =>
    interrupted(async ({ target, diary }) => {
      for (let at = 150_000; at < BIG; at += 10_000) {
        const sink = await diary.resume();
        const taken = await sink.reopen(1, big);
        assert.equal(taken?.length, at);
        await taken?.writer.write(bytes(big, at, at + 10_000));
        await sink.suspend();
        await assert.rejects(async () => taken?.read(0, new Uint8Array(1)));
      }
      const sink = await diary.resume();
      await (await sink.reopen(1, big))?.writer.publish();
      await sink.finish();
      assert.deepEqual(readFileSync(join(target, "sub/big")), Buffer.from(bytes(big)));
    }));

  it("sets the times of folders that an earlier one made, and takes them back when aborted", () =>
    interrupted(async ({ target, diary }) => {
      const first = await diary.resume();
      await first.folder(2, folder("made"));
      await diary.note({ k: "settled", item: 2, outcome: "written", error: null });
      await first.suspend();
      const second = await diary.resume();
      writeFileSync(join(target, "made/x"), "");
      rmSync(join(target, "made/x"));
      await second.finish();
      assert.equal(statSync(join(target, "made")).mtimeMs, 1_400_000_000_000);
      const third = await diary.resume();
      await third.abort();
      assert.ok(!readdirSync(target).includes("made"));
    }));

  it("leaves nothing of an earlier one when it is aborted, nor when it finishes without it", () =>
    interrupted(async ({ target, diary }) => {
      const sink = await diary.resume();
      await sink.abort();
      assert.deepEqual(readdirSync(target), ["sub"]);
      const again = await diary.begin();
      await (await again.open(1, big)).write(bytes(big, 0, 100_000));
      await again.suspend();
      await (await diary.resume()).finish();
      assert.deepEqual(readdirSync(target), ["sub"]);
    }));

  it("begins when no staging folder was noted", () =>
    inFolder(async (root) => {
      const diary = new Diary(join(root, "new"), [file("a", 1)]);
      const sink = await diary.resume();
      assert.equal(await sink.reopen(0, file("a", 1)), undefined);
      assert.equal(await sink.wasPublished(0), false);
      await (await sink.open(0, file("a", 1))).discard();
      await sink.finish();
    }));

  it("makes no folder in place of a target that is gone", () =>
    interrupted(async ({ root, target, diary }) => {
      renameSync(target, join(root, "unmounted"));
      await assert.rejects(diary.resume(), {
        code: "E_DISK",
        details: { path: target, reason: "ENOENT" },
      });
      assert.ok(!readdirSync(root).includes("t"));
      renameSync(join(root, "unmounted"), target);
      const sink = await diary.resume();
      assert.equal((await sink.reopen(1, big))?.length, 150_000);
      await sink.abort();
    }));

  it("knows its files after the device has another number", () =>
    interrupted(async ({ diary }) => {
      for (const [i, entry] of diary.log.entries())
        if (entry.k === "staging")
          diary.log[i] = { ...entry, path: entry.path.replace(/^\d+/, "4242") };
      const sink = await diary.resume();
      assert.equal((await sink.reopen(1, big))?.length, 150_000);
      await sink.abort();
    }));
});

describe("sink: between publishing and journal", () => {
  const items = [file("a", 5), file("sub/b", BIG)];

  for (const conflict of ["rename", "overwrite", "skip"] as const satisfies ConflictPolicy[])
    it(`makes no second copy when it was killed there (${conflict})`, () =>
      inFolder(async (root) => {
        const diary = new Diary(root, items, conflict);
        const sink = await diary.begin();
        for (const [i, item] of items.entries()) {
          const writer = await sink.open(i, item);
          await writer.write(bytes(item));
          await writer.publish();
        }
        // Killed: no `settled`, and what publishing had put in the staging folder is back.
        const staging = join(root, readdirSync(root).find((name) => name.startsWith(".")) ?? "");
        linkSync(join(root, "a"), join(staging, "0".repeat(32)));
        linkSync(join(root, "sub/b"), join(root, diary.noted("open", 1)?.file ?? ""));
        const after = await diary.resume();
        for (const [i] of items.entries()) assert.equal(await after.wasPublished(i), true);
        await after.finish();
        assert.deepEqual(Object.keys(await tree(root)).sort(), ["a", "sub", "sub/b"]);
      }));

  it("publishes when it was killed before the name appeared", () =>
    inFolder(async (root) => {
      const diary = new Diary(root, items);
      const fail = () => Promise.reject(systemError("EIO"));
      const sink = await diary.begin({ ...real, link: fail });
      for (const [i, item] of items.entries()) {
        const writer = await sink.open(i, item);
        await writer.write(bytes(item));
        await assert.rejects(writer.publish());
      }
      await sink.suspend();
      const after = await diary.resume();
      for (const [i] of items.entries()) assert.equal(await after.wasPublished(i), false);
      // Flushed as a whole before the name was noted.
      const taken = await after.reopen(1, items[1] ?? big);
      assert.equal(taken?.length, BIG);
      assert.deepEqual(await taken?.writer.publish(), { path: "sub/b", outcome: "written" });
      await after.finish();
      assert.deepEqual(Object.keys(await tree(root)).sort(), ["sub", "sub/b"]);
    }));

  it("notes name and identity, durably, before the name appears", () =>
    inFolder(async (root) => {
      writeFileSync(join(root, "a"), "taken");
      const diary = new Diary(root, items);
      const seen: string[] = [];
      const link: FileSystem["link"] = (from, to) => {
        const noted = diary.noted("publish", 0);
        assert.equal(noted?.path, basename(to));
        const { dev, ino } = statSync(from, { bigint: true });
        assert.equal(noted?.identity, `${dev}:${ino}`);
        seen.push(basename(to));
        return real.link(from, to);
      };
      const sink = await diary.begin({ ...real, link });
      const writer = await sink.open(0, file("a", 5));
      await writer.write(bytes(file("a", 5)));
      assert.equal((await writer.publish()).path, "a (2)");
      assert.deepEqual(seen, ["a (2)"]);
      await sink.finish();
    }));

  it("shows no name when the note cannot be written", () =>
    inFolder(async (root) => {
      const diary = new Diary(root, items);
      diary.failFor = "publish";
      const sink = await diary.begin();
      for (const [i, item] of items.entries()) {
        const writer = await sink.open(i, item);
        await writer.write(bytes(item));
        await assert.rejects(writer.publish(), { code: "E_DISK_FULL" });
      }
      assert.deepEqual(
        Object.keys(await tree(root)).filter((name) => !name.startsWith(".")),
        ["sub"],
      );
      await sink.abort();
      assert.deepEqual(readdirSync(root), []);
    }));

  it("takes no stranger's file for its own", () =>
    inFolder(async (root) => {
      const diary = new Diary(root, items);
      const sink = await diary.begin();
      const writer = await sink.open(0, file("a", 5));
      await writer.write(bytes(file("a", 5)));
      await writer.publish();
      await sink.suspend();
      const place = join(root, "a");
      const replace: Record<string, () => void> = {
        "another file": () => writeFileSync(place, "12345"),
        "a link to it": () => {
          symlinkSync(join(root, "kept"), place);
        },
        "a folder": () => mkdirSync(place),
        nothing: () => {},
      };
      renameSync(place, join(root, "kept"));
      for (const [what, put] of Object.entries(replace)) {
        put();
        const after = await diary.resume();
        assert.equal(await after.wasPublished(0), false, what);
        await after.suspend();
        rmSync(place, { recursive: true, force: true });
      }
      renameSync(join(root, "kept"), place);
      appendFileSync(place, "more");
      const after = await diary.resume();
      assert.equal(await after.wasPublished(0), false, "grown");
      await after.abort();
    }));
});

describe("sink: a later run under attack", () => {
  it("uses no partial file that was replaced or grew", () =>
    interrupted(async ({ root, diary, partial, target }) => {
      const kept = join(root, "kept");
      renameSync(partial, kept);
      const victim = join(root, "victim");
      writeFileSync(victim, Buffer.alloc(150_000, 1));
      const replace: Record<string, () => void> = {
        "a link": () => symlinkSync(victim, partial),
        "a link to the file itself": () => symlinkSync(kept, partial),
        "another name of a file": () => linkSync(victim, partial),
        "a FIFO": () => execFileSync("mkfifo", [partial]),
        "a folder": () => mkdirSync(partial),
        nothing: () => {},
        "an empty file": () => writeFileSync(partial, ""),
        "more bytes than the item": () => writeFileSync(partial, Buffer.alloc(BIG + 1)),
      };
      for (const [what, put] of Object.entries(replace)) {
        put();
        const log = diary.log.slice();
        const sink = await diary.resume();
        const taken = await sink.reopen(1, big);
        assert.ok(taken === undefined || taken.length === 0, what);
        await taken?.writer.discard();
        const fresh = await sink.open(1, big);
        await fresh.write(bytes(big));
        await fresh.publish();
        assert.deepEqual(readFileSync(join(target, "sub/big")), Buffer.from(bytes(big)), what);
        rmSync(join(target, "sub/big"));
        await sink.suspend();
        rmSync(partial, { recursive: true, force: true });
        diary.log.splice(0, diary.log.length, ...log);
        assert.deepEqual(readFileSync(victim), Buffer.alloc(150_000, 1), what);
        assert.equal(statSync(kept).size, 150_000, what);
      }
    }));

  it("makes a new staging folder when the old one is not what it was", () =>
    interrupted(async ({ root, target, diary, partial }) => {
      const staging = join(target, basename(join(partial, "..")));
      const moved = join(root, "moved");
      renameSync(staging, moved);
      const replace: Record<string, () => void> = {
        "a link to the old one": () => symlinkSync(moved, staging),
        "a link out": () => symlinkSync(join(root, "outside"), staging),
        "another folder": () => mkdirSync(staging, { mode: 0o700 }),
        "a file": () => writeFileSync(staging, ""),
        nothing: () => {},
      };
      for (const [what, put] of Object.entries(replace)) {
        put();
        const log = diary.log.slice();
        const sink = await diary.resume();
        assert.equal(await sink.reopen(1, big), undefined, what);
        const fresh = await sink.open(1, big);
        await fresh.write(bytes(big));
        await fresh.publish();
        await sink.finish();
        rmSync(join(target, "sub/big"));
        rmSync(staging, { recursive: true, force: true });
        assert.deepEqual(readdirSync(target), ["sub"], what);
        diary.log.splice(0, diary.log.length, ...log);
      }
      renameSync(moved, staging);
      if (process.platform === "win32") return;
      chmodSync(staging, 0o755);
      const sink = await diary.resume();
      assert.equal(await sink.reopen(1, big), undefined, "open to others");
      await sink.abort();
    }));

  it("follows no link that the target became", () =>
    interrupted(async ({ root, target, diary }) => {
      renameSync(target, join(root, "moved"));
      symlinkSync(join(root, "moved"), target);
      await assert.rejects(diary.resume(), { code: "E_NAME_REFUSED" });
    }));

  it("follows no link on the way to what it published", () =>
    interrupted(async ({ root, target, diary }) => {
      const sink = await diary.resume();
      await (await sink.reopen(1, big))?.writer.write(bytes(big, 150_000));
      await sink.suspend();
      const last = await diary.resume();
      await (await last.reopen(1, big))?.writer.publish();
      await last.suspend();
      renameSync(join(target, "sub"), join(root, "moved"));
      symlinkSync(join(root, "moved"), join(target, "sub"));
      const after = await diary.resume();
      assert.equal(await after.wasPublished(1), false);
      await after.suspend();
    }));

  it("opens nothing that a changed journal names elsewhere", () =>
    interrupted(async ({ root, target, diary, partial }) => {
      const name = "0".repeat(32);
      const victims = [
        join(root, "victim"),
        join(target, "victim"),
        join(target, "sub/victim"),
        join(target, `other/.secureshare-${name}`),
        join(root, `.secureshare-${name}`),
      ];
      mkdirSync(join(target, "other"));
      for (const victim of victims) writeFileSync(victim, Buffer.alloc(1000));
      const staging = basename(join(partial, ".."));
      const hostile = [
        "victim",
        "sub/victim",
        "../victim",
        `${staging}/../victim`,
        `${staging}/../../${name}`,
        `../.secureshare-${name}`,
        `other/.secureshare-${name}`,
        join(root, "victim"),
        "",
        ".",
      ];
      for (const place of hostile) {
        const log = diary.log.slice();
        diary.log.push({ k: "open", item: 1, file: place }, { k: "durable", item: 1, offset: 10 });
        const sink = await diary.resume();
        assert.equal(await sink.reopen(1, big), undefined, place);
        await sink.suspend();
        diary.log.splice(0, diary.log.length, ...log);
      }
      const paths = ["../victim", "/etc/passwd", "", "victim/", "sub/../victim"];
      const { dev, ino } = statSync(join(root, "victim"));
      for (const path of paths) {
        diary.log.push({ k: "publish", item: 1, path, identity: `${dev}:${ino}` });
        const sink = await diary.resume();
        assert.equal(await sink.wasPublished(1), false, path);
        await sink.suspend();
      }
      for (const victim of victims) assert.equal(statSync(victim).size, 1000, victim);
    }));

  it("takes up partial files on a file system inside the target", async function () {
    await inFolder(async (root) => {
      mkdirSync(join(root, "mnt"));
      const done = await mounted(
        join(root, "mnt"),
        ["-t", "tmpfs", "-o", "size=4m", "secureshare-test"],
        async () => {
          const item = file("mnt/big", BIG);
          const diary = new Diary(root, [item]);
          const sink = await diary.begin();
          await (await sink.open(0, item)).write(bytes(item, 0, 90_000));
          await sink.suspend();
          const after = await diary.resume();
          const taken = await after.reopen(0, item);
          assert.equal(taken?.length, 90_000);
          await taken?.writer.write(bytes(item, 90_000));
          await taken?.writer.publish();
          await after.finish();
          assert.deepEqual(readdirSync(join(root, "mnt")), ["big"]);
        },
      );
      if (!done) this.skip();
    });
  });
});

describe("leftovers of a forgotten transfer", () => {
  const known = (diary: Diary) => {
    const state = new ProgressState();
    for (const entry of diary.log) state.apply(entry);
    return state;
  };

  it("go, and nothing else", () =>
    interrupted(async ({ target, diary }) => {
      writeFileSync(join(target, "mine"), "mine");
      await removeLeftovers(real, known(diary));
      assert.deepEqual(readdirSync(target).sort(), ["mine", "sub"]);
      await removeLeftovers(real, known(diary));
    }));

  it("stay when the folder is not the one that was noted", () =>
    interrupted(async ({ root, target, diary, partial }) => {
      const staging = join(partial, "..");
      renameSync(staging, join(root, "moved"));
      symlinkSync(join(root, "moved"), staging);
      await removeLeftovers(real, known(diary));
      assert.equal(readdirSync(join(root, "moved")).length, 1);
      rmSync(staging);
      mkdirSync(staging, { mode: 0o700 });
      writeFileSync(join(staging, "precious"), "");
      await removeLeftovers(real, known(diary));
      assert.deepEqual(readdirSync(staging), ["precious"]);
      rmSync(target, { recursive: true });
      await removeLeftovers(real, known(diary));
    }));

  it("are looked for under our kind of name alone", () =>
    interrupted(async ({ root, diary }) => {
      const precious = join(root, "precious");
      mkdirSync(precious, { mode: 0o700 });
      writeFileSync(join(precious, "x"), "");
      const { dev, ino } = statSync(precious);
      diary.log.push({ k: "staging", path: `${dev}:${ino}:${precious}` });
      await removeLeftovers(real, known(diary));
      assert.deepEqual(readdirSync(precious), ["x"]);
    }));
});

describe("checkpoints of a file under way", () => {
  it("are noted each second or 64 MiB, flushed before, beside the writing", () =>
    inFolder(async (root) => {
      const item = file("huge", 300 * 1024 * 1024);
      const diary = new Diary(root, [item]);
      let flushed = 0;
      const fsync = (fd: number) => (flushed++, real.fsync(fd));
      const statfs: FileSystem["statfs"] = async (path) =>
        Object.assign(await real.statfs(path), { bavail: 2n ** 40n });
      const sink = await diary.begin({
        ...real,
        fsync,
        statfs,
        write: async (_, b, at) => b.length - at,
      });
      const writer = await sink.open(0, item);
      flushed = 0;
      const mebi = new Uint8Array(1024 * 1024);
      const written = async (count: number) => {
        for (let i = 0; i < count; i++) await writer.write(mebi);
      };
      const first = diary.next("durable");
      await written(63);
      assert.deepEqual([flushed, diary.noted("durable", 0)], [0, undefined]);
      await written(1);
      await first;
      assert.deepEqual([flushed, diary.noted("durable", 0)?.offset], [1, 64 * 1024 * 1024]);
      await written(10);
      assert.equal(flushed, 1);
      diary.time += 1000;
      const second = diary.next("durable");
      await written(1);
      await second;
      assert.deepEqual([flushed, diary.noted("durable", 0)?.offset], [2, 75 * 1024 * 1024]);
      await sink.abort();
    }));

  it("tell of a full disk with the next bytes", () =>
    inFolder(async (root) => {
      const diary = new Diary(root, [big]);
      diary.failFor = "durable";
      const sink = await diary.begin();
      const writer = await sink.open(0, big);
      await writer.write(new Uint8Array(10));
      diary.time += 1000;
      const attempt = diary.next("durable");
      await writer.write(new Uint8Array(10));
      await attempt;
      await assert.rejects(
        writer.write(new Uint8Array(10)),
        (error) => error instanceof SecureShareError && error.code === "E_DISK_FULL",
      );
      diary.failFor = undefined;
      await assert.rejects(sink.suspend(), { code: "E_DISK_FULL" });
      const after = await diary.resume();
      assert.equal(await after.reopen(0, big), undefined);
      await after.finish();
    }));
});
