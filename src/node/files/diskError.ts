import { SecureShareError, toSecureShareError } from "../../core/errors";
import { isCode } from "./fileSystem";

/** The project's error for a failed system call on `path` (as users know it, not absolute). */
export function diskError(error: unknown, path: string): SecureShareError {
  if (error instanceof SecureShareError) return error;
  if (isCode(error, "ENOSPC", "EDQUOT"))
    return new SecureShareError("E_DISK_FULL", { path }, error);
  if (isCode(error, "EACCES", "EPERM", "EROFS"))
    return new SecureShareError("E_PERMISSION", { path }, error);
  if (!(error instanceof Error && "syscall" in error && "code" in error))
    return toSecureShareError(error);
  return new SecureShareError("E_DISK", { path, reason: String(error.code) }, error);
}

/** Runs `task`, and throws what it throws as the project's error. */
export async function onDisk<T>(path: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw diskError(error, path);
  }
}
