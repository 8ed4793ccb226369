import assert from "node:assert/strict";
import { createAead } from "../../../src/node/aead";

const RECORD = 256 * 1024;
const RECORDS = 40;

describe("AES-256-GCM by node:crypto", () => {
  it("gives back at once the memory that the cipher takes for each slice", async () => {
    const key = createAead().key(new Uint8Array(32).fill(1));
    const [nonce, aad] = [new Uint8Array(12), new Uint8Array(10)];
    const plaintext = new Uint8Array(RECORD).fill(7);
    const sealed = new Uint8Array(RECORD + 16);
    const opened = new Uint8Array(RECORD);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < RECORDS; i++) {
      await key.seal(nonce, aad, plaintext, sealed);
      assert.ok(await key.open(nonce, aad, sealed, opened));
    }
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(grown < 8 * RECORD, `${grown} bytes`);
    assert.deepEqual(opened, plaintext);
    key.wipe();
  });
});
