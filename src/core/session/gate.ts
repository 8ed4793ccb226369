/**
 * The gate of the verification code (docs/PROTOCOL.md, "Verification"). Each side's gate is
 * opened by its own user alone: no message of the other side ever opens it.
 */
import { SecureShareError } from "../errors";
import type { PeerPolicy, ReceiverUi, SenderUi, VerifyPolicy, VerifyQuestion } from "./events";

/** Typings that the sender's user gets under `type`. */
const TYPINGS = 3;

function modeOf(own: VerifyPolicy, peer: PeerPolicy): VerifyQuestion["mode"] | "none" {
  if (own === "code-only") return "none";
  return own === "type" || peer.policy === "type" ? "type" : "compare";
}

const rejected = () => new SecureShareError("E_VERIFY_REJECTED", { by: "us" });

/** Settles when the sender's user has confirmed. @throws E_VERIFY_REJECTED */
export async function passSenderGate(
  ui: SenderUi,
  own: VerifyPolicy,
  peer: PeerPolicy,
  digits: string,
  signal: AbortSignal,
): Promise<void> {
  const mode = modeOf(own, peer);
  if (mode === "none") return;
  ui.event({ kind: "step", step: "verify-asked" });
  for (let tries = TYPINGS; tries > 0; tries--) {
    const answer = await ui.verify({ digits, peer, mode }, tries, signal);
    const typed = answer.kind === "typed" && answer.digits.replace(/\D/g, "") === digits;
    if (mode === "type" ? typed : answer.kind === "confirmed") {
      ui.event({ kind: "step", step: "verify-confirmed" });
      return;
    }
    if (mode === "compare" || answer.kind === "rejected") break;
  }
  throw rejected();
}

/** Settles when the receiver's user has confirmed. @throws E_VERIFY_REJECTED */
export async function passReceiverGate(
  ui: ReceiverUi,
  own: VerifyPolicy,
  peer: PeerPolicy,
  digits: string,
  signal: AbortSignal,
): Promise<void> {
  const mode = modeOf(own, peer);
  if (mode === "none") return;
  ui.event({ kind: "step", step: "verify-asked" });
  const answer = await ui.verify({ digits, peer, mode }, signal);
  if (answer.kind !== "confirmed") throw rejected();
  ui.event({ kind: "step", step: "verify-confirmed" });
}
