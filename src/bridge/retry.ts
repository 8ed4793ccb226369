/** Where starting a failed transfer anew can help; host and view ask the same table. */
import type { ErrorCode } from "../core/errors";

/** The same files would fail in the same way, or somebody sat in the middle. */
const SENDER_NEVER: ReadonlySet<ErrorCode> = new Set([
  "E_USAGE",
  "E_NOTHING_TO_SEND",
  "E_OFFER_TOO_LARGE",
  "E_FILE_TOO_LARGE",
  "E_VERSION",
  "E_VERIFY_REJECTED",
]);
/** The code has not been spent: it can be tried again. All else needs a new code. */
const RECEIVER_CAN: ReadonlySet<ErrorCode> = new Set([
  "E_RELAY_UNREACHABLE",
  "E_PROXY",
  "E_PROXY_LOGIN",
  "E_CERTIFICATE",
  "E_CERTIFICATE_REPLACED",
  "E_RELAY_REFUSED",
  "E_RELAY_FULL",
  "E_CODE_UNKNOWN",
]);

/** @param asks whether a receiver's user is asked for the code again, and can mend it */
export function canRetry(role: "sender" | "receiver", code: ErrorCode, asks: boolean): boolean {
  if (role === "sender") return !SENDER_NEVER.has(code);
  return RECEIVER_CAN.has(code) || (asks && code === "E_CODE_WRONG");
}
