import assert from "node:assert/strict";
import * as v from "valibot";
import { SecureShareError } from "../../../../src/core/errors";
import { ItemSet } from "../../../../src/core/files/itemSet";
import { parseDocument, parseProgress } from "../../../../src/core/files/journal";
import { Manifest, type WireItem, wirePage } from "../../../../src/core/files/manifest";
import type { Spool } from "../../../../src/core/ports";
import { OFFER_BYTES_MAX, OFFER_ITEMS_MAX } from "../../../../src/core/wire/limits";
import { memorySpool } from "../../../support/memory/files";

/** Takes everything and keeps nothing. */
const nowhere = (): Spool => ({
  append: async () => {},
  read: async () => new Uint8Array(0),
  dispose: async () => {},
});
const page = (items: number, path = "a"): WireItem[] =>
  Array.from({ length: items }, () => [path, 0, 0, 0, 0]);

describe("an offer's bounds", () => {
  const tooLarge = { code: "E_OFFER_TOO_LARGE" };
  it("are a million items", async () => {
    const manifest = new Manifest(nowhere());
    for (let i = 0; i < 100; i++) await manifest.appendPage(page(OFFER_ITEMS_MAX / 100));
    await assert.rejects(manifest.appendPage(page(1)), tooLarge);
  });

  it("are 128 MiB of pages", async () => {
    const manifest = new Manifest(nowhere());
    const large = page(15, "a".repeat(4096));
    const bytes = JSON.stringify(large).length;
    for (let i = 1; i * bytes <= OFFER_BYTES_MAX; i++) await manifest.appendPage(large);
    await assert.rejects(manifest.appendPage(large), tooLarge);
  });

  it("are sizes that sum up under 2^53", async () => {
    const manifest = new Manifest(nowhere());
    await manifest.appendPage([["a", 0, Number.MAX_SAFE_INTEGER, 0, 0]]);
    await assert.rejects(manifest.appendPage([["b", 0, 1, 0, 0]]), tooLarge);
  });

  it("are whole sizes, paths of 4096 and the known kinds", () => {
    const good: WireItem = ["a", 0, 1, 0, 0];
    assert.ok(v.safeParse(wirePage, [good]).success);
    const bad: unknown[] = [
      ["a", 0, -1, 0, 0],
      ["a", 0, 0.5, 0, 0],
      ["a", 0, 2 ** 53, 0, 0],
      ["a".repeat(4097), 0, 1, 0, 0],
      ["a", 3, 1, 0, 0],
      ["a", 0, 1, 0, 2],
      ["a", 0, 1, 0.5, 0],
      ["a", 0, 1, 0, 0, 0],
      ["a", 0, 1, 0],
    ];
    for (const item of bad) assert.ok(!v.safeParse(wirePage, [item]).success, JSON.stringify(item));
  });
});

