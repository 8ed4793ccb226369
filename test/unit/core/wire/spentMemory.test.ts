import assert from "node:assert/strict";
import { MessageChannel } from "node:worker_threads";
import { freeThrough } from "../../../../src/core/wire/spentMemory";

const MIB = 1024 * 1024;

describe("memory that was read", () => {
  it("is given back at once", () => {
    const free = freeThrough(new MessageChannel().port1);
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 512; i++) {
      const view = new Uint8Array(MIB).fill(i);
      free(view);
      assert.equal(view.length, 0);
    }
    const grown = (process.memoryUsage.rss() - before) / MIB;
    assert.ok(grown < 256, `${grown} MiB`);
  });

  it("stays where others may have a part of it, or share it", () => {
    const free = freeThrough(new MessageChannel().port1);
    const whole = new Uint8Array(8).fill(1);
    free(whole.subarray(0, 7));
    free(whole.subarray(1));
    assert.deepEqual(whole, new Uint8Array(8).fill(1));
    const shared = new Uint8Array(new SharedArrayBuffer(8)).fill(1);
    free(shared);
    assert.deepEqual([...shared], [...whole]);
  });
});
