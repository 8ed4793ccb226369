import type { Dice } from "./random";

/** Inputs grow to this and no further, unless a seed is longer. Bytes. */
const INPUT_MAX = 4096;

/** Borders of integers, big-endian, as lengths and counters have them. */
const INTERESTING: readonly [string, ...string[]] = [
  "00",
  "ff",
  "7f",
  "80",
  "ffff",
  "ffffff",
  "000000",
  "ffffffff",
  "7fffffff",
  "001fffffffffffff",
  "0020000000000000",
  "8000000000000000",
  "ffffffffffffffff",
];

type Edit = (input: Buffer, dice: Dice, other: Buffer, words: readonly string[]) => Buffer;

function splice(input: Buffer, at: number, remove: number, insert: Uint8Array): Buffer {
  return Buffer.concat([input.subarray(0, at), insert, input.subarray(at + remove)]);
}
const anywhere = (input: Buffer, dice: Dice) => dice.next(input.length + 1);

const edits: readonly [Edit, ...Edit[]] = [
  (input, dice) => {
    const copy = Buffer.from(input);
    const at = dice.next(Math.max(1, copy.length));
    if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << dice.next(8));
    return copy;
  },
  (input, dice) => splice(input, anywhere(input, dice), 1, Buffer.of(dice.next(256))),
  (input, dice) => splice(input, anywhere(input, dice), 0, Buffer.of(dice.next(256))),
  (input, dice) => splice(input, anywhere(input, dice), 1 + dice.next(8), Buffer.alloc(0)),
  (input, dice) => input.subarray(0, anywhere(input, dice)),
  (input, dice) => {
    const bytes = Buffer.from(dice.pick(INTERESTING), "hex");
    return splice(input, anywhere(input, dice), dice.next(2) * bytes.length, bytes);
  },
  (input, dice, other) => {
    const from = anywhere(other, dice);
    const piece = other.subarray(from, from + 1 + dice.next(64));
    return splice(input, anywhere(input, dice), dice.next(2) * piece.length, piece);
  },
  (input, dice) => {
    const from = anywhere(input, dice);
    const piece = input.subarray(from, from + 1 + dice.next(64));
    return splice(
      input,
      from,
      0,
      Buffer.concat(Array.from({ length: 1 + dice.next(4) }, () => piece)),
    );
  },
  (input, dice, _, words) => {
    const word = Buffer.from(words[dice.next(Math.max(1, words.length))] ?? "");
    return splice(input, anywhere(input, dice), dice.next(2) * word.length, word);
  },
];

/** `input` with one to four edits. */
export function mutate(
  input: Buffer,
  other: Buffer,
  words: readonly string[],
  dice: Dice,
  longest: number,
): Buffer {
  let mutated = input;
  for (let n = 1 + dice.next(4); n > 0; n--)
    mutated = dice.pick(edits)(mutated, dice, other, words);
  return mutated.subarray(0, Math.max(INPUT_MAX, longest));
}
