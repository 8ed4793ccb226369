import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WrappingKeys } from "../../../src/host/wrappingKeys";
import { wrappingKeyFile } from "../../../src/node/state/wrappingKey";
import { memoryKeyring } from "../../support/memory/keyring";

describe("wrapping keys", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "secureshare-keys-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const keysIn = (
    { secrets, memory }: Pick<ReturnType<typeof memoryKeyring>, "secrets" | "memory">,
    session: string,
  ) => new WrappingKeys(secrets, memory, session, () => wrappingKeyFile(folder));
  const hex = (key: Uint8Array) => Buffer.from(key).toString("hex");
  async function opening(keys: WrappingKeys): Promise<string[]> {
    const all: string[] = [];
    for await (const key of keys.all()) all.push(hex(key));
    return all;
  }

  it("are of a file in the first session, whatever the host keeps", async () => {
    const first = memoryKeyring();
    const key = await keysIn(first, "one").forNew();
    assert.equal(key.length, 32);
    assert.equal(hex(key), hex(await wrappingKeyFile(folder)));
    assert.equal((await stat(join(folder, "journal.key"))).mode & 0o777, 0o600);
    assert.equal(hex(await keysIn(first, "one").forNew()), hex(key), "a restarted extension host");
  });

  it("are of the secret storage once that has outlived a session", async () => {
    const first = memoryKeyring();
    const old = hex(await keysIn(first, "one").forNew());
    const second = first.next(true);
    const key = hex(await keysIn(second, "two").forNew());
    assert.notEqual(key, old);
    assert.equal(hex(await keysIn(second.next(true), "three").forNew()), key);
    assert.deepEqual(
      await opening(keysIn(second, "two")),
      [key, old],
      "both open what they sealed",
    );
  });

  it("stay in the file where secrets end with the window", async () => {
    let keyring = memoryKeyring();
    const key = hex(await keysIn(keyring, "one").forNew());
    for (const session of ["two", "three"]) {
      keyring = keyring.next(false);
      assert.equal(hex(await keysIn(keyring, session).forNew()), key);
      assert.deepEqual(await opening(keysIn(keyring, session)), [key]);
    }
  });

  it("are never replaced in the secret storage", async () => {
    const first = memoryKeyring();
    await keysIn(first, "one").forNew();
    const second = first.next(true);
    const key = hex(await keysIn(second, "two").forNew());
    const locked: Pick<ReturnType<typeof memoryKeyring>, "secrets" | "memory"> = {
      memory: second.memory,
      secrets: {
        get: () => Promise.reject(new Error("keyring is locked")),
        store: () => Promise.reject(new Error("must not be called")),
      },
    };
    assert.equal(hex(await keysIn(locked, "three").forNew()), hex(await wrappingKeyFile(folder)));
    assert.equal(hex(await keysIn(second, "four").forNew()), key);
  });

  it("are the same for another profile of the editor, which shares the secrets alone", async () => {
    const first = memoryKeyring();
    await keysIn(first, "one").forNew();
    const second = first.next(true);
    const key = hex(await keysIn(second, "two").forNew());
    const profile = { secrets: second.secrets, memory: memoryKeyring().memory };
    assert.equal(hex(await keysIn(profile, "two").forNew()), hex(await wrappingKeyFile(folder)));
    assert.equal(hex(await keysIn(second, "two").forNew()), key);
    assert.equal(hex(await keysIn(profile, "three").forNew()), key);
  });

  it("do without a secret storage", async () => {
    const { memory } = memoryKeyring();
    const secrets = {
      get: () => Promise.reject(new Error("no keyring")),
      store: () => Promise.reject(new Error("no keyring")),
    };
    for (const session of ["one", "two"])
      assert.equal((await keysIn({ memory, secrets }, session).forNew()).length, 32);
  });
});
