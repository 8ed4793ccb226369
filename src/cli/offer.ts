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

/** Everything that may be taken: dangerous items only when the user said so. */
export function takeable({ offer, inspection }: InspectedOffer, dangerous: boolean): ItemSet {
  const items = ItemSet.all(offer.manifest.length);
  for (const index of inspection.refused.keys()) items.delete(index);
  if (!dangerous) for (const index of inspection.dangerous) items.delete(index);
  return items;
}

/** Item numbers from 0, as a script or a person named them; refused ones are left out. */
export function chosen({ offer, inspection }: InspectedOffer, numbers: Iterable<number>): ItemSet {
  const items = new ItemSet(offer.manifest.length);
  for (const index of numbers) if (!inspection.refused.has(index)) items.add(index);
  return items;
}
