/** Byte strings: joining, comparing, wiping, and the encodings of the key schedule. */
const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** LEB128, as in CPace's `prepend_len` (draft-irtf-cfrg-cpace-21, section 5.1). */
function leb128(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  do {
    const more = rest > 127;
    out.push((rest & 127) | (more ? 128 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Uint8Array.from(out);
}

export function prependLength(part: Uint8Array): Uint8Array {
  return concat(leb128(part.length), part);
}

/** CPace's `lv_cat`: each part behind its LEB128 length. Strings are UTF-8. */
export function lv(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return concat(...parts.map((p) => prependLength(typeof p === "string" ? utf8(p) : p)));
}

/** Compares in time that depends on the lengths only. */
export function equalConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Zeros secrets after use, as far as the runtime allows: copies it made stay out of reach. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hex(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += HEX[byte] ?? "";
  return out;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** base64url without padding (RFC 4648, section 5). */
export function base64url(bytes: Uint8Array): string {
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const triple = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const symbols = Math.min(4, bytes.length - i + 1);
    for (let s = 0; s < symbols; s++) out += ALPHABET.charAt((triple >> (18 - 6 * s)) & 63);
  }
  return out;
}
