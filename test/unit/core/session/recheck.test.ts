import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { PartialItem } from "../../../../src/core/ports";
import { Recheck, SEGMENT } from "../../../../src/core/session/recheck";
import { nodeHash } from "../../../../src/node/system";
import { settle } from "../../../support/memory/clock";

const content = Buffer.from("0123456789");
const sha256 = (bytes: Uint8Array) => Uint8Array.from(createHash("sha256").update(bytes).digest());
const writer = { write: async () => {}, publish: () => assert.fail(), discard: async () => {} };

/** A partial file that holds `bytes`, its check under way, and what it announced. */
function checking(bytes: Uint8Array, whole = bytes.length) {
  const file = Buffer.from(bytes);
  const partial: PartialItem = {
    length: bytes.length,
    read: async (position, into) => file.copy(into, 0, position),
    repair: async (position, piece) => {
      file.set(piece, position);
    },
    writer,
  };
  const said: { index: number; length: number; digest: Uint8Array }[] = [];
  const check = new Recheck(
    "path",
    partial,
    bytes.length,
    whole,
    nodeHash,
    (index, length, digest) => said.push({ index, length, digest: Uint8Array.from(digest) }),
  );
  const controller = new AbortController();
  const digest = check.run(controller.signal);
  digest.catch(() => {});
  return { check, file, said, digest, stop: () => controller.abort(new Error("end")) };
}

const refused = { code: "E_PROTOCOL" };

describe("a recheck", () => {
  it("gives the file's digest once the sender has confirmed it", async () => {
    const { check, said, digest } = checking(content);
    await settle();
    assert.deepEqual(said, [{ index: 0, length: 10, digest: sha256(content) }]);
    check.verdict(0, 10, sha256(content));
    assert.deepEqual(Uint8Array.from(await digest), sha256(content));
  });

  it("takes a repair of the whole segment, and only in order and inside it", async () => {
    const { check, file, digest } = checking(Buffer.from("0123x56789"));
    await settle();
    for (const [offset, bytes] of [
      [1, "a"],
      [0, ""],
      [0, "01234567890"],
      [SEGMENT, "a"],
    ] as const)
      assert.throws(() => check.repair(offset, Buffer.from(bytes)), refused, `${offset} ${bytes}`);
    await check.repair(0, content.subarray(0, 6));
    assert.throws(() => check.repair(0, content), refused, "again from the start");
    await check.repair(6, content.subarray(6));
    assert.throws(() => check.repair(10, Buffer.from("a")), refused, "behind the segment");
    check.verdict(0, 10, sha256(content));
    assert.deepEqual(Uint8Array.from(await digest), sha256(content));
    assert.equal(file.toString(), content.toString());
  });

  it("takes no repair and no verdict that it did not ask for", async () => {
    const { check, stop, digest } = checking(content);
    assert.throws(() => check.repair(0, content), refused, "before anything was announced");
    assert.throws(() => check.verdict(0, 10, sha256(content)), refused);
    await settle();
    assert.throws(() => check.verdict(1, 10, sha256(content)), refused, "another segment");
    assert.throws(() => check.verdict(0, 9, sha256(content)), refused, "another length");
    stop();
    await assert.rejects(digest);
  });

  const wrong = Buffer.from("0123x56789");
  it("fails when the verdict differs and nothing, or not all, was repaired", async () => {
    for (const piece of ["", "0123456"]) {
      const { check, digest } = checking(wrong);
      await settle();
      if (piece !== "") await check.repair(0, Buffer.from(piece));
      check.verdict(0, 10, sha256(content));
      await assert.rejects(digest, { code: "E_INTEGRITY" }, piece);
    }
  });

  it("fails when the repaired bytes are not what the sender's digest says", async () => {
    const { check, digest } = checking(wrong);
    await settle();
    await check.repair(0, Buffer.from("abcdefghij"));
    check.verdict(0, 10, sha256(content));
    await assert.rejects(digest, { code: "E_INTEGRITY" });
  });

  it("fails when the file is shorter than it was", async () => {
    const partial: PartialItem = {
      length: 10,
      read: async () => 0,
      repair: async () => {},
      writer,
    };
    const check = new Recheck("path", partial, 10, 10, nodeHash, () => {});
    const digest = check.run(AbortSignal.timeout(2_000));
    await assert.rejects(digest, { code: "E_INTEGRITY" });
  });
});
