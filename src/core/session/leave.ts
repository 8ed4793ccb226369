/** How a session ends before its time, and how the other side's leaving reads. */
import type { Cause } from "../causes";
import { type ErrorCode, SecureShareError, toSecureShareError } from "../errors";
import type { Clock } from "../ports";
import { within } from "./async";
import type { Channel } from "./channel";
import { CancelReason } from "./plaintext";

/** How long a parting word may take. Milliseconds. */
const PARTING = 1_000;

/** What our failure is to the other side; `undefined` where a word would not reach it. */
function wordFor(code: ErrorCode): CancelReason | undefined {
  switch (code) {
    case "E_CANCELLED":
      return CancelReason.cancelled;
    case "E_DECLINED":
      return CancelReason.declined;
    case "E_VERIFY_REJECTED":
      return CancelReason.rejected;
    // The other side sees us leave, and comes back by itself; a record of the old epoch
    // would only disturb its next handshake.
    case "E_INTERRUPTED":
    case "E_TAMPERED":
      return undefined;
    default:
      return CancelReason.failed;
  }
}

/** Ours to tell: not what the other side just told us. */
function isOurs(error: SecureShareError): boolean {
  return !("by" in error.details && error.details.by === "peer");
}

/** Says why, when the failure is ours, and closes the channel. */
export async function leave(channel: Channel, clock: Clock, error: unknown): Promise<void> {
  const failure = error === undefined ? undefined : toSecureShareError(error);
  const word = failure !== undefined && isOurs(failure) ? wordFor(failure.code) : undefined;
  if (word !== undefined) {
    const never = new AbortController().signal;
    await within(clock, PARTING, never, () => channel.sendCancel(word)).catch(() => {});
  }
  await channel.close();
}

/** The error that the other side's CANCEL is here. */
export function cancelled(reason: CancelReason): SecureShareError {
  switch (reason) {
    case CancelReason.cancelled:
      return new SecureShareError("E_CANCELLED", { by: "peer" });
    case CancelReason.declined:
      return new SecureShareError("E_DECLINED", { by: "peer" });
    case CancelReason.rejected:
      return new SecureShareError("E_VERIFY_REJECTED", { by: "peer" });
    case CancelReason.failed:
      return new SecureShareError("E_INTERRUPTED", { reason: "peer-failed" satisfies Cause });
  }
}
