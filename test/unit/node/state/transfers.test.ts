import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ItemSet } from "../../../../src/core/files/itemSet";
import type { SettledEntry } from "../../../../src/core/files/journal";
import { Manifest } from "../../../../src/core/files/manifest";
import { type FileSystem, nodeFileSystem } from "../../../../src/node/files/fileSystem";
import { createSink } from "../../../../src/node/files/sink";
import {
  createTransfer,
  expireTransfers,
  forgetTransfer,
  listTransfers,
  openTransfer,
} from "../../../../src/node/state/transfers";
import { receiverDocument, reopened } from "../journals";
import { file, inFolder, manifestOf, systemError } from "../support";

const KEY = new Uint8Array(32).fill(7);
const DAY = 24 * 60 * 60 * 1000;
const START = 1_800_000_000_000;

describe("transfers of a state folder", () => {
  it("come back with their document, progress, offer and secrets", () =>
    inFolder(async (state) => {
      const transfer = await createTransfer(state, KEY);
      const offer = new Manifest(transfer.offerSpool());
      await offer.append(file("a", 5));
      await offer.append(file("b", 7));
      await offer.seal();
      const sealed = await transfer.seal(Buffer.from("secret"));
      const document = receiverDocument(transfer.id, { offered: true, sealed });
      await transfer.save(document);
      await transfer.note({ k: "staging", path: "1:2:/t/.secureshare-x" });
      await transfer.note({ k: "open", item: 0, file: "f" });
      await transfer.note({ k: "durable", item: 0, offset: 3 });
      await transfer.note({ k: "open", item: 1, file: "g" });
      await transfer.note({ k: "publish", item: 1, path: "b", identity: "1:3" });
      const sha256 = "0f".repeat(32);
      const settled = { k: "settled", item: 1, outcome: "renamed", error: null } as const;
      await transfer.note({ ...settled, sha256, path: "b (2)" });
      await transfer.close();
      await offer.dispose();

      const again = await reopened(state, transfer.id, KEY);
      assert.deepEqual(again.document, document);
      assert.equal(again.known.staging, "1:2:/t/.secureshare-x");
      assert.deepEqual([...again.known.open], [[0, { file: "f", offset: 3 }]]);
      assert.deepEqual([...again.known.publish], []);
      assert.deepEqual([...again.settled], [[1, "published"]]);
      const results: SettledEntry[] = [];
      await again.eachSettled(async (entry) => void results.push(entry));
      assert.deepEqual(results, [{ ...settled, sha256, path: "b (2)" }]);
      const restored = await again.restoreOffer();
      assert.deepEqual(await restored?.get(1), file("b", 7));
      assert.equal(Buffer.from((await again.open(sealed)) ?? []).toString(), "secret");
      await restored?.dispose();
      await again.close();
      const [listed] = await listTransfers(state);
      assert.deepEqual(listed?.sizes, { items: 2, files: 2, bytes: 12 });
    }));

  it("keep settled items by what became of them", () =>
    inFolder(async (state) => {
      const transfer = await createTransfer(state, KEY);
      await transfer.save(receiverDocument(transfer.id));
      const outcomes = ["written", "skipped", "overwritten"] as const;
      for (const [item, outcome] of outcomes.entries())
        await transfer.note({ k: "settled", item, outcome, error: null });
      await transfer.note({ k: "settled", item: 9, outcome: "failed", error: "E_PERMISSION" });
      await transfer.note({ k: "publish", item: 10, path: "p", identity: "1:2" });
      await transfer.close();
      const again = await reopened(state, transfer.id, KEY);
      assert.deepEqual(
        [...again.settled],
        [
          [0, "published"],
          [1, "skipped"],
          [2, "published"],
          [9, "E_PERMISSION"],
        ],
      );
      assert.deepEqual([...again.known.publish.keys()], [10]);
      await again.close();
    }));

  it("have one owner at a time, and are listed with whether they run", () =>
    inFolder(async (state) => {
      const transfer = await createTransfer(state, KEY);
      assert.deepEqual(await listTransfers(state), []);
      await transfer.save(receiverDocument(transfer.id));
      assert.equal((await listTransfers(state))[0]?.running, "here");
      assert.equal((await openTransfer(state, transfer.id, KEY)).kind, "running");
      assert.equal(await forgetTransfer(state, transfer.id), false);
      await transfer.close();
      await transfer.close();
      await assert.rejects(transfer.forget(), { code: "E_INTERNAL" });
      assert.equal((await listTransfers(state))[0]?.running, undefined);
      await (await reopened(state, transfer.id, KEY)).close();
      assert.equal(await forgetTransfer(state, transfer.id), true);
      assert.equal((await openTransfer(state, transfer.id, KEY)).kind, "missing");
      assert.deepEqual(readdirSync(join(state, "transfers")), []);
    }));

  it("are private, and nothing of them can be written after their end", () =>
    inFolder(async (state) => {
      const transfer = await createTransfer(state, KEY);
      await transfer.save(receiverDocument(transfer.id));
      await transfer.note({ k: "staging", path: "x" });
      if (process.platform !== "win32") {
        assert.equal(statSync(transfer.path).mode & 0o777, 0o700);
        for (const name of readdirSync(transfer.path))
          assert.equal(statSync(join(transfer.path, name)).mode & 0o777, 0o600, name);
      }
      await transfer.forget();
      await transfer.forget();
      await assert.rejects(transfer.save(receiverDocument(transfer.id)), { code: "E_INTERNAL" });
      await assert.rejects(transfer.note({ k: "staging", path: "x" }), { code: "E_DISK" });
      await transfer.close();
      assert.deepEqual(readdirSync(join(state, "transfers")), []);
    }));

  it("take a receiver's partial files with them when they are forgotten", () =>
    inFolder(async (root) => {
      const [state, target] = [join(root, "s"), join(root, "t")];
      const big = file("big", 200_000);
      for (const inSession of [true, false]) {
        const transfer = await createTransfer(state, KEY);
        await transfer.save(receiverDocument(transfer.id));
        const sink = createSink(target, { note: transfer.note });
        await sink.begin(await manifestOf(big), ItemSet.all(1), "rename");
        await (await sink.open(0, big)).write(new Uint8Array(100_000));
        await sink.suspend();
        writeFileSync(join(target, "mine"), "");
        assert.equal(readdirSync(target).length, 2);
        if (inSession) await transfer.forget();
        await transfer.close();
        if (!inSession) await forgetTransfer(state, transfer.id);
        assert.deepEqual(readdirSync(target), ["mine"]);
        assert.deepEqual(await listTransfers(state), []);
      }
    }));

  it("expire by the time since they were touched, never because a clock went back", () =>
    inFolder(async (state) => {
      const ids: string[] = [];
      for (const age of [0, 2]) {
        const transfer = await createTransfer(state, KEY);
        const touchedAt = START - age * DAY;
        await transfer.save(receiverDocument(transfer.id, { touchedAt }));
        await transfer.close();
        ids.push(transfer.id);
      }
      const [young = "", old = ""] = ids;
      assert.deepEqual(await expireTransfers(state, DAY, START - 5 * DAY), []);
      const lasting = await createTransfer(state, KEY);
      const promised = { touchedAt: START - 2 * DAY, keepForMs: 3 * DAY };
      await lasting.save(receiverDocument(lasting.id, promised));
      await lasting.close();
      const kept = await reopened(state, old, KEY);
      assert.deepEqual(await expireTransfers(state, DAY, START), []);
      await kept.close();
      assert.deepEqual(await expireTransfers(state, DAY, START), [old]);
      assert.deepEqual(
        (await listTransfers(state)).map(({ document }) => document.id).sort(),
        [young, lasting.id].sort(),
      );
    }));

  it("expire all the same when one of them left something that cannot be removed", () =>
    inFolder(async (state) => {
      const ids: string[] = [];
      for (const target of ["broken", "sound"]) {
        const root = join(state, target);
        mkdirSync(root);
        const transfer = await createTransfer(state, KEY);
        await transfer.save(receiverDocument(transfer.id, { touchedAt: START - 2 * DAY }));
        const sink = createSink(root, { note: transfer.note });
        await sink.begin(await manifestOf(file("a", 5)), ItemSet.all(1), "rename");
        await sink.suspend();
        await transfer.close();
        ids.push(transfer.id);
      }
      const broken = join(state, "broken");
      const open: FileSystem["open"] = (path, flags, mode) =>
        path === broken
          ? Promise.reject(systemError("EIO"))
          : nodeFileSystem.open(path, flags, mode);
      const lstat: FileSystem["lstat"] = (path) =>
        path.startsWith(broken) ? Promise.reject(systemError("EIO")) : nodeFileSystem.lstat(path);
      const files = { ...nodeFileSystem, open, lstat };
      assert.deepEqual(await expireTransfers(state, DAY, START, files), [ids[1]]);
      assert.deepEqual(await listTransfers(state), []);
    }));

  it("leave alone what they do not know, and clear away what is half made", () =>
    inFolder(async (state) => {
      const transfers = join(state, "transfers");
      const newer = "a".repeat(32);
      const shell = "b".repeat(32);
      for (const name of [newer, shell, ".removed-x", "notes"]) {
        mkdirSync(join(transfers, name), { recursive: true });
        writeFileSync(join(transfers, name, "x"), "");
      }
      writeFileSync(join(transfers, newer, "transfer.json"), '{"version":2}');
      const running = await createTransfer(state, KEY);
      assert.deepEqual(await listTransfers(state), []);
      assert.equal((await openTransfer(state, newer, KEY)).kind, "missing");
      assert.deepEqual(await expireTransfers(state, 0, START), []);
      assert.deepEqual(readdirSync(transfers).sort(), [newer, running.id, "notes"].sort());
      assert.equal((await openTransfer(state, "../notes", KEY)).kind, "missing");
      await running.forget();
    }));

  it("hold no secret in clear", () =>
    inFolder(async (state) => {
      const transfer = await createTransfer(state, KEY);
      const sealed = await transfer.seal(Buffer.from("very secret bytes"));
      await transfer.save(receiverDocument(transfer.id, { sealed }));
      for (const name of readdirSync(transfer.path))
        assert.ok(!readFileSync(join(transfer.path, name), "latin1").includes("secret bytes"));
      await transfer.close();
    }));
});
