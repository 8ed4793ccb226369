import type { Cause } from "../causes";
import { SecureShareError } from "../errors";
import { CancelReason } from "./plaintext";

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
