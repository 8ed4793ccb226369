import assert from "node:assert/strict";
import {
  appendFileSync,
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
import type { ConflictPolicy, PartialItem } from "../../../../src/core/ports";
import { type FileSystem, nodeFileSystem } from "../../../../src/node/files/fileSystem";
import { Diary } from "../diary";
import { BIG, big, bytes, contentOf, interrupted } from "../interrupted";
import { file, folder, inFolder, openDescriptors, systemError, tree } from "../support";

const real = nodeFileSystem;

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

  it("touches no empty file under a name that it may have claimed, and takes another name", () =>
    inFolder(async (root) => {
      const diary = new Diary(root, items);
      const link = () => Promise.reject(systemError("EPERM"));
      const rename = () => Promise.reject(systemError("EIO"));
      const sink = await diary.begin({ ...real, link, rename });
      const writer = await sink.open(1, items[1] ?? big);
      await writer.write(bytes(items[1] ?? big));
      await assert.rejects(writer.publish());
      await sink.suspend();
      // Killed between the two, or made by another program since: no one can tell.
      writeFileSync(join(root, "sub/b"), "");
      const after = await diary.resume({ ...real, link });
      assert.equal(await after.wasPublished(1), false);
      const taken = await after.reopen(1, items[1] ?? big);
      assert.deepEqual(await taken?.writer.publish(), { path: "sub/b (2)", outcome: "renamed" });
      await after.finish();
      assert.equal(readFileSync(join(root, "sub/b"), "utf8"), "");
      assert.deepEqual(Object.keys(await tree(root)).sort(), ["sub", "sub/b", "sub/b (2)"]);
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
