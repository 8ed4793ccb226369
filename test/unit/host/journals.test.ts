import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Journals } from "../../../src/host/journals";
import type { KeptTransfer } from "../../../src/host/keptTransfer";
import { WrappingKeys } from "../../../src/host/wrappingKeys";
import { wrappingKeyFile } from "../../../src/node/state/wrappingKey";
import { memoryKeyring } from "../../support/memory/keyring";
import { receiverDocument } from "../node/journals";

const HOUR = 3_600_000;
const START = 1_800_000_000_000;
const contents = { names: ["звіт.txt"], files: 1, bytes: 5, leftOut: [], leftOutCount: 0 };

describe("journals of a window", () => {
  let folder: string;
  let now: number;
  let keyring: ReturnType<typeof memoryKeyring>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "secureshare-journals-"));
    now = START;
    keyring = memoryKeyring();
  });
  afterEach(() => rm(folder, { recursive: true }));

  function journals(window: string, session = "one"): Journals {
    const { secrets, memory } = keyring;
    const keys = new WrappingKeys(secrets, memory, session, () => wrappingKeyFile(folder));
    return new Journals(folder, keys, window, () => now);
  }

  /** As far as a receiver comes before it is interrupted. */
  async function begun(window: string, session = "one"): Promise<KeptTransfer> {
    const kept = await journals(window, session).begin({});
    const sealed = await kept.journal.seal(Uint8Array.of(1, 2, 3));
    await kept.journal.save(receiverDocument(kept.id, { sealed }));
    kept.describe(contents);
    return kept;
  }

  async function taken(id: string, window = "a", session = "one"): Promise<KeptTransfer> {
    const kept = await journals(window, session).take(id);
    if (kept === "running" || kept === "missing") throw new Error(`transfer is ${kept}`);
    return kept;
  }

  it("are remembered once what is sent is written down anew, or not at all", async () => {
    for (const written of [true, false]) {
      const kept = await journals("a").begin({});
      const told: string[] = [];
      void kept.rewrite(async () => {
        await new Promise(setImmediate);
        told.push("sent");
        if (!written) throw new Error("disk full");
      });
      const sealed = await kept.journal.seal(Uint8Array.of(1, 2, 3));
      await kept.journal.save(receiverDocument(kept.id, { sealed })).then(() => told.push("saved"));
      assert.deepEqual(told, ["sent", "saved"]);
      assert.equal(kept.saved, written);
      await kept.end();
    }
  });

  it("give back to a reloaded window what it had, and to others on demand", async () => {
    const kept = await begun("a");
    assert.deepEqual(
      (await journals("a").list(HOUR)).map(({ running, reloaded }) => [running, reloaded]),
      [["here", false]],
    );
    kept.suspend();
    await kept.end();
    now += 10_000;
    const [listed] = await journals("a").list(HOUR);
    assert.deepEqual(listed, {
      id: kept.id,
      role: "receiver",
      contents,
      at: START,
      running: undefined,
      reloaded: true,
    });
    assert.equal((await journals("b").list(HOUR))[0]?.reloaded, false);
    now += 60_000;
    assert.equal((await journals("a").list(HOUR))[0]?.reloaded, false, "closed and opened again");
  });

  it("leave to a window's next life what it had taken up and not yet begun", async () => {
    const kept = await begun("a");
    kept.suspend();
    await kept.end();
    // Its window goes.
    await (await taken(kept.id)).end();
    assert.equal((await journals("a").list(HOUR))[0]?.reloaded, true);
    const again = await taken(kept.id);
    again.resume();
    await again.end();
    assert.equal((await journals("a").list(HOUR))[0]?.reloaded, false, "begun");
  });

  it("leave what a killed window had to its user", async () => {
    const kept = await begun("a");
    await kept.transfer.close();
    assert.equal((await journals("a").list(HOUR))[0]?.reloaded, false);
  });

  it("have one owner", async () => {
    const kept = await begun("a");
    assert.equal(await journals("b").take(kept.id), "running");
    assert.equal(await journals("b").forget(kept.id), false);
    await kept.end();
    const other = await taken(kept.id, "b");
    assert.equal(await journals("a").take(kept.id), "running");
    await other.end();
    assert.equal(await journals("a").forget(kept.id), true);
    assert.equal(await journals("a").take(kept.id), "missing");
  });

  it("keep nothing of what was never saved, or is a text", async () => {
    const unsaved = await journals("a").begin({});
    unsaved.suspend();
    await unsaved.end();
    const text = await begun("a");
    text.discard();
    assert.equal(text.saved, false);
    text.suspend();
    await text.end();
    const over = await begun("a");
    await over.journal.forget();
    await over.end();
    assert.deepEqual(await readdir(join(folder, "transfers")), []);
  });

  it("expire", async () => {
    const kept = await begun("a");
    kept.suspend();
    await kept.end();
    now += HOUR - 1;
    assert.equal((await journals("a").list(HOUR)).length, 1);
    now += 1;
    assert.deepEqual(await journals("a").list(HOUR), []);
  });

  it("remember what the window noted", async () => {
    const kept = await begun("a");
    const relay = { bind: "::", announced: "fe80::1", port: 1, reach: "this-network" } as const;
    kept.update({ relay });
    kept.setPaused(true);
    await kept.end();
    const { note, transfer } = await taken(kept.id, "b");
    assert.deepEqual([note.relay, note.paused, note.window], [relay, true, "b"]);
    await transfer.close();
  });

  it("open what was sealed under the file's key after the secret storage has taken over", async () => {
    const old = await begun("a", "one");
    old.suspend();
    await old.end();
    keyring = keyring.next(true);
    const young = await begun("a", "two");
    young.suspend();
    await young.end();
    for (const id of [old.id, young.id]) {
      const kept = await taken(id, "a", "two");
      const { document } = kept.transfer;
      const secret = await kept.journal.open(document?.sealed ?? "");
      assert.deepEqual([...(secret ?? [])], [1, 2, 3]);
      await kept.end();
    }
  });

  it("let go of what they cannot open because a key cannot be read", async () => {
    const kept = await begun("a");
    await kept.end();
    const { memory } = keyring;
    const wrong = Buffer.alloc(32, 1).toString("base64");
    const secrets = { get: async () => wrong, store: async () => undefined };
    const unreadable = () => Promise.reject(new Error("EIO"));
    const keys = new WrappingKeys(secrets, memory, "one", unreadable);
    await assert.rejects(new Journals(folder, keys, "a", () => now).take(kept.id), /EIO/);
    await (await taken(kept.id)).end();
  });

  it("open nothing once the key is gone, and lose nothing by trying", async () => {
    const kept = await begun("a");
    kept.suspend();
    await kept.end();
    await rm(join(folder, "journal.key"));
    const lost = await taken(kept.id);
    const { document } = lost.transfer;
    assert.equal(await lost.journal.open(document?.sealed ?? ""), undefined);
    await lost.end();
    assert.equal((await journals("a").list(HOUR)).length, 1);
  });
});
