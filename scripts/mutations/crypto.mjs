import { mutationsOf } from "./mutation.mjs";

const RECORD = ["unit/core/session/record"];
const OWN = ["unit/core/vectors/ownVectors"];
const HANDSHAKE = ["unit/core/session/handshake"];

export const crypto = [
  ...mutationsOf(
    "src/core/crypto/bytes.ts",
    ["unit/core/crypto/bytes", "unit/core/session/handshake"],
    [
      ["if (a.length !== b.length) return false;"],
      ["return difference === 0;", "return true;"],
      ["for (const secret of secrets) secret.fill(0);"],
    ],
  ),
  ...mutationsOf("src/core/crypto/cpace.ts", OWN, [
    ["if (k === undefined) return undefined;", "if (k === undefined) return new Uint8Array(64);"],
    ["lv(initiator.share, initiator.associatedData)", "lv(initiator.share)"],
    ["lv(responder.share, responder.associatedData)", "lv(responder.share)"],
    ["lv(DSI_ISK, sid, k)", "lv(DSI_ISK, k)"],
    ["lv(DSI, prs, padding, ci, sid)", "lv(DSI, prs, padding, ci)"],
    ["hash[POINT - 1] = (hash[POINT - 1] ?? 0) & 0x7f;"],
  ]),
  ...mutationsOf("src/core/crypto/pureAead.ts", RECORD, [
    ["return false;", "return true;"],
    ["gcm(key, nonce, aad).decrypt", "gcm(key, nonce).decrypt"],
  ]),
  ...mutationsOf("src/node/aead.ts", RECORD, [["return false;", "return true;"]]),
  ...mutationsOf("src/core/crypto/schedule.ts", OWN, [
    ["lv(L, label, ...parts)", "lv(L, ...parts)"],
    ["lv(L, label, context)", "lv(L, context)"],
    ["ikm.set(kemSecret);"],
    ["ikm.set(isk, kemSecret.length);"],
    ['"confirm sender", th3', '"confirm receiver", th3'],
    ['derive(prk, "r->s"', 'derive(prk, "s->r"'],
    ["lv(utf8(L), Uint8Array.of(mode),", "lv(utf8(L),"],
    [
      'Uint8Array.of(mode), "sender", "receiver", locator',
      'Uint8Array.of(mode), "sender", "receiver"',
    ],
    ['derive(trafficSecret, "rekey", EMPTY, SECRET)', "trafficSecret.slice()"],
    ["value % 1_000_000n", "value % 10n"],
  ]),
  ...mutationsOf(
    "src/core/crypto/schedule.ts",
    ["unit/core/session/wiped"],
    [
      ["wipe(ikm, kemSecret, isk);"],
      ["wipe(prk);"],
      ["wipe(secrets.senderToReceiver, secrets.receiverToSender, secrets.psk);"],
    ],
  ),
  ...mutationsOf("src/core/session/handshake.ts", HANDSHAKE, [
    ['if (field.helloMode(hello) !== credentials.mode) return "wrong-mode";'],
    ['if (this.#used) return "used";'],
    ['if (isk === undefined) {\n      this.wipe();\n      return "bad-key";\n    }'],
    ["!equalConstantTime(tagR, field.m2Tag(m2))", "false"],
    ["!equalConstantTime(commitment(nC), open.commitment)", "false"],
    ["!equalConstantTime(tagOf.sender(open.prk, th3), field.m3Tag(m3))", "false"],
    ['if (encapsulated === undefined) return "bad-key";'],
    [
      'if (isk === undefined) {\n      wipe(encapsulated.sharedSecret);\n      return "bad-key";\n    }',
    ],
  ]),
  ...mutationsOf(
    "src/core/session/handshake.ts",
    ["unit/core/session/wiped"],
    [
      ["wipe(this.#scalar, this.#kemSecretKey, this.#nC);"],
      ["if (this.#open !== undefined) wipe(this.#open.prk, this.#open.tagR);"],
      ["wipe(seed);"],
      ["wipe(scalar, point);"],
    ],
  ),
  ...mutationsOf(
    "src/core/session/handshake.ts",
    ["unit/core/session/digitSearch"],
    [["if (!equalConstantTime(commitment(nC), open.commitment)) {", "if (nC.length === 0) {"]],
  ),
];
