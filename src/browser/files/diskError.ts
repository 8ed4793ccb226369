/** What the browser's file systems throw, as errors of ours. */
import { SecureShareError } from "../../core/errors";

function ofName(name: string, path: string): SecureShareError {
  switch (name) {
    case "QuotaExceededError":
      return new SecureShareError("E_DISK_FULL", { path });
    case "NotAllowedError":
    case "NoModificationAllowedError":
    case "SecurityError":
      return new SecureShareError("E_PERMISSION", { path });
    // A name that this browser or its system does not take.
    case "TypeError":
      return new SecureShareError("E_NAME_REFUSED", { path, reason: "character" });
    case "TypeMismatchError":
      return new SecureShareError("E_NAME_REFUSED", { path, reason: "through-file" });
    default:
      return new SecureShareError("E_DISK", { path, reason: name });
  }
}

/** Runs `task`; what it throws comes out with one of our codes and `path`. */
export async function onDisk<T>(path: string, task: () => T | Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof SecureShareError) throw error;
    const named = error instanceof DOMException || error instanceof TypeError;
    throw named ? ofName(error.name, path) : error;
  }
}
