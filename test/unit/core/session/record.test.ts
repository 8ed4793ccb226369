import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { pureAead } from "../../../../src/core/crypto/pureAead";
import type { Aead } from "../../../../src/core/ports";
import { RecordOpener, RecordSealer } from "../../../../src/core/session/record";
import { RECORD_PLAINTEXT } from "../../../../src/core/wire/limits";
import { createAead } from "../../../../src/node/aead";

const secret = () => Uint8Array.from(randomBytes(64));
const out = () => new Uint8Array(RECORD_PLAINTEXT);

function pair(rekeyAfter?: number, aead: Aead = createAead(), opening: Aead = aead) {
  const shared = secret();
  const sealer = new RecordSealer(aead, shared.slice(), rekeyAfter);
  const opener = new RecordOpener(opening, shared.slice(), rekeyAfter);
  const seal = async (text: string) => {
    const frame = new Uint8Array(Buffer.byteLength(text) + 26);
    await sealer.seal(Buffer.from(text), frame);
    return frame;
  };
  const open = async (frame: Uint8Array) => {
    const plaintext = await opener.open(frame, out());
    return plaintext && Buffer.from(plaintext).toString();
  };
  return { seal, open, sealer, opener };
}

describe("record layer", () => {
  it("opens what was sealed, in order, over rekeyings, with either implementation", async () => {
    const { seal, open } = pair(3, createAead(), pureAead);
    for (let i = 0; i < 10; i++) assert.equal(await open(await seal(`record ${i}`)), `record ${i}`);
  });

  it("seals under another key after a rekeying", async () => {
    const shared = secret();
    const sealer = new RecordSealer(createAead(), shared.slice(), 1);
    const opener = new RecordOpener(createAead(), shared.slice(), 1000);
    const frames = [new Uint8Array(30), new Uint8Array(30)];
    for (const frame of frames) await sealer.seal(Buffer.from("abcd"), frame);
    assert.ok(await opener.open(frames[0] ?? out(), out()));
    assert.equal(await opener.open(frames[1] ?? out(), out()), undefined);
  });

  it("refuses a replay, a gap and another order, and then everything", async () => {
    for (const order of [[0, 0], [1], [0, 2], [1, 0]]) {
      const { seal, open } = pair();
      const frames = [await seal("a"), await seal("b"), await seal("c")];
      const opened: (string | undefined)[] = [];
      for (const i of order) opened.push(await open(frames[i] ?? out()));
      assert.equal(opened.at(-1), undefined, String(order));
      for (const frame of frames) assert.equal(await open(frame), undefined);
    }
  });

  for (const [name, aead] of [
    ["node:crypto", createAead()],
    ["JavaScript", pureAead],
  ] as const)
    it(`refuses every flipped bit, every cut and every extension (${name})`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(8 * 31 - 1), async (bit) => {
          const { seal, open } = pair(undefined, aead);
          const frame = await seal("hello");
          frame[bit >> 3] = (frame[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          // Type and version are judged by whoever sorts frames; they are bound here too.
          assert.equal(await open(frame), undefined);
        }),
      );
      for (const cut of [0, 10, 25, 30]) {
        const { seal, open } = pair(undefined, aead);
        assert.equal(await open((await seal("hello")).subarray(0, cut)), undefined);
      }
      const { seal, open } = pair(undefined, aead);
      assert.equal(await open(Buffer.concat([await seal("hello"), Buffer.of(0)])), undefined);
    });

  it("refuses another number before the cipher is asked", async () => {
    const { seal } = pair();
    const [first, second] = [await seal("a"), await seal("b")];
    let asked = 0;
    const counting: Aead = {
      key: (raw) => ({
        ...createAead().key(raw),
        open: () => {
          asked++;
          return true;
        },
      }),
    };
    const opener = new RecordOpener(counting, secret());
    assert.equal(await opener.open(second, out()), undefined);
    assert.equal(await opener.open(first, out()), undefined, "nothing is opened any more");
    assert.equal(asked, 0);
  });

  it("refuses a record of the other direction", async () => {
    const a = pair();
    const b = pair();
    assert.equal(await b.open(await a.seal("hello")), undefined);
  });

  it("opens nothing and keeps no key after wipe", async () => {
    const raws: Uint8Array[] = [];
    const keys: Uint8Array[] = [];
    const aead: Aead = {
      key: (raw) => {
        raws.push(raw);
        const kept = raw.slice();
        keys.push(kept);
        return { seal: () => {}, open: () => true, wipe: () => kept.fill(0) };
      },
    };
    const shared = secret();
    const sealer = new RecordSealer(aead, shared, 2);
    for (let i = 0; i < 5; i++) await sealer.seal(new Uint8Array(1), new Uint8Array(27));
    sealer.wipe();
    assert.equal(keys.length, 3);
    for (const buffer of [...raws, ...keys, shared]) assert.ok(buffer.every((b) => b === 0));
  });
});
