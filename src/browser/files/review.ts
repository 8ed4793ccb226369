/** What the rules say of an offer, in a browser: its target can only be asked by name. */
import { SecureShareError } from "../../core/errors";
import { isDangerous } from "../../core/files/dangerous";
import { ItemSet } from "../../core/files/itemSet";
import type { Manifest, OfferItem } from "../../core/files/manifest";
import {
  type NameTraits,
  type Platform,
  type RefusalReason,
  refusePath,
  usualTraits,
} from "../../core/files/names";
import { OfferNames } from "../../core/files/offerNames";
import type { Inspection } from "../../core/ports";
import { browserRandom } from "../system";

/** Items between two turns of the event loop. */
const TURN = 512;

function platformOf(userAgent: string): Platform {
  if (/Windows/.test(userAgent)) return "win32";
  return /Mac OS|iPhone|iPad/.test(userAgent) ? "darwin" : "linux";
}

/** What names the system below this browser takes. */
export function localTraits(userAgent: string): NameTraits {
  return usualTraits(platformOf(userAgent));
}

function offerNames(traits: NameTraits): OfferNames {
  return new OfferNames(traits, new DataView(browserRandom.bytes(4).buffer).getUint32(0));
}

/** `exists`: whether the target has something under this path already. */
export async function inspectOffer(
  manifest: Manifest,
  traits: NameTraits,
  exists: (path: string) => Promise<boolean>,
  freeBytes: number | undefined,
  signal: AbortSignal,
): Promise<Inspection> {
  const names = offerNames(traits);
  const refused = new Map<number, RefusalReason>();
  const dangerous = new ItemSet(manifest.length);
  const conflicts = new ItemSet(manifest.length);
  for await (const [index, item] of manifest.items()) {
    if (index % TURN === 0) await turn(signal);
    const reason = names.check(item);
    if (reason !== undefined) refused.set(index, reason);
    else if (item.kind !== "text") {
      if (isDangerous(item.path)) dangerous.add(index);
      if (item.kind === "file" && (await exists(item.path))) conflicts.add(index);
    }
  }
  return { refused, dangerous, conflicts, freeBytes };
}

async function turn(signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise((resolve) => setTimeout(resolve));
}

/** Judges names once more, right before something is made of them. */
export type Refuse = (index: number, item: OfferItem) => void;

/**
 * Looks at the accepted items once more. The function that it gives throws E_NAME_REFUSED.
 * @returns with it, the bytes of all files that will be written
 */
export async function reviewAccepted(
  manifest: Manifest,
  accepted: ItemSet,
  traits: NameTraits,
): Promise<{ refuse: Refuse; bytes: number }> {
  const names = offerNames(traits);
  const refused = new Map<number, RefusalReason>();
  let bytes = 0;
  for await (const [index, item] of manifest.items()) {
    const reason = names.check(item);
    if (!accepted.has(index)) continue;
    if (reason !== undefined) refused.set(index, reason);
    else if (item.kind === "file") bytes += item.size;
  }
  const refuse: Refuse = (index, { path }) => {
    const reason = refusePath(path, traits) ?? refused.get(index);
    if (reason !== undefined) throw new SecureShareError("E_NAME_REFUSED", { path, reason });
  };
  return { refuse, bytes };
}
