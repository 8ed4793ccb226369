/**
 * Every way in which SecureShare can fail. One closed union, shared by the core,
 * the command line, the view, the log and the tests; the codes are stable.
 * Texts and remedies live in the catalogues (`l10n/`), never here.
 */
export interface ErrorDetails {
  E_USAGE: { reason: string };
  E_NOTHING_TO_SEND: Record<string, never>;
  E_OFFER_TOO_LARGE: { items: number };
  E_RELAY_UNREACHABLE: { relay: string; reason?: string };
  /** A relay of ours; `reason` is the system's code, such as `EADDRINUSE`. */
  E_CANNOT_LISTEN: { address: string; reason: string };
  E_PROXY: { relay: string; reason: string };
  E_PROXY_LOGIN: { relay: string };
  E_CERTIFICATE: { relay: string; reason: string };
  E_CERTIFICATE_REPLACED: { relay: string; reason: string };
  E_RELAY_REFUSED: { relay: string; closeCode: number };
  E_RELAY_FULL: { relay: string };
  E_RELAY_PROTOCOL: { relay: string };
  E_CODE_MISTYPED: Record<string, never>;
  E_CODE_UNKNOWN: Record<string, never>;
  E_CODE_WRONG: Record<string, never>;
  E_CODE_USED_UP: Record<string, never>;
  E_CODE_EXPIRED: { minutes: number };
  E_CODE_ATTEMPTS: Record<string, never>;
  E_ROOM_OCCUPIED: Record<string, never>;
  E_VERSION: Record<string, never>;
  E_HANDSHAKE: Record<string, never>;
  E_VERIFY_REJECTED: { by: Side };
  E_DECLINED: { by: Side };
  E_CANCELLED: { by: Side };
  E_INTERRUPTED: { reason: string };
  E_RESUME_LOST: Record<string, never>;
  E_PROTOCOL: { reason: string };
  E_TAMPERED: Record<string, never>;
  E_INTEGRITY: { path: string };
  E_NOT_ALL_WRITTEN: { failed: number };
  E_DISK_FULL: { path: string };
  E_NO_SPACE: { needed: number; free: number };
  E_PERMISSION: { path: string };
  E_DISK: { path: string; reason: string };
  E_SOURCE_VANISHED: { path: string };
  E_SOURCE_CHANGED: { path: string };
  E_FILE_TOO_LARGE: { path: string; limit: number };
  E_NAME_REFUSED: { path: string; reason: string };
  E_TARGET_EXISTS: { path: string };
  E_INTERNAL: { reason: string };
}

/** Who did it: this computer's user or program, or the other one's. */
export type Side = "us" | "peer";

export type ErrorCode = keyof ErrorDetails;

/** The command line's exit code for each error; the contract is in README.md. */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  E_USAGE: 2,
  E_NOTHING_TO_SEND: 2,
  E_OFFER_TOO_LARGE: 2,
  E_RELAY_UNREACHABLE: 3,
  E_CANNOT_LISTEN: 3,
  E_PROXY: 3,
  E_PROXY_LOGIN: 3,
  E_CERTIFICATE: 3,
  E_CERTIFICATE_REPLACED: 3,
  E_RELAY_REFUSED: 3,
  E_RELAY_FULL: 3,
  E_RELAY_PROTOCOL: 3,
  E_VERSION: 3,
  E_CODE_MISTYPED: 4,
  E_CODE_UNKNOWN: 4,
  E_CODE_WRONG: 4,
  E_CODE_USED_UP: 4,
  E_CODE_EXPIRED: 4,
  E_CODE_ATTEMPTS: 4,
  E_ROOM_OCCUPIED: 4,
  E_HANDSHAKE: 5,
  E_VERIFY_REJECTED: 5,
  E_DECLINED: 6,
  E_CANCELLED: 6,
  E_INTERRUPTED: 7,
  E_RESUME_LOST: 4,
  E_PROTOCOL: 8,
  E_TAMPERED: 8,
  E_INTEGRITY: 8,
  E_NOT_ALL_WRITTEN: 8,
  E_DISK_FULL: 9,
  E_NO_SPACE: 9,
  E_PERMISSION: 9,
  E_DISK: 9,
  E_SOURCE_VANISHED: 9,
  E_SOURCE_CHANGED: 9,
  E_FILE_TOO_LARGE: 2,
  E_NAME_REFUSED: 9,
  E_TARGET_EXISTS: 9,
  E_INTERNAL: 1,
};

/** The code that `text` is; `undefined` when it is none. */
export function errorCode(text: string): ErrorCode | undefined {
  return Object.hasOwn(EXIT_CODES, text) ? (text as ErrorCode) : undefined;
}

/** A code with its typed details, for tables that are exhaustive over the union. */
export type Failure = { [C in ErrorCode]: { code: C; details: ErrorDetails[C] } }[ErrorCode];

/**
 * The one error type of the project. `message` is for developers (English, the code and
 * the details' values); users read the catalogue's sentence for `code`.
 */
export class SecureShareError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "SecureShareError";
  override readonly cause: unknown;

  constructor(
    readonly code: C,
    readonly details: ErrorDetails[C],
    cause?: unknown,
  ) {
    super(`${code} ${JSON.stringify(details)}`);
    this.cause = cause;
  }

  get failure(): Failure {
    return { code: this.code, details: this.details } as Failure;
  }
}

/** Wraps what is not ours already, so that every outcome has a stable code. */
export function toSecureShareError(error: unknown): SecureShareError {
  if (error instanceof SecureShareError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new SecureShareError("E_INTERNAL", { reason }, error);
}
