/**
 * Size arithmetic: what the relay may learn of sizes (docs/PROTOCOL.md, "Padding"). All in
 * doubles and whole numbers under 2^53: 32-bit operators would wrap.
 */

/** The least that the content of a transfer is padded to. Bytes. */
const CONTENT_FLOOR = 65_536;
/** The least for what a receiver answers. */
const ANSWER_FLOOR = 1024;
const OFFER_FLOOR = 65_536;

function floorLog2(value: number): number {
  let log = 0;
  for (let power = 2; power <= value; power *= 2) log++;
  return log;
}

/** Padmé: rounds up so that at most O(log log) bits of the size stay visible. `value` >= 1. */
export function padme(value: number): number {
  if (value < 2) return value;
  const e = floorLog2(value);
  const step = 2 ** (e - (floorLog2(e) + 1));
  return step <= 1 ? value : Math.ceil(value / step) * step;
}

export function paddedContent(value: number): number {
  return padme(Math.max(value, CONTENT_FLOOR));
}

export function paddedAnswer(value: number): number {
  return padme(Math.max(value, ANSWER_FLOOR));
}

/** The next power of two from what an offer has taken so far. */
export function paddedOffer(value: number): number {
  let power = OFFER_FLOOR;
  while (power < value) power *= 2;
  return power;
}

/**
 * How many records carry a padded total, and how long the last one is. Every record may
 * lose up to RECORD_LOSS bytes where items meet record borders (a second DATA head, an
 * ITEM_END that does not fit); planned for each, the count depends on the total alone.
 */
export function recordPlan(total: number, record: number): { records: number; lastLength: number } {
  const carried = record - RECORD_LOSS;
  const records = Math.max(1, Math.ceil(total / carried));
  return { records, lastLength: total - (records - 1) * carried + RECORD_LOSS };
}

export const RECORD_LOSS = 64;
