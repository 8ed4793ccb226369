import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { SecureShareError } from "../../../../src/core/errors";
import { ItemSet } from "../../../../src/core/files/itemSet";
import type { OfferItem } from "../../../../src/core/files/manifest";
import { deferred } from "../../../../src/core/session/async";
import { openAhead } from "../../../../src/core/session/openAhead";
import { memorySource } from "../../../support/memory/files";

const LARGE = 300_000;
const { signal } = new AbortController();

/** A source of `count` files behind a folder, and what is open of it. */
async function opening(count: number, sizeOf: (i: number) => number = () => 1) {
  const files = Array.from({ length: count }, (_, i) => [`f${i}`, Buffer.alloc(sizeOf(i))]);
  const source = await memorySource({ folder: "folder", ...Object.fromEntries(files) });
  const accepted = ItemSet.all(source.manifest.length);
  const opened: string[] = [];
  const open = new Set<string>();
  const fails = new Set<string>();
  const watched = {
    ...source,
    async open(index: number, item: OfferItem, from: number) {
      opened.push(`${item.path}@${from}`);
      await setImmediate();
      if (fails.has(item.path)) throw new SecureShareError("E_SOURCE_CHANGED", { path: item.path });
      const reader = await source.open(index, item, from, signal);
      open.add(item.path);
      return { ...reader, close: async () => void open.delete(item.path) };
    },
  };
  const ahead = openAhead(watched, accepted, signal);
  const take = async (index: number, from = 0) =>
    ahead.open(index, await ahead.manifest.get(index), from, signal);
  const settled = async () => {
    for (let i = 0; i < 50; i++) await setImmediate();
  };
  return { ahead, accepted, opened, open, fails, take, settled };
}

describe("files opened ahead", () => {
  it("are the next ones, each once, and no more than eight", async () => {
    const { ahead, opened, open, take, settled } = await opening(20);
    for (let index = 1; index <= 20; index++) {
      const reader = await take(index);
      await settled();
      assert.ok(open.size <= 9, `${open.size} are open`);
      if (index === 1)
        assert.deepEqual(
          [...open],
          Array.from({ length: 9 }, (_, i) => `f${i}`),
        );
      await reader.close();
    }
    await ahead.close();
    assert.deepEqual(
      opened,
      Array.from({ length: 20 }, (_, i) => `f${i}@0`),
    );
    assert.equal(open.size, 0);
  });

  it("are accepted ones, behind where the content goes on", async () => {
    const { ahead, accepted, opened, take, settled } = await opening(6);
    accepted.delete(4);
    await (await take(3, 1)).close();
    await settled();
    assert.deepEqual(opened, ["f2@1", "f4@0", "f5@0"]);
    await ahead.close();
  });

  it("are not opened behind a large one", async () => {
    const { ahead, opened, take, settled } = await opening(3, () => LARGE);
    await (await take(1)).close();
    await settled();
    assert.deepEqual(opened, ["f0@0"]);
    await ahead.close();
  });

  it("fail when their turn comes, and hold up no other", async () => {
    const { ahead, fails, open, take, settled } = await opening(4);
    fails.add("f1");
    await (await take(1)).close();
    await settled();
    await assert.rejects(take(2), { code: "E_SOURCE_CHANGED" });
    for (const index of [3, 4]) await (await take(index)).close();
    await ahead.close();
    assert.equal(open.size, 0);
  });

  it("are not opened when the end comes while they are looked up", async () => {
    const { ahead, opened, settled } = await opening(4);
    const first = ahead.open(1, await ahead.manifest.get(1), 0, signal);
    await ahead.close();
    await (await first).close();
    await settled();
    assert.deepEqual(opened, ["f0@0"]);
  });

  it("are opened once, though one is taken while it is looked up", async () => {
    const { ahead, opened, open, take, settled } = await opening(20);
    const second = await ahead.manifest.get(2);
    const get = ahead.manifest.get.bind(ahead.manifest);
    const looked = deferred<void>();
    ahead.manifest.get = async (index) => {
      if (index === 2) await looked.promise;
      return get(index);
    };
    await (await take(1)).close();
    await (await ahead.open(2, second, 0, signal)).close();
    looked.resolve();
    await settled();
    assert.deepEqual(
      opened,
      Array.from({ length: 10 }, (_, i) => `f${i}@0`),
    );
    assert.equal(open.size, 8);
    await ahead.close();
    assert.equal(open.size, 0);
  });

  it("are closed when nobody comes for them", async () => {
    const { ahead, open, take, settled } = await opening(20);
    await (await take(1)).close();
    await ahead.close();
    await settled();
    assert.equal(open.size, 0);
    await (await take(2)).close();
    await settled();
    assert.equal(open.size, 0);
  });
});