describe("an offer in the spool", () => {
  it("is none when its last page has no end, even with one byte behind whole JSON", async () => {
    const encoded = Buffer.from(JSON.stringify(page(1)));
    for (const [end, length] of [
      ["\n", 1],
      ["", undefined],
      [" ", undefined],
    ] as const) {
      const kept = memorySpool();
      const bytes = Buffer.concat([encoded, Buffer.from(end)]);
      await kept.append(bytes);
      let reads = 0;
      const read: Spool["read"] = (...where) => {
        reads++;
        return kept.read(...where);
      };
      const manifest = await Manifest.restore({ ...kept, read }, bytes.length);
      assert.equal(manifest?.length, length);
      assert.equal(reads, 1, "the same bytes were read again and again");
    }
  });

  it("has no item and no page beyond its end", async () => {
    const empty = new Manifest(memorySpool());
    await assert.rejects(empty.get(0), RangeError);
    const manifest = new Manifest(memorySpool());
    await manifest.appendPage(page(3));
    assert.equal((await manifest.get(2)).path, "a");
    for (const index of [-1, 3, 2 ** 40]) await assert.rejects(manifest.get(index), RangeError);
    await assert.rejects(manifest.page(1), RangeError);
  });

  it("is refused when it is cut short or foreign, and a disk's failure is told", async () => {
    const kept = memorySpool();
    const manifest = new Manifest(kept);
    await manifest.appendPage(page(3));
    const bytes = JSON.stringify(page(3)).length + 1;
    assert.equal((await Manifest.restore(kept, bytes))?.length, 3);
    assert.equal(await Manifest.restore(kept, bytes - 1), undefined);
    const foreign = memorySpool();
    await foreign.append(Buffer.from("[1]\n"));
    assert.equal(await Manifest.restore(foreign, 4), undefined);
    const endless = memorySpool();
    await endless.append(Buffer.from('[["a",0,0,0,0]]x'));
    assert.equal(await Manifest.restore(endless, 16), undefined, "a page without an end");
    const failing: Spool = {
      ...kept,
      read: () => Promise.reject(new SecureShareError("E_DISK", { path: "p", reason: "r" })),
    };
    await assert.rejects(Manifest.restore(failing, bytes), { code: "E_DISK" });
  });
});

describe("runs of items", () => {
  it("are ascending, apart, and inside the offer", () => {
    assert.deepEqual(
      ItemSet.fromRuns(10, [
        [0, 2],
        [4, 6],
      ])?.runs(),
      [
        [0, 2],
        [4, 6],
      ],
    );
    const bad: (readonly [number, number])[][] = [
      [[0, 11]],
      [[9, 2]],
      [
        [4, 2],
        [0, 1],
      ],
      [
        [0, 2],
        [1, 1],
      ],
      [
        [0, 2],
        [2, 1],
      ],
      [[0, 0]],
      [[-1, 2]],
      [[0.5, 1]],
      [[0, Number.NaN]],
      [[0, 2 ** 53]],
    ];
    for (const runs of bad)
      assert.equal(ItemSet.fromRuns(10, runs), undefined, JSON.stringify(runs));
  });
});

describe("a journal's bounds", () => {
  const change = { item: 0, size: 1, mtime: -1, identity: "1" };
  const document = {
    version: 1,
    role: "sender",
    id: "0".repeat(32),
    createdAt: 0,
    touchedAt: 0,
    relays: ["ws://relay.test"],
    sealed: "AAAA",
    verified: false,
    verify: "compare",
    automated: false,
    peer: null,
    offered: false,
    accepted: null,
    padding: true,
    embedded: null,
    changed: [change],
    keepForMs: 1,
  };
  it("hold for a document", () => {
    assert.deepEqual(parseDocument(JSON.stringify(document)), document);
    for (const bad of [
      { version: 2 },
      { id: "0".repeat(31) },
      { sealed: "../etc" },
      { sealed: "A".repeat(4100) },
      { relays: Array.from({ length: 65 }, () => "r") },
      { relays: ["r".repeat(2049)] },
      { role: "receiver" },
      { touchedAt: -1 },
      { more: 1 },
      { verified: 1 },
      { changed: [{ item: 0, size: -1, mtime: 0, identity: "1" }] },
      { changed: [{ item: 0, size: 1, mtime: 0, identity: "1".repeat(257) }] },
      { changed: Array.from({ length: 1001 }, () => change) },
    ])
      assert.equal(
        parseDocument(JSON.stringify({ ...document, ...bad })),
        undefined,
        JSON.stringify(bad),
      );
    assert.equal(parseDocument("{"), undefined);
  });

  it("hold for a line of the log", () => {
    const entry = { k: "durable", item: 1, offset: 2 };
    assert.deepEqual(parseProgress(JSON.stringify(entry)), entry);
    for (const bad of [
      "",
      "{",
      '{"k":"durable"}',
      '{"k":"durable","item":-1,"offset":0}',
      '{"k":"x"}',
    ])
      assert.equal(parseProgress(bad), undefined, bad);
  });
});
