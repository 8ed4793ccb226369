import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Manifest, type OfferItem } from "../../../../src/core/files/manifest";
import { createKeptSpool, reopenKeptSpool } from "../../../../src/node/state/spool";
import { file, folder, inFolder } from "../support";

async function restore(path: string): Promise<Manifest | undefined> {
  const spool = await reopenKeptSpool(path);
  const manifest = spool && (await Manifest.restore(spool, spool.length));
  if (manifest === undefined) await spool?.dispose();
  return manifest;
}

async function keep(path: string, items: readonly OfferItem[]): Promise<void> {
  const spool = createKeptSpool(path);
  const manifest = new Manifest(spool);
  for (const item of items) await manifest.append(item);
  await manifest.seal();
  await spool.flush();
  await spool.dispose();
}

describe("kept spool", () => {
  it("holds for a later program what was flushed, and is appended to there", () =>
    inFolder(async (root) => {
      const path = join(root, "spool");
      const first = createKeptSpool(path, 8);
      for (const piece of ["one ", "two ", "three and more "])
        await first.append(Buffer.from(piece));
      await first.flush();
      await first.append(Buffer.from("lost"));
      await first.dispose();
      await first.flush();
      const second = await reopenKeptSpool(path, 8);
      assert.equal(second?.length, 23);
      assert.equal(Buffer.from((await second?.read(4, 9)) ?? []).toString(), "two three");
      await second?.append(Buffer.from("end"));
      await second?.flush();
      assert.equal(Buffer.from((await second?.read(20, 6)) ?? []).toString(), "re end");
      await second?.dispose();
      assert.equal(readFileSync(path, "utf8"), "one two three and more end");
      assert.equal(await reopenKeptSpool(join(root, "none")), undefined);
    }));

  it("touches a former one with its first bytes, not before", () =>
    inFolder(async (root) => {
      const path = join(root, "spool");
      writeFileSync(path, "former and longer");
      await createKeptSpool(path).dispose();
      assert.equal(readFileSync(path, "utf8"), "former and longer");
      const next = createKeptSpool(path);
      await next.append(Buffer.from("new"));
      await next.flush();
      await next.dispose();
      assert.equal(readFileSync(path, "utf8"), "new");
    }));
});

describe("restored offer", () => {
  it("is the one that was kept, over many pages", () =>
    inFolder(async (root) => {
      const path = join(root, "offer");
      const items = Array.from({ length: 5000 }, (_, i) =>
        i % 7 === 0 ? folder(`папка\n${i}`) : file(`папка/"${i}" ${"х".repeat(i % 50)}`, i),
      );
      await keep(path, items);
      const manifest = await restore(path);
      assert.ok(manifest !== undefined && manifest.pageCount > 3);
      const found: OfferItem[] = [];
      for await (const [, item] of manifest.items()) found.push(item);
      assert.deepEqual(found, items);
      assert.equal(manifest.fileCount, items.filter(({ kind }) => kind === "file").length);
      assert.equal(
        manifest.totalBytes,
        items.reduce((sum, { size }) => sum + size, 0),
      );
      await manifest.dispose();
    }));

  it("is none when it is cut or foreign, and never something else", () =>
    inFolder(async (root) => {
      const path = join(root, "offer");
      await keep(path, [file("a", 1), file("b", 2)]);
      const whole = readFileSync(path);
      const junk = [
        "",
        "\n",
        "{}\n",
        "[[]]\n",
        '[["a",0,-1,0,0]]\n',
        '[["a",0,1,0,0,0]]\n',
        '[["a",0,9007199254740993,0,0]]\n',
        '[["a",0,1e308,0,0]]\n',
        '[["a",9,1,0,0]]\n',
        "x".repeat(1_000_000),
        `${"[".repeat(100_000)}\n`,
        `\ufffd\n`,
      ];
      for (const each of junk) {
        writeFileSync(path, each);
        assert.equal(await restore(path), undefined, each.slice(0, 20));
      }
      writeFileSync(path, Buffer.from([0x5b, 0xff, 0x5d, 0x0a]));
      assert.equal(await restore(path), undefined);
      for (let length = 0; length < whole.length; length++) {
        writeFileSync(path, whole.subarray(0, length));
        assert.equal(await restore(path), undefined, `cut to ${length}`);
      }
    }));

  it("throws nothing at whatever bytes", () =>
    inFolder((root) =>
      fc.assert(
        fc.asyncProperty(fc.array(fc.json(), { maxLength: 4 }), async (lines) => {
          const path = join(root, "offer");
          writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
          await (await restore(path))?.dispose();
        }),
        { numRuns: 100 },
      ),
    ));
});
