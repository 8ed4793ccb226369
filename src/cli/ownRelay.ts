/** A sender's own relay, which ends with the transfer. */
import { SecureShareError } from "../core/errors";
import type { OwnRelay, Parts } from "./parts";

const CLAIM_BYTES = 16;

/** Where a relay may listen; port 0 is any free one. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Runs with a relay at the first of the places at which it can listen. @throws E_CANNOT_LISTEN */
export async function withOwnRelay<T>(
  parts: Parts,
  places: readonly Place[],
  run: (relay: { url: string; claim: string }) => Promise<T>,
): Promise<T> {
  const claim = Buffer.from(parts.ports.random.bytes(CLAIM_BYTES)).toString("base64url");
  const relay = await startAtFirst(parts, places, claim);
  try {
    return await run({ url: relay.url, claim });
  } finally {
    await relay.close();
  }
}

async function startAtFirst(
  parts: Parts,
  [place, ...others]: readonly Place[],
  claim: string,
): Promise<OwnRelay> {
  if (place === undefined) throw new SecureShareError("E_INTERNAL", { reason: "no place" });
  try {
    return await parts.startRelay({ ...place, claim });
  } catch (error) {
    const taken = error instanceof SecureShareError && error.code === "E_CANNOT_LISTEN";
    if (!taken || others.length === 0) throw error;
    return startAtFirst(parts, others, claim);
  }
}
