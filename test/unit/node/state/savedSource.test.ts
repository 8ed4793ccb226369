import assert from "node:assert/strict";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { FileSource } from "../../../../src/node/files/fileSource";
import { nodeFileSystem } from "../../../../src/node/files/fileSystem";
import { scanFiles } from "../../../../src/node/files/scan";
import { restoreSource, saveSource } from "../../../../src/node/state/savedSource";
import { createSpool } from "../../../../src/node/state/spool";
import { readAll } from "../readAll";
import { inFolder, never, openDescriptors } from "../support";

const real = nodeFileSystem;

async function scan(folder: string, ...paths: readonly string[]): Promise<FileSource> {
  const options = { exclude: [], respectGitignore: false };
  return (await scanFiles(paths, options, () => createSpool(folder), never)).source;
}

async function restored(folder: string, files = real): Promise<FileSource> {
  const source = await restoreSource(folder, files);
  assert.ok(source !== undefined);
  return source;
}

/** A saved source of some files, two of them with names that the offer writes otherwise. */
async function saved(
  task: (place: { state: string; chosen: string; other: string }) => Promise<void>,
): Promise<void> {
  await inFolder(async (root) => {
    const [state, chosen, other] = [join(root, "s"), join(root, "chosen"), join(root, "o/chosen")];
    for (const each of [state, join(chosen, "sub"), other]) mkdirSync(each, { recursive: true });
    writeFileSync(join(chosen, "a"), "content");
    writeFileSync(join(chosen, "sub/e\u0301"), "accent");
    writeFileSync(join(other, "b"), "second");
    utimesSync(join(other, "b"), 1_000_000_000, 1_000_000_000);
    const source = await scan(root, chosen, other);
    await saveSource(source, state);
    await source.dispose();
    await task({ state, chosen, other });
  });
}

describe("saved source", () => {
  it("offers the same items, and reads them", () =>
    saved(async ({ state }) => {
      const before = openDescriptors();
      const source = await restored(state);
      const paths: string[] = [];
      for await (const [, item] of source.manifest.items()) paths.push(item.path);
      const expected = ["chosen", "chosen/a", "chosen/sub", "chosen/sub/é"];
      assert.deepEqual(paths, [...expected, "chosen (2)", "chosen (2)/b"]);
      assert.equal(await readAll(source, 1), "content");
      assert.equal(await readAll(source, 3, 2), "cent");
      assert.equal(await readAll(source, 5), "second");
      await source.dispose();
      assert.equal(openDescriptors(), before);
      // Giving it back leaves it there for another time.
      await (await restored(state)).dispose();
    }));

  it("notices what changed and vanished since the scan", () =>
    saved(async ({ state, chosen, other }) => {
      const stats = statSync(join(chosen, "a"));
      writeFileSync(join(chosen, "a"), "CONTENT");
      utimesSync(join(chosen, "a"), stats.atime, new Date(stats.mtimeMs + 1));
      renameSync(join(other, "b"), join(other, "c"));
      const source = await restored(state);
      await assert.rejects(readAll(source, 1), { code: "E_SOURCE_CHANGED" });
      await assert.rejects(readAll(source, 5), { code: "E_SOURCE_VANISHED" });
      // The same name, size and time, but another file.
      writeFileSync(join(other, "b"), "second");
      utimesSync(join(other, "b"), 1_000_000_000, 1_000_000_000);
      await assert.rejects(readAll(source, 5), { code: "E_SOURCE_CHANGED" });
      rmSync(chosen, { recursive: true });
      await assert.rejects(readAll(source, 3), { code: "E_SOURCE_VANISHED" });
      await source.dispose();
    }));

  it("knows its files after the device has another number", () =>
    saved(async ({ state }) => {
      const moved = { dev: 4242n };
      const files = {
        ...real,
        lstat: async (path: string) => Object.assign(await real.lstat(path), moved),
        fstat: async (fd: number) => Object.assign(await real.fstat(fd), moved),
      };
      const source = await restored(state, files);
      assert.equal(await readAll(source, 1), "content");
      await source.dispose();
      const half = await restored(state, { ...real, fstat: files.fstat });
      await assert.rejects(readAll(half, 1), { code: "E_SOURCE_CHANGED" });
      await half.dispose();
    }));

  it("is none when a part is missing, cut or foreign", () =>
    saved(async ({ state }) => {
      const before = openDescriptors();
      for (const name of ["source.json", "manifest", "origins", "natives"]) {
        const path = join(state, name);
        const whole = readFileSync(path);
        rmSync(path);
        assert.equal(await restoreSource(state), undefined, `${name} missing`);
        if (name === "natives") continue;
        const changes = [whole.subarray(0, whole.length - 1), Buffer.from("junk\n")];
        for (const change of [...changes, Buffer.concat([whole, whole])]) {
          writeFileSync(path, change);
          assert.equal(await restoreSource(state), undefined, name);
        }
        writeFileSync(path, whole);
      }
      writeFileSync(join(state, "natives"), "");
      const source = await restored(state);
      await assert.rejects(readAll(source, 3));
      assert.equal(await readAll(source, 1), "content");
      await source.dispose();
      truncateSync(join(state, "manifest"), 0);
      assert.equal(await restoreSource(state), undefined);
      assert.equal(openDescriptors(), before);
    }));

  it("brings thousands of items back, each checked", function () {
    this.timeout(60_000);
    return inFolder(async (root) => {
      const [state, chosen] = [join(root, "s"), join(root, "chosen")];
      mkdirSync(state);
      for (let f = 0; f < 50; f++) {
        mkdirSync(join(chosen, `f${f}`), { recursive: true });
        for (let i = 0; i < 99; i++) writeFileSync(join(chosen, `f${f}/e\u0301${i}`), `${f} ${i}`);
      }
      const scanned = await scan(root, chosen);
      await saveSource(scanned, state);
      await scanned.dispose();
      rmSync(join(chosen, "f7"), { recursive: true });
      for (let i = 0; i < 99; i++) truncateSync(join(chosen, `f8/e\u0301${i}`), 1);
      const source = await restored(state);
      assert.equal(source.manifest.length, 5_001);
      const outcomes = new Map<string, number>();
      for await (const [index, item] of source.manifest.items()) {
        if (item.kind === "folder") continue;
        const outcome = await source.open(index, item, 0, never).then(
          async (reader) => (await reader.close(), "opened"),
          (error: { code: string }) => error.code,
        );
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      assert.deepEqual(Object.fromEntries(outcomes), {
        opened: 48 * 99,
        E_SOURCE_VANISHED: 99,
        E_SOURCE_CHANGED: 99,
      });
      await source.dispose();
      assert.deepEqual(readdirSync(state).sort(), [
        "manifest",
        "natives",
        "origins",
        "sizes.json",
        "source.json",
      ]);
    });
  });
});
