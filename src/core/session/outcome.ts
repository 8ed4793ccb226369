/** Which endings of an epoch are drops, after which both sides come back by themselves. */
import { type ErrorCode, SecureShareError } from "../errors";

/** A lost connection, or a record that was not the next one: new keys help, asking does not. */
export function isDrop(error: unknown): error is SecureShareError {
  if (!(error instanceof SecureShareError)) return false;
  return error.code === "E_INTERRUPTED" || error.code === "E_TAMPERED";
}

/** Why an epoch ended, for the log. */
export function dropReason({ code, details }: SecureShareError): string {
  return "reason" in details ? (details.reason ?? code) : code;
}

/**
 * Failures that leave a transfer to be resumed: drops, and what this side's user can mend
 * (a full disk, a permission). Everything else ends it for good.
 */
export function leavesResumable(error: unknown): boolean {
  if (isDrop(error)) return true;
  if (!(error instanceof SecureShareError)) return false;
  return RESUMABLE.has(error.code);
}

const RESUMABLE: ReadonlySet<ErrorCode> = new Set([
  "E_DISK_FULL",
  "E_PERMISSION",
  "E_DISK",
  "E_NO_SPACE",
  "E_RELAY_UNREACHABLE",
  "E_CANNOT_LISTEN",
  "E_PROXY",
  "E_PROXY_LOGIN",
  "E_CERTIFICATE",
  "E_CERTIFICATE_REPLACED",
]);

export function violation(reason: string): SecureShareError<"E_PROTOCOL"> {
  return new SecureShareError("E_PROTOCOL", { reason });
}
