/**
 * CPace, suite CPACE-X25519-SHA512, initiator-responder (draft-irtf-cfrg-cpace-21).
 * X25519 and SHA-512 come from noble; here stand the generator with Elligator2 and the
 * intermediate session key, held to the draft's vectors.
 */
import { Field } from "@noble/curves/abstract/modular.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, lv, prependLength, utf8, wipe } from "./bytes";

const DSI = utf8("CPace255");
const DSI_ISK = utf8("CPace255_ISK");
/** SHA-512's input block: padding moves the password into a block of its own. */
const HASH_BLOCK = 128;
/** Scalars and u-coordinates, little-endian. */
const POINT = 32;

const Fp = Field(2n ** 255n - 19n);
const A = 486662n;
const NON_SQUARE = 2n;

function fromLittleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function toLittleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: POINT }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

function isSquare(value: bigint): boolean {
  return Fp.is0(value) || Fp.eql(Fp.pow(value, (Fp.ORDER - 1n) / 2n), Fp.ONE);
}

/** Elligator2 for Curve25519, u-coordinate only (RFC 9380, section 6.7.1). */
function mapToCurve(r: bigint): bigint {
  // Never zero: -1/2 is no square.
  const denominator = Fp.add(Fp.ONE, Fp.mul(NON_SQUARE, Fp.sqr(r)));
  const v = Fp.div(Fp.neg(A), denominator);
  const curve = Fp.mul(v, Fp.add(Fp.add(Fp.sqr(v), Fp.mul(A, v)), Fp.ONE));
  return isSquare(curve) ? v : Fp.sub(Fp.neg(v), A);
}

/** `calculate_generator`: hides the password in a point that nobody knows a logarithm of. */
export function generator(prs: Uint8Array, ci: Uint8Array, sid: Uint8Array): Uint8Array {
  const taken = prependLength(prs).length + prependLength(DSI).length;
  const padding = new Uint8Array(Math.max(0, HASH_BLOCK - 1 - taken));
  const input = lv(DSI, prs, padding, ci, sid);
  const hash = sha512(input).subarray(0, POINT);
  hash[POINT - 1] = (hash[POINT - 1] ?? 0) & 0x7f;
  const point = toLittleEndian(mapToCurve(Fp.create(fromLittleEndian(hash))));
  wipe(input, hash);
  return point;
}

/** One side's public share for its secret scalar. */
export function share(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  return x25519.scalarMult(scalar, point);
}

/** What both sides put beside their shares, bound by the key. */
export interface Party {
  readonly share: Uint8Array;
  readonly associatedData: Uint8Array;
}

/**
 * The intermediate session key, 64 bytes; `undefined` when the other share is of low order
 * (the draft's `G.I`), which must end the handshake.
 */
export function sessionKey(
  sid: Uint8Array,
  scalar: Uint8Array,
  theirShare: Uint8Array,
  initiator: Party,
  responder: Party,
): Uint8Array | undefined {
  const k = multiply(scalar, theirShare);
  if (k === undefined) return undefined;
  const transcript = concat(
    lv(initiator.share, initiator.associatedData),
    lv(responder.share, responder.associatedData),
  );
  const input = concat(lv(DSI_ISK, sid, k), transcript);
  const isk = sha512(input);
  wipe(k, input);
  return isk;
}

/** `scalar_mult_vfy`: noble throws where the draft returns the neutral element. */
function multiply(scalar: Uint8Array, point: Uint8Array): Uint8Array | undefined {
  try {
    return x25519.scalarMult(scalar, point);
  } catch {
    return undefined;
  }
}
