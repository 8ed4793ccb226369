/**
 * The gate of the verification code (docs/PROTOCOL.md, "Verification"). Each side's gate is
 * opened by its own user alone: no message of the other side ever opens it.
 */
import { SecureShareError } from "../errors";
import type { TransferDocument } from "../files/journal";
import type { PeerPolicy, ReceiverUi, SenderUi, VerifyPolicy, VerifyQuestion } from "./events";

/** Typings that the sender's user gets under `type`. */
const TYPINGS = 3;

function modeOf(own: VerifyPolicy, peer: PeerPolicy): VerifyQuestion["mode"] | "none" {
  if (own === "code-only") return "none";
  return own === "type" || peer.policy === "type" ? "type" : "compare";
}

/** Asks as both sides' policies say, `ask` for the answer. @throws E_VERIFY_REJECTED */
async function pass(
  ui: SenderUi | ReceiverUi,
  own: VerifyPolicy,
  peer: PeerPolicy,
  digits: string,
  ask: (question: VerifyQuestion) => Promise<boolean>,
): Promise<void> {
  const mode = modeOf(own, peer);
  if (mode === "none") return;
  ui.event({ kind: "step", step: "verify-asked" });
  if (!(await ask({ digits, peer, mode }))) throw rejected();
  ui.event({ kind: "step", step: "verify-confirmed" });
}

const rejected = () => new SecureShareError("E_VERIFY_REJECTED", { by: "us" });

/** Settles when the sender's user has confirmed. @throws E_VERIFY_REJECTED */
export function passSenderGate(
  ui: SenderUi,
  own: VerifyPolicy,
  peer: PeerPolicy,
  digits: string,
  signal: AbortSignal,
): Promise<void> {
  return pass(ui, own, peer, digits, async (question) => {
    for (let tries = TYPINGS; tries > 0; tries--) {
      const answer = await ui.verify(question, tries, signal);
      const typed = answer.kind === "typed" && answer.digits.replace(/\D/g, "") === digits;
      if (question.mode === "type" ? typed : answer.kind === "confirmed") return true;
      if (question.mode === "compare" || answer.kind === "rejected") return false;
    }
    return false;
  });
}

/** Settles when the receiver's user has confirmed. @throws E_VERIFY_REJECTED */
export function passReceiverGate(
  ui: ReceiverUi,
  own: VerifyPolicy,
  peer: PeerPolicy,
  digits: string,
  signal: AbortSignal,
): Promise<void> {
  return pass(
    ui,
    own,
    peer,
    digits,
    async (question) => (await ui.verify(question, signal)).kind === "confirmed",
  );
}

/** One side's gate over all epochs of a transfer: its user is asked once. */
export class Gate {
  digits = "";
  #verified = false;
  #peer: PeerPolicy | undefined;
  #passed: Promise<void> | undefined;

  constructor(
    private readonly ask: (peer: PeerPolicy, digits: string) => Promise<void>,
    /** Remembers that it is open. */
    private readonly save: () => Promise<void>,
  ) {}

  /** Takes up what a former run left. */
  restore(digits: string, { verified, peer }: Pick<TransferDocument, "verified" | "peer">): void {
    this.digits = digits;
    this.#verified = verified;
    this.#peer = peer ?? undefined;
    if (verified) this.#passed = Promise.resolve();
  }

  get document(): Pick<TransferDocument, "verified" | "peer"> {
    return { verified: this.#verified, peer: this.#peer ?? null };
  }

  /** Settles when this side's user has confirmed. @throws E_VERIFY_REJECTED */
  pass(peer: PeerPolicy): Promise<void> {
    this.#passed ??= this.#ask(peer);
    // Somebody waits for it in every epoch; between two of them, nobody.
    this.#passed.catch(() => {});
    return this.#passed;
  }

  /** Rejects when this side's user, who has been asked, says no. */
  get refusal(): Promise<void> {
    return this.#passed ?? Promise.resolve();
  }

  async #ask({ policy, automated }: PeerPolicy): Promise<void> {
    this.#peer ??= { policy, automated };
    await this.ask(this.#peer, this.digits);
    this.#verified = true;
    await this.save();
  }
}
