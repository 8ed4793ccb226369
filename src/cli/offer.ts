import { ItemSet } from "../core/files/itemSet";
import type { Inspection } from "../core/ports";
import type { Offer } from "../core/session/events";

/** An offer looked at against a folder. */
export interface InspectedOffer {
  readonly offer: Offer;
  readonly folder: string;
  readonly inspection: Inspection;
}

export async function inspectOffer(offer: Offer, folder: string): Promise<InspectedOffer> {
  return { offer, folder, inspection: await offer.inspect(folder) };
}

/** What the receiving user said about offers beforehand. */
export interface TakeRules {
  readonly acceptDangerous: boolean;
  /** The patterns of `--exclude`; `undefined` when there are none. */
  readonly excludes: ((path: string, folder: boolean) => boolean) | undefined;
}

/** Everything that may be taken: dangerous items only when the user said so. */
export async function takeable(
  { offer, inspection }: InspectedOffer,
  { acceptDangerous, excludes }: TakeRules,
): Promise<ItemSet> {
  const items = ItemSet.all(offer.manifest.length);
  for (const index of inspection.refused.keys()) items.delete(index);
  if (!acceptDangerous) for (const index of inspection.dangerous) items.delete(index);
  if (excludes === undefined) return items;
  for await (const [index, { path, kind }] of offer.manifest.items())
    if (isExcluded(path, kind === "folder", excludes)) items.delete(index);
  return items;
}

/** Itself, or by a folder that it lies in. */
function isExcluded(
  path: string,
  folder: boolean,
  excludes: NonNullable<TakeRules["excludes"]>,
): boolean {
  for (let end = path.indexOf("/"); end > 0; end = path.indexOf("/", end + 1))
    if (excludes(path.slice(0, end), true)) return true;
  return excludes(path, folder);
}

/** Item numbers from 0, as a script or a person named them; refused ones are left out. */
export function chosen({ offer, inspection }: InspectedOffer, numbers: Iterable<number>): ItemSet {
  const items = new ItemSet(offer.manifest.length);
  for (const index of numbers) if (!inspection.refused.has(index)) items.add(index);
  return items;
}
