/** Which endings of an epoch are drops, after which both sides come back by themselves. */
import { SecureShareError } from "../errors";

/** A lost connection, or a record that was not the next one: new keys help, asking does not. */
export function isDrop(error: unknown): error is SecureShareError {
  if (!(error instanceof SecureShareError)) return false;
  return error.code === "E_INTERRUPTED" || error.code === "E_TAMPERED";
}

export function violation(reason: string): SecureShareError<"E_PROTOCOL"> {
  return new SecureShareError("E_PROTOCOL", { reason });
}
