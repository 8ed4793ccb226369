import assert from "node:assert/strict";
import { x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { generator, sessionKey, share } from "../../../../src/core/crypto/cpace";
import { pureAead } from "../../../../src/core/crypto/pureAead";
import type { Aead } from "../../../../src/core/ports";
import { createAead } from "../../../../src/node/aead";
import { bytesOf, hexOf, smallVectors, wycheproof } from "../../../support/vectors";

interface CpaceVectors {
  G_25519: Record<string, string>;
  X25519_points: Record<string, string>;
}

describe("CPace, X25519 and SHA-512", () => {
  const vectors = smallVectors<CpaceVectors>("cpace-x25519.json");
  const v = (name: string) => bytesOf(vectors.G_25519[name] ?? "");

  it("has the draft's generator, shares and session key", () => {
    const g = generator(v("PRS"), v("CI"), v("sid"));
    assert.deepEqual(g, v("g"));
    assert.deepEqual(share(v("ya"), g), v("Ya"));
    assert.deepEqual(share(v("yb"), g), v("Yb"));
    const a = { share: v("Ya"), associatedData: v("ADa") };
    const b = { share: v("Yb"), associatedData: v("ADb") };
    assert.deepEqual(sessionKey(v("sid"), v("ya"), v("Yb"), a, b), v("ISK_IR"));
    assert.deepEqual(sessionKey(v("sid"), v("yb"), v("Ya"), a, b), v("ISK_IR"));
  });

  it("binds associated data and their order", () => {
    const a = { share: v("Ya"), associatedData: v("ADa") };
    const b = { share: v("Yb"), associatedData: v("ADb") };
    const other = { share: v("Yb"), associatedData: v("ADa") };
    assert.notDeepEqual(sessionKey(v("sid"), v("ya"), v("Yb"), a, other), v("ISK_IR"));
    assert.notDeepEqual(sessionKey(v("sid"), v("ya"), v("Yb"), b, a), v("ISK_IR"));
  });

  const party = { share: new Uint8Array(32), associatedData: new Uint8Array(0) };
  const key = (point: Uint8Array) => sessionKey(v("sid"), v("ya"), point, party, party);
  for (const [name, hex] of Object.entries(vectors.X25519_points)) {
    if (!name.startsWith("Invalid")) continue;
    const point = bytesOf(hex);
    const high = (point[31] ?? 0) & 0x80;
    if (high === 0) {
      it(`refuses the draft's low-order ${name}`, () => assert.equal(key(point), undefined));
      continue;
    }
    // Decoding clears bit 255 (RFC 7748, section 5); what is left is not of low order.
    it(`takes the draft's ${name} as the point without its bit 255`, () => {
      const cleared = point.slice();
      cleared[31] = (cleared[31] ?? 0) & 0x7f;
      assert.ok(key(point) !== undefined);
      assert.deepEqual(key(point), key(cleared));
    });
  }
});

interface Rfcs {
  rfc7748: { mult: { scalar: string; u: string; out: string }[] };
  rfc5869_sha256: { ikm: string; salt: string; info: string; L: number; okm: string }[];
}

describe("RFC 7748 and RFC 5869", () => {
  const vectors = smallVectors<Rfcs>("rfc7748-rfc5869.json");

  it("multiplies as RFC 7748 says", () => {
    for (const { scalar, u, out } of vectors.rfc7748.mult)
      assert.equal(hexOf(share(bytesOf(scalar), bytesOf(u))), out);
  });

  it("expands as RFC 5869 says", () => {
    for (const { ikm, salt, info, L, okm } of vectors.rfc5869_sha256) {
      const prk = extract(sha256, bytesOf(ikm), bytesOf(salt));
      assert.equal(hexOf(expand(sha256, prk, bytesOf(info), L)), okm);
    }
  });
});

interface X25519Group {
  tests: { tcId: number; public: string; private: string; shared: string; result: string }[];
}
interface GcmGroup {
  ivSize: number;
  keySize: number;
  tests: {
    tcId: number;
    key: string;
    iv: string;
    aad: string;
    msg: string;
    ct: string;
    tag: string;
    result: string;
  }[];
}
interface KemGroup {
  tests: { tcId: number; seed?: string; ek?: string; c?: string; K?: string; result: string }[];
}

/** Runs `check` over a Wycheproof file, or skips with the reason. */
function suite<Group>(file: string, check: (groups: Group[]) => void | Promise<void>): void {
  it(`agrees with Wycheproof's ${file}`, async function () {
    const groups = wycheproof<Group>(file);
    if (typeof groups !== "string") return check(groups);
    console.log(`      skipped: ${groups}`);
    this.skip();
  });
}

describe("Wycheproof", () => {
  suite<X25519Group>("x25519_test.json", (groups) => {
    for (const { tests } of groups)
      for (const t of tests) {
        const multiply = () => hexOf(x25519.scalarMult(bytesOf(t.private), bytesOf(t.public)));
        if (/^0+$/.test(t.shared)) assert.throws(multiply, `case ${t.tcId}`);
        else assert.equal(multiply(), t.shared, `case ${t.tcId}`);
      }
  });

  const aeads: [string, Aead][] = [
    ["node:crypto", createAead()],
    ["JavaScript", pureAead],
    ["JavaScript where node:crypto lacks it", createAead(["aes-128-cbc"])],
  ];
  for (const [name, aead] of aeads) {
    describe(`AES-256-GCM by ${name}`, () => {
      suite<GcmGroup>("aes_gcm_test.json", async (groups) => {
        const ours = groups.filter((g) => g.keySize === 256 && g.ivSize === 96);
        assert.ok(ours.length > 0);
        for (const t of ours.flatMap((g) => g.tests)) {
          const key = aead.key(bytesOf(t.key));
          const [nonce, aad] = [bytesOf(t.iv), bytesOf(t.aad)];
          const out = new Uint8Array(t.msg.length / 2);
          const opened = await key.open(nonce, aad, bytesOf(t.ct + t.tag), out);
          assert.equal(opened, t.result === "valid", `case ${t.tcId}`);
          if (!opened) continue;
          assert.equal(hexOf(out), t.msg);
          const sealed = new Uint8Array(out.length + 16);
          await key.seal(nonce, aad, out, sealed);
          assert.equal(hexOf(sealed), t.ct + t.tag, `case ${t.tcId}`);
        }
      });
    });
  }

  it("node:crypto is used where it has the cipher; JavaScript is loaded where it has not", async () => {
    const sealed = [createAead(), createAead(["aes-128-cbc"])].map((aead) => {
      const out = new Uint8Array(21);
      const key = aead.key(new Uint8Array(32).fill(7));
      const done = key.seal(new Uint8Array(12), new Uint8Array(10), new Uint8Array(5), out);
      // What waits is still sealed with the key, not with what wiping leaves of it.
      key.wipe();
      return { out, done };
    });
    assert.equal(sealed[0]?.done, undefined);
    assert.ok(sealed[1]?.done instanceof Promise);
    await sealed[1].done;
    assert.deepEqual(sealed[1].out, sealed[0]?.out);
  });

  suite<KemGroup>("mlkem_768_test.json", (groups) => {
    let checked = 0;
    for (const t of groups.flatMap((g) => g.tests)) {
      if (t.seed === undefined || t.c === undefined) continue;
      const run = () => {
        const { publicKey, secretKey } = ml_kem768.keygen(bytesOf(t.seed ?? ""));
        if (t.ek !== undefined) assert.equal(hexOf(publicKey), t.ek);
        return hexOf(ml_kem768.decapsulate(bytesOf(t.c ?? ""), secretKey));
      };
      if (t.result === "valid") assert.equal(run(), t.K, `case ${t.tcId}`);
      else assert.throws(run, `case ${t.tcId}`);
      checked++;
    }
    assert.ok(checked > 50);
  });
});
