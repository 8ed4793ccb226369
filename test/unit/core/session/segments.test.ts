import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { SecureShareError } from "../../../../src/core/errors";
import { ItemSet } from "../../../../src/core/files/itemSet";
import type { ItemReader } from "../../../../src/core/ports";
import type { Segment } from "../../../../src/core/session/plaintext";
import { SEGMENT } from "../../../../src/core/session/recheck";
import { SegmentAnswers } from "../../../../src/core/session/segments";
import { nodeHash } from "../../../../src/node/system";
import { memorySource } from "../../../support/memory/files";

const content = Buffer.alloc(SEGMENT + 10, 7);
const sha256 = (bytes: Uint8Array) => Uint8Array.from(createHash("sha256").update(bytes).digest());
const first: Segment = {
  item: 1,
  index: 0,
  length: SEGMENT,
  digest: sha256(content.subarray(0, SEGMENT)),
};
const second: Segment = {
  item: 1,
  index: 1,
  length: 10,
  digest: sha256(content.subarray(SEGMENT)),
};

async function answering(
  over: Partial<ItemReader> = {},
  from = { item: 1, offset: content.length },
  accepted = ItemSet.all(3),
) {
  const source = await memorySource({ a: Buffer.alloc(1), b: content, c: content });
  const said = { repaired: 0, digests: [] as Segment[] };
  const reply = {
    repair: async (_item: number, _offset: number, bytes: Uint8Array) => {
      said.repaired += bytes.length;
    },
    digest: async (segment: Segment) => {
      said.digests.push({ ...segment, digest: Uint8Array.from(segment.digest) });
    },
  };
  const open: typeof source.open = async (...args) => {
    return { ...(await source.open(...args)), ...over };
  };
  const answers = new SegmentAnswers(
    { source: { ...source, open }, hash: nodeHash },
    accepted,
    from,
    reply,
    new AbortController().signal,
  );
  return { answers, said };
}

describe("a sender that is asked about segments", () => {
  it("says its own digest, and sends the bytes where they differ", async () => {
    const { answers, said } = await answering();
    await answers.answer(first);
    assert.equal(said.repaired, 0);
    await answers.answer({ ...second, digest: new Uint8Array(32) });
    assert.equal(said.repaired, 10);
    assert.deepEqual(said.digests, [first, second]);
  });

  const wrong: Readonly<Record<string, Segment>> = {
    "of an item to come": { ...first, item: 2 },
    "that are empty": { ...first, length: 0 },
    "longer than a segment": { ...first, length: SEGMENT + 1 },
    "beyond the cursor": { ...second, length: 11 },
  };
  for (const [what, segment] of Object.entries(wrong))
    it(`reads nothing for segments ${what}`, async () => {
      const { answers, said } = await answering();
      await assert.rejects(answers.answer(segment), { code: "E_PROTOCOL" });
      assert.equal(said.digests.length, 0);
    });

  it("answers each once, upward: nobody makes it read a file over and over", async () => {
    const { answers } = await answering();
    await answers.answer(first);
    await assert.rejects(answers.answer(first), { code: "E_PROTOCOL" });
    await answers.answer(second);
    await assert.rejects(answers.answer({ ...second, index: 3 }), { code: "E_PROTOCOL" });
  });

  it("answers for one item only, at the cursor or before it", async () => {
    const behind = { item: 2, offset: content.length };
    const { answers, said } = await answering({}, behind);
    await answers.answer(first);
    await assert.rejects(answers.answer({ ...second, item: 2 }), { code: "E_PROTOCOL" });
    await answers.answer(second);
    assert.deepEqual(said.digests, [first, second]);
    const some = new ItemSet(3);
    some.add(2);
    const { answers: ofSome } = await answering({}, behind, some);
    await assert.rejects(ofSome.answer(first), { code: "E_PROTOCOL" });
  });

  it("reads no further than a file goes", async () => {
    const { answers, said } = await answering({ read: () => Promise.resolve(0) });
    await answers.answer(second);
    assert.deepEqual(said.digests, [{ ...second, digest: sha256(new Uint8Array(0)) }]);
  });

  it("has no digest of a file that has changed, so that the other side's copy fails", async () => {
    const changed = () => Promise.reject(new SecureShareError("E_SOURCE_CHANGED", { path: "b" }));
    const forbidden = () => Promise.reject(new SecureShareError("E_PERMISSION", { path: "b" }));
    for (const verify of [changed, forbidden]) {
      const { answers, said } = await answering({ verify });
      await answers.answer(first);
      assert.deepEqual(said.digests, [{ ...first, digest: new Uint8Array(32) }]);
    }
    const broken = await answering({ verify: () => Promise.reject(new Error("broken")) });
    await assert.rejects(broken.answers.answer(first), /broken/);
  });
});
