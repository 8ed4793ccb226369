import assert from "node:assert/strict";
import { archive } from "../../../src/browser/files/archive";
import type { Saved } from "../../../src/browser/files/downloads";
import { type CreateStore, memoryStores, type Store } from "../../../src/browser/files/store";
import { Kept } from "../../../src/browser/kept";

const saved = (path: string, mtime: number): Saved => ({
  path,
  mtime,
  blob: () => new Blob(["a"]),
});

/** Stores in memory, which says which of them have given their space back. */
function counted() {
  const create = memoryStores();
  const [open, removed] = [new Set<Store>(), new Set<Store>()];
  const createStore: CreateStore = async () => {
    const store = await create();
    const counting: Store = {
      ...store,
      remove: async () => {
        open.delete(counting);
        removed.add(counting);
        await store.remove();
      },
    };
    open.add(counting);
    return counting;
  };
  return { createStore, open, removed };
}

describe("what a page keeps for its user", () => {
  it("gives no space away when its card is closed while it is packed", async () => {
    const { createStore, open, removed } = counted();
    const kept = new Kept(createStore);
    kept.add(saved("a", 0));
    const packing = kept.all();
    await kept.remove();
    await assert.rejects(packing, { name: "NotFoundError" });
    assert.deepEqual([open.size, removed.size], [0, 1]);
  });

  it("gives back what comes to it late, and all the rest where the browser keeps some", async () => {
    const { createStore, open } = counted();
    const kept = new Kept(createStore);
    const stuck = await createStore();
    stuck.remove = async () => {
      throw new DOMException("in use", "NoModificationAllowedError");
    };
    await kept.holds(stuck);
    await kept.holds(await createStore());
    await kept.remove();
    assert.deepEqual([...open], [stuck]);
    await kept.holds(await createStore());
    assert.deepEqual([...open], [stuck]);
  });
});

describe("an archive", () => {
  for (const [mtime, year] of [
    [0, 1980],
    [-Number.MAX_SAFE_INTEGER, 1980],
    [Date.UTC(2026, 5, 15), 2026],
    [Number.MAX_SAFE_INTEGER, 2107],
  ] as const)
    it(`takes whatever time a sender says: ${mtime}`, async () => {
      const { blob } = await archive([saved("a", mtime)], memoryStores());
      const bytes = Buffer.from(await blob.arrayBuffer());
      assert.equal(bytes.readUInt32LE(0), 0x04034b50);
      assert.equal(1980 + (bytes.readUInt16LE(12) >> 9), year);
    });
});
