import assert from "node:assert/strict";
import { type ErrorCode, SecureShareError } from "../../src/core/errors";

/** The outcome is our own error of this code, with details in which `reason` is found. */
export function assertFails(outcome: unknown, code: ErrorCode, reason?: RegExp): void {
  assert.ok(outcome instanceof SecureShareError, String(outcome));
  assert.equal(outcome.code, code);
  if (reason !== undefined) assert.match(JSON.stringify(outcome.details), reason);
}
