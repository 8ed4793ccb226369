import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { nodeFileSystem } from "../../../../src/node/files/fileSystem";
import { removeLeftovers } from "../../../../src/node/files/leftovers";
import { ProgressState } from "../../../../src/node/state/progressState";
import { Diary } from "../diary";
import { BIG, big, bytes, interrupted } from "../interrupted";
import { file, inFolder, mounted } from "../support";

const real = nodeFileSystem;

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

  it("goes on in no other folder than the one in which it began", () =>
    interrupted(async ({ root, target, diary }) => {
      const other = join(root, "other");
      mkdirSync(other);
      const before = readdirSync(target);
      await assert.rejects(diary.at(other).resume(), {
        code: "E_NAME_REFUSED",
        details: { path: target, reason: "through-link" },
      });
      assert.deepEqual([readdirSync(other), readdirSync(target)], [[], before]);
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
