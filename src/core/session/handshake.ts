/**
 * The handshake's two sides as functions from frame to frame (docs/PROTOCOL.md,
 * "Handshake"): HELLO, M1, M2, M3. They know no socket and no clock; each instance holds
 * fresh values, is used once and is wiped by whoever made it.
 */
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { concat, equalConstantTime, utf8, wipe } from "../crypto/bytes";
import { generator, sessionKey, share } from "../crypto/cpace";
import {
  channelIdentifier,
  commitment,
  pseudoRandomKey,
  type SessionSecrets,
  sessionSecrets,
  tagOf,
  transcriptHash,
} from "../crypto/schedule";
import type { Random } from "../ports";
import { FrameType, VERSION } from "../wire/frames";

/** Where and with what the two meet. Mode 0: a code; mode 1: a resume secret. */
export interface Credentials {
  readonly mode: 0 | 1;
  /** The room's 5 ASCII bytes (mode 0) or the 16 raw bytes of rid (mode 1). */
  readonly locator: Uint8Array;
  /** Six secret symbols in ASCII, or the 64 bytes of the psk. */
  readonly prs: Uint8Array;
}

export function codeCredentials(room: string, secret: string): Credentials {
  return { mode: 0, locator: utf8(room), prs: utf8(secret) };
}

/** Why an attempt ended; only `wrong-tag` is a counted guess. */
export type HandshakeFailure = "wrong-mode" | "bad-key" | "wrong-tag" | "bad-commitment" | "used";

const KEM = { ek: 1184, ct: 1088, seed: 64, message: 32 } as const;

const field = {
  helloMode: (f: Uint8Array) => f[2],
  helloNonce: (f: Uint8Array) => f.subarray(3, 35),
  m1Nonce: (f: Uint8Array) => f.subarray(2, 34),
  m1Share: (f: Uint8Array) => f.subarray(34, 66),
  m1Key: (f: Uint8Array) => f.subarray(66, 66 + KEM.ek),
  m1Commitment: (f: Uint8Array) => f.subarray(66 + KEM.ek),
  m2Share: (f: Uint8Array) => f.subarray(2, 34),
  m2Ciphertext: (f: Uint8Array) => f.subarray(34, 34 + KEM.ct),
  m2WithoutTag: (f: Uint8Array) => f.subarray(0, 34 + KEM.ct),
  m2Tag: (f: Uint8Array) => f.subarray(34 + KEM.ct),
  m3Nonce: (f: Uint8Array) => f.subarray(2, 34),
  m3Tag: (f: Uint8Array) => f.subarray(34),
};

const header = (type: number): Uint8Array => Uint8Array.of(type, VERSION);

/** CPace's parties from the two frames. */
const initiatorOf = (m1: Uint8Array) => ({
  share: field.m1Share(m1),
  associatedData: concat(field.m1Key(m1), field.m1Commitment(m1)),
});
const responderOf = (m2: Uint8Array) => ({
  share: field.m2Share(m2),
  associatedData: field.m2Ciphertext(m2),
});

/** S after its M1: waits for M2. */
export class SenderHandshake {
  readonly m1: Uint8Array;
  readonly #scalar: Uint8Array;
  readonly #kemSecretKey: Uint8Array;
  readonly #nC: Uint8Array;
  #used = false;

