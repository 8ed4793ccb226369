/**
 * The ratchet of resume secrets (docs/PROTOCOL.md, "Resume"): S holds at most two, R
 * exactly one, and R's is always one of S's, whatever is lost or delayed and whoever
 * crashes. Pure functions; each result is to be made durable before the next message.
 */
import { equalConstantTime } from "../crypto/bytes";

/** Resume secrets (psk, 64 bytes each) of the sender's side. */
export interface SenderSecrets {
  /** Proved by a record of R's in its epoch. */
  readonly confirmed: Uint8Array | undefined;
  /** Made by the last handshake with a valid tagR, not proved yet. */
  readonly candidate: Uint8Array | undefined;
}

export const NO_SECRETS: SenderSecrets = { confirmed: undefined, candidate: undefined };

const same = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && equalConstantTime(a, b);

/**
 * Rule B, on a valid tagR and before M3: a handshake that used the candidate confirms it;
 * its own secret becomes the candidate. `used` is `undefined` after a code's handshake.
 */
export function afterTag(
  secrets: SenderSecrets,
  used: Uint8Array | undefined,
  fresh: Uint8Array,
): SenderSecrets {
  const confirmed = same(used, secrets.candidate) ? secrets.candidate : secrets.confirmed;
  return { confirmed, candidate: fresh };
}

/** Rule D, on the first valid record of an epoch: it confirms that epoch's secret only. */
export function afterFirstRecord(secrets: SenderSecrets, epoch: Uint8Array): SenderSecrets {
  if (!same(epoch, secrets.candidate)) return secrets;
  return { confirmed: secrets.candidate, candidate: undefined };
}

/** Rule F: where S waits, the newest first. */
export function waitingAt(secrets: SenderSecrets): Uint8Array[] {
  return [secrets.candidate, secrets.confirmed].filter((psk) => psk !== undefined);
}
