import assert from "node:assert/strict";
import { lstatSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Manifest } from "../../../../src/core/files/manifest";
import { usualTraits } from "../../../../src/core/files/names";
import { offerNames } from "../../../../src/node/files/inspect";
import { Origins } from "../../../../src/node/files/origins";
import { createSink } from "../../../../src/node/files/sink";
import { createSpool } from "../../../../src/node/state/spool";
import { file, inFolder, never } from "../support";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Bytes that this process holds, without garbage. */
function held(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe("a large offer", () => {
  it("takes a few bytes of memory an item on both sides", async function () {
    this.timeout(60_000);
    const COUNT = 20_000;
    await inFolder(async (folder) => {
      const stats = lstatSync(folder, { bigint: true });
      const before = held();
      const manifest = new Manifest(createSpool(folder));
      const origins = new Origins(createSpool(folder), createSpool(folder));
      const names = offerNames(usualTraits("linux"));
      for (let i = 0; i < COUNT; i++) {
        const item = file(`проєкт/папка ${i % 100}/файл з довгою назвою ${i}.txt`, i);
        assert.equal(names.check(item), undefined);
        await manifest.append(item);
        await origins.append(stats, 0, i % 2 === 0 ? `in/native/${i}` : undefined);
      }
      await manifest.seal();
      const grown = held() - before;
      // Three spools of at most 4 MiB, and the table of names: under 30 bytes an item.
      assert.ok(grown < 3 * 4 * 2 ** 20 + COUNT * 60, `${grown} bytes held`);
      assert.equal((await origins.get(COUNT - 2)).native, `in/native/${COUNT - 2}`);
      assert.equal((await origins.get(1)).native, undefined);
      assert.equal((await origins.get(1)).ino, stats.ino);
      const { refused, conflicts } = await createSink(`${folder}/new`).inspect(manifest, never);
      assert.equal(refused.size + conflicts.count, 0);
      await manifest.dispose();
      await origins.dispose();
    });
  });
});
