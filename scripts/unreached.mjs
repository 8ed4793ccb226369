/**
 * Branches of the core that no unit test reaches, each with the reason why it stays.
 * @typedef {object} Unreached
 * @property {string} file
 * @property {string} line Part of the line on which it begins.
 * @property {string} why
 */

const BOUNDED = "the loop's or the caller's bound makes it: the type cannot say so";
const TYPES = "holds types alone";
const TRIED = "the coverage counts the way past a `try` in which every way returns or throws";

/** @type {readonly Unreached[]} */
export const unreached = [
  { file: "src/core/causes.ts", line: "/**", why: TYPES },
  { file: "src/core/globals.d.ts", line: "", why: TYPES },
  { file: "src/core/ports.ts", line: "", why: TYPES },
  { file: "src/core/session/events.ts", line: "", why: TYPES },
  { file: "src/core/crypto/bytes.ts", line: "(a[i] ?? 0) ^ (b[i] ?? 0)", why: BOUNDED },
  { file: "src/core/crypto/bytes.ts", line: "(bytes[i] ?? 0) << 16", why: BOUNDED },
  { file: "src/core/crypto/bytes.ts", line: 'HEX[byte] ?? ""', why: BOUNDED },
  { file: "src/core/crypto/cpace.ts", line: "hash[POINT - 1] ?? 0", why: BOUNDED },
  { file: "src/core/files/dangerous.ts", line: 'parts.at(-1) ?? ""', why: BOUNDED },
  { file: "src/core/files/itemSet.ts", line: "this.#bits[item >> 3] ?? 0", why: BOUNDED },
  { file: "src/core/files/manifest.ts", line: 'kinds[kind] ?? "file"', why: BOUNDED },
  { file: "src/core/files/manifest.ts", line: "?.first ?? Infinity", why: BOUNDED },
  { file: "src/core/files/names.ts", line: "codePointAt(0) ?? 0", why: BOUNDED },
  { file: "src/core/format.ts", line: "SIZE_UNITS[index] ??", why: BOUNDED },
  { file: "src/core/session/async.ts", line: "} finally {", why: TRIED },
  { file: "src/core/session/handshake.ts", line: "} finally {", why: TRIED },
  { file: "src/core/wire/largeMessages.ts", line: "(head[0] ?? 0) & FIN", why: BOUNDED },
  { file: "src/core/wire/largeMessages.ts", line: "head[1] ?? 0", why: BOUNDED },
  { file: "src/core/wire/largeMessages.ts", line: "mask[(by + i) & 3] ?? 0", why: BOUNDED },
  { file: "src/core/wire/largeMessages.ts", line: "words[i] ?? 0", why: BOUNDED },
  { file: "src/core/wire/largeMessages.ts", line: "bytes[i] ?? 0", why: BOUNDED },
];
