/**
 * Session codes (docs/PROTOCOL.md, "Session code"): twelve symbols of a 32-letter
 * alphabet. Symbols 1 to 5 name the room, 6 to 11 are the secret, 12 is a check symbol
 * over GF(32) that catches every single slip and every swap of neighbours.
 */
import { SecureShareError } from "../errors";

/** Digits and lower-case letters without i, l, o, u; a symbol's index is its value. */
export const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const ROOM_LENGTH = 5;
const SECRET_END = 11;
const CODE_LENGTH = 12;

/** A session code in parts. `secret` and `check` are never sent, stored or logged. */
export interface SessionCode {
  /** 5 symbols, public: the relay sees them. */
  readonly room: string;
  /** 6 symbols: the password of the key exchange. */
  readonly secret: string;
}

/** Product with x in GF(32) modulo x^5 + x^2 + 1. */
function timesX(value: number): number {
  const shifted = value << 1;
  return shifted & 0b100000 ? shifted ^ 0b100101 : shifted;
}

/** The check symbol of eleven canonical symbols. */
export function checkSymbol(eleven: string): string {
  let c = 0;
  for (const symbol of eleven) c = timesX(c) ^ ALPHABET.indexOf(symbol);
  return ALPHABET.charAt(timesX(c));
}

/** Draws a code from 11 random bytes; a byte's low five bits are one symbol. */
export function drawCode(randomBytes: (length: number) => Uint8Array): SessionCode {
  const bytes = randomBytes(SECRET_END);
  const symbols = Array.from(bytes, (byte) => ALPHABET.charAt(byte & 31)).join("");
  bytes.fill(0);
  return { room: symbols.slice(0, ROOM_LENGTH), secret: symbols.slice(ROOM_LENGTH) };
}

/** `k7qm-3x9d-t2v7` */
export function formatCode({ room, secret }: SessionCode): string {
  const eleven = room + secret;
  const all = eleven + checkSymbol(eleven);
  return `${all.slice(0, 4)}-${all.slice(4, 8)}-${all.slice(8)}`;
}

/** What was typed, in the alphabet: case, spaces and dashes dropped, look-alikes mapped. */
function canonical(typed: string): string {
  return typed
    .toLowerCase()
    .replace(/[\s\-\u2010-\u2015]/g, "")
    .replace(/o/g, "0")
    .replace(/[il]/g, "1");
}

/**
 * Parses a typed code. Tolerant of case, spaces, dashes and look-alikes.
 * @throws E_CODE_MISTYPED when it is no code or its check symbol does not fit
 */
export function parseCode(typed: string): SessionCode {
  const symbols = typed.length <= 64 ? canonical(typed) : "";
  const known = symbols.split("").every((symbol) => ALPHABET.includes(symbol));
  const eleven = symbols.slice(0, SECRET_END);
  const fits = symbols.length === CODE_LENGTH && checkSymbol(eleven) === symbols[SECRET_END];
  if (!known || !fits) throw new SecureShareError("E_CODE_MISTYPED", {});
  return { room: eleven.slice(0, ROOM_LENGTH), secret: eleven.slice(ROOM_LENGTH) };
}
