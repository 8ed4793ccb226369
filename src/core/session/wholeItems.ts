/**
 * Files that lie whole in one record, as most small ones do: their digests are judged at
 * once, and they are published together. The same rules as for an InboundItem.
 */
import { equalConstantTime, hex } from "../crypto/bytes";
import { SecureShareError } from "../errors";
import type { OfferItem } from "../files/manifest";
import type { Hash, Published, Sink, WholeFile } from "../ports";
import type { Books } from "./books";
import type { InboundResult } from "./inbound";
import type { Frame } from "./plaintext";

export interface WholeItem extends WholeFile {
  /** What the sender says of it. */
  readonly sha256: Uint8Array;
  /** Frames that it takes. */
  readonly frames: number;
}

const EMPTY = new Uint8Array(0);

/** File `index`, when all of it lies in `frames` from `at` on; else `undefined`. */
export function wholeAt(
  frames: readonly Frame[],
  at: number,
  index: number,
  item: OfferItem,
): WholeItem | undefined {
  if (item.kind !== "file") return undefined;
  const bytes = item.size === 0 ? EMPTY : wholeContent(frames[at], index, item.size);
  const end = frames[item.size === 0 ? at : at + 1];
  if (bytes === undefined || end?.kind !== "itemEnd") return undefined;
  if (end.item !== index || end.size !== item.size) return undefined;
  return { index, item, bytes, sha256: end.sha256, frames: item.size === 0 ? 1 : 2 };
}

function wholeContent(frame: Frame | undefined, index: number, size: number) {
  const whole = frame?.kind === "data" && frame.item === index && frame.offset === 0;
  return whole && frame.bytes.length === size ? frame.bytes : undefined;
}

/** Judges, publishes and books. @throws as `Books.enter` */
export async function publishTogether(
  items: readonly WholeItem[],
  sink: Sink,
  hash: Hash,
  books: Books,
): Promise<void> {
  const right = items.filter((item) => isRight(item, hash));
  const published = (await sink.publishWhole?.(right)) ?? [];
  const outcomes = new Map(right.map(({ index }, i) => [index, published[i]]));
  await Promise.all(
    items.map((whole) => books.enter(whole.index, whole.item, resultOf(whole, outcomes))),
  );
}

function isRight({ bytes, sha256 }: WholeItem, hash: Hash): boolean {
  const hasher = hash.sha256();
  hasher.update(bytes);
  return equalConstantTime(hasher.digest(), sha256);
}

function resultOf(
  { index, item: { path }, sha256 }: WholeItem,
  outcomes: ReadonlyMap<number, Published | SecureShareError | undefined>,
): InboundResult {
  const published = outcomes.get(index) ?? new SecureShareError("E_INTEGRITY", { path });
  if (published instanceof SecureShareError) return { kind: "failed", error: published };
  return { kind: "published", published, sha256: hex(sha256) };
}
