import { window } from "vscode";
import { toSecureShareError } from "../core/errors";
import type { Texts } from "./texts";
import type { TransferLog } from "./transferLog";

/** Tells what went wrong outside of a transfer; one that failed tells it itself. */
export function reportFault(error: unknown, log: TransferLog, texts: Texts): void {
  const { failure } = toSecureShareError(error);
  log.fault(failure.code);
  const { message, remedy } = texts.failure(failure);
  void window.showErrorMessage(`${message} ${remedy}`);
}
