/** The key schedule (docs/PROTOCOL.md, "Handshake"): every label in one place. */
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { lv, utf8, wipe } from "./bytes";

/** `L` of the specification. */
const L = "secureshare/1";

export function transcriptHash(label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha512(lv(L, label, ...parts));
}

/** HKDF-Expand-SHA-512 (RFC 5869) with label and context; `n` bytes. */
function derive(key: Uint8Array, label: string, context: Uint8Array, n: number): Uint8Array {
  return expand(sha512, key, lv(L, label, context), n);
}

/**
 * Secrets from which more is derived have SHA-512's length: HKDF-Expand wants a key of at
 * least HashLen octets (RFC 5869, section 2.3).
 */
const SECRET = 64;

const EMPTY = new Uint8Array(0);

/** The commitment to nC that M1 carries: 32 bytes. */
export function commitment(nC: Uint8Array): Uint8Array {
  return transcriptHash("commit", nC).subarray(0, 32);
}

/** PRK from both key agreements; wipes its inputs. */
export function pseudoRandomKey(
  th2: Uint8Array,
  kemSecret: Uint8Array,
  isk: Uint8Array,
): Uint8Array {
  const ikm = new Uint8Array(kemSecret.length + isk.length);
  ikm.set(kemSecret);
  ikm.set(isk, kemSecret.length);
  const prk = extract(sha512, ikm, th2);
  wipe(ikm, kemSecret, isk);
  return prk;
}

export const tagOf = {
  receiver: (prk: Uint8Array, th2: Uint8Array) => derive(prk, "confirm receiver", th2, 32),
  sender: (prk: Uint8Array, th3: Uint8Array) => derive(prk, "confirm sender", th3, 32),
};

/** What a finished handshake leaves. Whoever holds it wipes it. */
export interface SessionSecrets {
  /** Traffic secrets by direction, 64 bytes each. */
  readonly senderToReceiver: Uint8Array;
  readonly receiverToSender: Uint8Array;
  /** 64 bytes: the PRS of a later resume handshake. */
  readonly psk: Uint8Array;
  /** Six digits. */
  readonly digits: string;
}

/** Secrets after th3; wipes the PRK. */
export function sessionSecrets(prk: Uint8Array, th3: Uint8Array): SessionSecrets {
  const secrets: SessionSecrets = {
    senderToReceiver: derive(prk, "s->r", th3, SECRET),
    receiverToSender: derive(prk, "r->s", th3, SECRET),
    psk: derive(prk, "resume", th3, SECRET),
    digits: verificationCode(derive(prk, "sas", th3, 8)),
  };
  wipe(prk);
  return secrets;
}

export function wipeSecrets(secrets: SessionSecrets): void {
  wipe(secrets.senderToReceiver, secrets.receiverToSender, secrets.psk);
}

/** Eight bytes as a big-endian integer modulo 10^6: bias under 10^-13. */
function verificationCode(bytes: Uint8Array): string {
  const value = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
  wipe(bytes);
  return (value % 1_000_000n).toString().padStart(6, "0");
}

/** Key (32 bytes) and nonce prefix (4 bytes) of one direction and epoch. */
export function recordKey(trafficSecret: Uint8Array): { key: Uint8Array; prefix: Uint8Array } {
  const both = derive(trafficSecret, "key", EMPTY, 36);
  return { key: both.subarray(0, 32), prefix: both.subarray(32) };
}

/** The next epoch's traffic secret; wipes the old one. */
export function rekeyed(trafficSecret: Uint8Array): Uint8Array {
  const next = derive(trafficSecret, "rekey", EMPTY, SECRET);
  wipe(trafficSecret);
  return next;
}

/** What a resume secret says to a relay: the room, and each side's claim (16 bytes each). */
export function rendezvous(psk: Uint8Array): {
  rid: Uint8Array;
  senderClaim: Uint8Array;
  receiverClaim: Uint8Array;
} {
  return {
    rid: derive(psk, "rendezvous", EMPTY, 16),
    senderClaim: derive(psk, "claim sender", EMPTY, 16),
    receiverClaim: derive(psk, "claim receiver", EMPTY, 16),
  };
}

/** lv(L, mode, "sender", "receiver", locator): CPace's channel identifier. */
export function channelIdentifier(mode: 0 | 1, locator: Uint8Array): Uint8Array {
  return lv(utf8(L), Uint8Array.of(mode), "sender", "receiver", locator);
}
