/**
 * The specification once more, from docs/PROTOCOL.md and node:crypto alone, held to the own
 * vectors: they are right, and not only what the code happens to do.
 */
import assert from "node:assert/strict";
import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
} from "node:crypto";
import { bytesOf, hexOf, smallVectors } from "../../../support/vectors";

type Hexes = Readonly<Record<string, string>>;
interface Agreement {
  name: string;
  mode: number;
  locator: string;
  random: Hexes;
  frames: Hexes;
  agreement: Hexes;
  schedule: Hexes;
  secrets: Hexes;
  rendezvous: { rid: string; claims: { sender: string; receiver: string } };
}
interface Records {
  rekeyAfter: number;
  epochs: { secret: string; key: string; prefix: string }[];
  records: { plaintext: string; frame: string }[];
}

const L = "secureshare/1";

function lv(...parts: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part);
      const length = [];
      for (let n = bytes.length; ; n >>= 7) {
        length.push(n > 127 ? (n & 127) | 128 : n);
        if (n <= 127) return [Buffer.from(length), bytes];
      }
    }),
  );
}
const sha512 = (bytes: Uint8Array) => createHash("sha512").update(bytes).digest();
const hmac = (key: Uint8Array, bytes: Uint8Array) =>
  createHmac("sha512", key).update(bytes).digest();
const H = (label: string, ...parts: Uint8Array[]) => sha512(lv(L, label, ...parts));

/** HKDF-Expand (RFC 5869, section 2.3). */
function derive(key: Uint8Array, label: string, context: Uint8Array, n: number): Buffer {
  let [block, out] = [Buffer.alloc(0), Buffer.alloc(0)];
  for (let i = 1; out.length < n; i++) {
    block = hmac(key, Buffer.concat([block, lv(L, label, context), Buffer.of(i)]));
    out = Buffer.concat([out, block]);
  }
  return out.subarray(0, n);
}

function x25519(scalar: Uint8Array, point: Uint8Array): Buffer {
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b656e04220420", "hex"), scalar]);
  const spki = Buffer.concat([Buffer.from("302a300506032b656e032100", "hex"), point]);
  return diffieHellman({
    privateKey: createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }),
    publicKey: createPublicKey({ key: spki, format: "der", type: "spki" }),
  });
}

const EMPTY = new Uint8Array(0);

describe("a second implementation agrees with the own vectors", () => {
  const { agreements } = smallVectors<{ agreements: Agreement[] }>("handshake.json");
  for (const vector of agreements) {
    const get = (values: Hexes, name: string) => bytesOf(values[name] ?? "");
    const { random, frames, agreement, schedule, secrets } = vector;
    const [hello, m1, m2, m3] = ["HELLO", "M1", "M2", "M3"].map((name) => get(frames, name));

    it(`on the frames and the key of a handshake by ${vector.name}`, () => {
      assert.ok(hello && m1 && m2 && m3);
      assert.deepEqual(hello, Uint8Array.of(1, 1, vector.mode, ...get(random, "nR")));
      assert.deepEqual(m1.subarray(2, 34), get(random, "nS"));
      assert.deepEqual(
        m1.subarray(1250),
        new Uint8Array(H("commit", get(random, "nC")).subarray(0, 32)),
      );
      assert.deepEqual(m3.subarray(2, 34), get(random, "nC"));
      const ci = lv(L, Uint8Array.of(vector.mode), "sender", "receiver", bytesOf(vector.locator));
      assert.equal(hexOf(ci), agreement["CI"]);
      const sid = Buffer.concat([get(random, "nR"), get(random, "nS")]);
      assert.equal(hexOf(sid), agreement["sid"]);
      const g = get(agreement, "generator");
      assert.equal(hexOf(x25519(get(random, "ya"), g)), hexOf(m1.subarray(34, 66)));
      assert.equal(hexOf(x25519(get(random, "yb"), g)), hexOf(m2.subarray(2, 34)));
      const k = x25519(get(random, "yb"), m1.subarray(34, 66));
      const transcript = lv(
        m1.subarray(34, 66),
        m1.subarray(66),
        m2.subarray(2, 34),
        m2.subarray(34, 1122),
      );
      const isk = sha512(Buffer.concat([lv("CPace255_ISK", sid, k), transcript]));
      assert.equal(hexOf(isk), agreement["ISK"]);
    });

    it(`on the key schedule of a handshake by ${vector.name}`, () => {
      assert.ok(hello && m1 && m2 && m3);
      const th2 = H("th2", hello, m1, m2.subarray(0, 1122));
      const prk = hmac(th2, Buffer.concat([get(agreement, "kemSecret"), get(agreement, "ISK")]));
      const tagR = derive(prk, "confirm receiver", th2, 32);
      const th3 = H("th3", th2, tagR, get(random, "nC"));
      const tagS = derive(prk, "confirm sender", th3, 32);
      const made = { th2, PRK: prk, tagR, th3, tagS };
      for (const [name, bytes] of Object.entries(made)) assert.equal(hexOf(bytes), schedule[name]);
      assert.equal(hexOf(m2.subarray(1122)), hexOf(tagR));
      assert.equal(hexOf(m3.subarray(34)), hexOf(tagS));
      const psk = derive(prk, "resume", th3, 64);
      const number = derive(prk, "sas", th3, 8).readBigUInt64BE() % 1_000_000n;
      assert.deepEqual(secrets, {
        senderToReceiver: hexOf(derive(prk, "s->r", th3, 64)),
        receiverToSender: hexOf(derive(prk, "r->s", th3, 64)),
        digits: String(number).padStart(6, "0"),
        psk: hexOf(psk),
      });
      assert.deepEqual(vector.rendezvous, {
        rid: hexOf(derive(psk, "rendezvous", EMPTY, 16)),
        claims: {
          sender: derive(psk, "claim sender", EMPTY, 16).toString("base64url"),
          receiver: derive(psk, "claim receiver", EMPTY, 16).toString("base64url"),
        },
      });
    });
  }

  it("on records and their rekeying", () => {
    const { records, epochs, rekeyAfter } = smallVectors<Records>("records.json");
    let secret = bytesOf(epochs[0]?.secret ?? "");
    for (const [seq, { plaintext, frame }] of records.entries()) {
      if (seq > 0 && seq % rekeyAfter === 0)
        secret = Uint8Array.from(derive(secret, "rekey", EMPTY, 64));
      const both = derive(secret, "key", EMPTY, 36);
      const head = Buffer.alloc(10);
      head.set([0x10, 1]);
      head.writeBigUInt64BE(BigInt(seq), 2);
      const nonce = Buffer.concat([both.subarray(32), head.subarray(2)]);
      const cipher = createCipheriv("aes-256-gcm", both.subarray(0, 32), nonce, {
        authTagLength: 16,
      });
      cipher.setAAD(head);
      const sealed = [head, cipher.update(bytesOf(plaintext)), cipher.final(), cipher.getAuthTag()];
      assert.equal(hexOf(Buffer.concat(sealed)), frame);
    }
    assert.equal(hexOf(secret), epochs[1]?.secret);
  });
});
