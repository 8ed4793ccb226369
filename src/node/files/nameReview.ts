import { SecureShareError } from "../../core/errors";
import type { ItemSet } from "../../core/files/itemSet";
import type { Manifest, OfferItem } from "../../core/files/manifest";
import { type NameTraits, type RefusalReason, refusePath } from "../../core/files/names";
import { itemsInTurns, offerNames } from "./inspect";

/** What the rules say of the accepted items, and how many bytes these have. */
export async function reviewNames(
  manifest: Manifest,
  accepted: ItemSet,
  traits: NameTraits,
): Promise<{ refused: Map<number, RefusalReason>; bytes: number }> {
  const names = offerNames(traits);
  const refused = new Map<number, RefusalReason>();
  let bytes = 0;
  for await (const [index, item] of itemsInTurns(manifest)) {
    const reason = names.check(item);
    if (!accepted.has(index)) continue;
    if (reason !== undefined) refused.set(index, reason);
    else if (item.kind === "file") bytes += item.size;
  }
  return { refused, bytes };
}

interface Reviewed {
  readonly staging: { readonly traits: NameTraits };
  /** Accepted items that the rules refuse after all. */
  readonly refused: ReadonlyMap<number, RefusalReason>;
}

/** The rules once more, right before something is made. */
export function refuse({ staging, refused }: Reviewed, index: number, { path }: OfferItem): void {
  const reason = refusePath(path, staging.traits) ?? refused.get(index);
  if (reason !== undefined) throw new SecureShareError("E_NAME_REFUSED", { path, reason });
}

export function isEqual(one: NameTraits, two: NameTraits): boolean {
  return (
    one.platform === two.platform &&
    one.foldsCase === two.foldsCase &&
    one.normalises === two.normalises
  );
}