  private constructor(
    private readonly hello: Uint8Array,
    credentials: Credentials,
    random: Random,
  ) {
    const nS = random.bytes(32);
    this.#scalar = random.bytes(32);
    this.#nC = random.bytes(32);
    const seed = random.bytes(KEM.seed);
    const kem = ml_kem768.keygen(seed);
    wipe(seed);
    this.#kemSecretKey = kem.secretKey;
    const sid = concat(field.helloNonce(hello), nS);
    const ci = channelIdentifier(credentials.mode, credentials.locator);
    const point = generator(credentials.prs, ci, sid);
    const ya = share(this.#scalar, point);
    wipe(point);
    this.m1 = concat(header(FrameType.m1), nS, ya, kem.publicKey, commitment(this.#nC));
  }

  /** Answers a HELLO (of right type and length) with M1. */
  static start(
    hello: Uint8Array,
    credentials: Credentials,
    random: Random,
  ): SenderHandshake | HandshakeFailure {
    if (field.helloMode(hello) !== credentials.mode) return "wrong-mode";
    return new SenderHandshake(hello.slice(), credentials, random);
  }

  /** Judges M2; on success M3 and the session's secrets. Wipes itself either way. */
  finish(m2: Uint8Array): { m3: Uint8Array; secrets: SessionSecrets } | HandshakeFailure {
    if (this.#used) return "used";
    this.#used = true;
    const sid = concat(field.helloNonce(this.hello), field.m1Nonce(this.m1));
    const isk = sessionKey(
      sid,
      this.#scalar,
      field.m2Share(m2),
      initiatorOf(this.m1),
      responderOf(m2),
    );
    if (isk === undefined) {
      this.wipe();
      return "bad-key";
    }
    const kemSecret = ml_kem768.decapsulate(field.m2Ciphertext(m2), this.#kemSecretKey);
    const th2 = transcriptHash("th2", this.hello, this.m1, field.m2WithoutTag(m2));
    const prk = pseudoRandomKey(th2, kemSecret, isk);
    const tagR = tagOf.receiver(prk, th2);
    if (!equalConstantTime(tagR, field.m2Tag(m2))) {
      wipe(prk, tagR);
      this.wipe();
      return "wrong-tag";
    }
    const nC = this.#nC.slice();
    const th3 = transcriptHash("th3", th2, tagR, nC);
    const m3 = concat(header(FrameType.m3), nC, tagOf.sender(prk, th3));
    const secrets = sessionSecrets(prk, th3);
    this.wipe();
    return { m3, secrets };
  }

  wipe(): void {
    this.#used = true;
    wipe(this.#scalar, this.#kemSecretKey, this.#nC);
  }
}

/** R after its HELLO: waits for M1, then for M3. */
export class ReceiverHandshake {
  readonly hello: Uint8Array;
  #open: { prk: Uint8Array; th2: Uint8Array; tagR: Uint8Array; commitment: Uint8Array } | undefined;

  constructor(
    private readonly credentials: Credentials,
    private readonly random: Random,
  ) {
    const nR = random.bytes(32);
    this.hello = concat(header(FrameType.hello), Uint8Array.of(credentials.mode), nR);
  }

  /** Answers M1 with M2. */
  answer(m1: Uint8Array): Uint8Array | HandshakeFailure {
    const sid = concat(field.helloNonce(this.hello), field.m1Nonce(m1));
    const ci = channelIdentifier(this.credentials.mode, this.credentials.locator);
    const encapsulated = this.#encapsulate(field.m1Key(m1));
    if (encapsulated === undefined) return "bad-key";
    const scalar = this.random.bytes(32);
    const point = generator(this.credentials.prs, ci, sid);
    const yb = share(scalar, point);
    const withoutTag = concat(header(FrameType.m2), yb, encapsulated.cipherText);
    const isk = sessionKey(
      sid,
      scalar,
      field.m1Share(m1),
      initiatorOf(m1),
      responderOf(withoutTag),
    );
    wipe(scalar, point);
    if (isk === undefined) {
      wipe(encapsulated.sharedSecret);
      return "bad-key";
    }
    const th2 = transcriptHash("th2", this.hello, m1, withoutTag);
    const prk = pseudoRandomKey(th2, encapsulated.sharedSecret, isk);
    const tagR = tagOf.receiver(prk, th2);
    this.wipe();
    this.#open = { prk, th2, tagR, commitment: field.m1Commitment(m1).slice() };
    return concat(withoutTag, tagR);
  }

  /** FIPS 203's checks on the encapsulation key are noble's; a refused key is `undefined`. */
  #encapsulate(key: Uint8Array): { cipherText: Uint8Array; sharedSecret: Uint8Array } | undefined {
    const message = this.random.bytes(KEM.message);
    try {
      return ml_kem768.encapsulate(key.slice(), message);
    } catch {
      return undefined;
    } finally {
      wipe(message);
    }
  }

  /** Judges M3. Wipes itself either way. */
  finish(m3: Uint8Array): SessionSecrets | HandshakeFailure {
    const open = this.#open;
    if (open === undefined) return "used";
    const nC = field.m3Nonce(m3);
    if (!equalConstantTime(commitment(nC), open.commitment)) {
      this.wipe();
      return "bad-commitment";
    }
    const th3 = transcriptHash("th3", open.th2, open.tagR, nC);
    if (!equalConstantTime(tagOf.sender(open.prk, th3), field.m3Tag(m3))) {
      this.wipe();
      return "wrong-tag";
    }
    const secrets = sessionSecrets(open.prk, th3);
    this.wipe();
    return secrets;
  }

  wipe(): void {
    if (this.#open !== undefined) wipe(this.#open.prk, this.#open.tagR);
    this.#open = undefined;
  }
}
