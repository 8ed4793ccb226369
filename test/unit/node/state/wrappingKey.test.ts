import assert from "node:assert/strict";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSealer, wrappingKeyFile } from "../../../../src/node/state/wrappingKey";
import { bundleProgram, startProgram } from "../processes";
import { inFolder } from "../support";

const ID = "0123456789abcdef0123456789abcdef";
const secret = Buffer.from("a resume secret");

describe("wrapping key", () => {
  it("is made once, private, and is the same ever after", () =>
    inFolder(async (folder) => {
      const state = join(folder, "state");
      const key = await wrappingKeyFile(state);
      assert.equal(key.length, 32);
      assert.deepEqual(await wrappingKeyFile(state), key);
      assert.deepEqual(readdirSync(state), ["journal.key"]);
      if (process.platform !== "win32")
        assert.equal(statSync(join(state, "journal.key")).mode & 0o777, 0o600);
    }));

  it("is one for processes that make it at once", () =>
    inFolder(async (folder) => {
      const bundle = await bundleProgram(folder, "keyReader");
      const readers = Array.from({ length: 4 }, () => startProgram(bundle));
      try {
        for (let round = 0; round < 20; round++) {
          for (const reader of readers) reader.tell(join(folder, `state-${round}`));
          const keys = await Promise.all(readers.map((reader) => reader.line()));
          assert.equal(new Set(keys).size, 1, `round ${round}`);
        }
      } finally {
        await Promise.all(readers.map((reader) => reader.kill()));
      }
    }));

  it("is not replaced when the file is damaged", () =>
    inFolder(async (state) => {
      for (const damaged of ["", "short", "x".repeat(33)]) {
        writeFileSync(join(state, "journal.key"), damaged);
        const path = join(state, "journal.key");
        const details = { path, reason: "no-key" };
        await assert.rejects(wrappingKeyFile(state), { code: "E_DISK", details });
      }
    }));
});

describe("sealer", () => {
  const key = new Uint8Array(32).fill(1);

  it("opens what it sealed, never twice the same bytes", async () => {
    const { seal, open } = createSealer(key, ID);
    const sealed = await seal(secret);
    assert.match(sealed, /^[A-Za-z0-9+/]+={0,2}$/);
    assert.notEqual(await seal(secret), sealed);
    assert.deepEqual(Buffer.from((await open(sealed)) ?? []), secret);
    const again = createSealer(key, ID);
    assert.deepEqual(Buffer.from((await again.open(sealed)) ?? []), secret);
  });

  it("gives nothing, and throws nothing, under another key, for another transfer or when changed", async () => {
    const sealed = await createSealer(key, ID).seal(secret);
    const other = createSealer(new Uint8Array(32).fill(2), ID);
    assert.equal(await other.open(sealed), undefined);
    assert.equal(await createSealer(key, ID.replace("0", "1")).open(sealed), undefined);
    const { open } = createSealer(key, ID);
    const bytes = Buffer.from(sealed, "base64");
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 1;
      assert.equal(await open(changed.toString("base64")), undefined, `byte ${i}`);
      assert.equal(await open(bytes.subarray(0, i).toString("base64")), undefined);
    }
    for (const junk of ["", "====", "жжж"]) assert.equal(await open(junk), undefined);
  });

  it("keeps the key when its owner wipes it", async () => {
    const mine = Uint8Array.from(key);
    const { seal } = createSealer(mine, ID);
    mine.fill(0);
    const sealed = await seal(secret);
    assert.deepEqual(Buffer.from((await createSealer(key, ID).open(sealed)) ?? []), secret);
  });
});
