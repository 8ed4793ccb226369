/** What a running transfer tells its user interface, and asks it. */
import type { ErrorCode } from "../errors";
import type { ItemSet } from "../files/itemSet";
import type { ChangedFile, Manifest, OfferItem } from "../files/manifest";
import type { ConflictPolicy, Inspection, Published } from "../ports";
import type { SessionCode } from "../wire/code";

/** How a side checks that nobody sits in the middle (docs/PROTOCOL.md, "Verification"). */
export type VerifyPolicy = "compare" | "type" | "code-only";

/** What the other side said about itself in its first record. */
export interface PeerPolicy {
  readonly policy: VerifyPolicy;
  /** A script confirms on the other side (`--yes`), not a person. */
  readonly automated: boolean;
}

/** What a side's user ends a transfer with, for both sides and for good. */
export type Ending = "E_CANCELLED" | "E_DECLINED" | "E_VERIFY_REJECTED";

/** Steps for the log, in the order in which they can happen. Texts are in the catalogues. */
export type Step =
  | { step: "relay-connecting"; relay: string }
  | { step: "relay-connected"; relay: string }
  | { step: "relay-unknown-code"; relay: string }
  | { step: "room-taken" }
  | { step: "waiting" }
  | { step: "rejoined" }
  | { step: "handshake" }
  | { step: "handshake-failed"; reason: string }
  | { step: "wrong-code"; guessesLeft: number }
  | { step: "keys-agreed" }
  | { step: "verify-asked" }
  | { step: "verify-confirmed" }
  | { step: "offer-sent"; items: number; bytes: number }
  | { step: "offer-received"; items: number; bytes: number }
  | { step: "accepted"; items: number; bytes: number }
  | { step: "streaming" }
  | { step: "reconnected" }
  | { step: "item-anew" }
  | { step: "results" }
  /** It is over here, and for some seconds the other side is told so in a new connection. */
  | { step: "parting"; ending: Ending }
  | { step: "completed" };

export type ItemOutcome = Published["outcome"] | "sent" | "failed";

export type SessionEvent =
  | ({ kind: "step" } & Step)
  /** The room is ours and the code may be read out; it lives for `lifetimeMs` from now. */
  | { kind: "code"; code: SessionCode; relay: string; lifetimeMs: number }
  | { kind: "peer"; state: "joined" | "left" }
  /** Accepted bytes moved (sent, or written), of the accepted total. */
  | {
      kind: "progress";
      bytes: number;
      totalBytes: number;
      item: number;
      path: string;
      /** How far that item has come. */
      itemBytes?: number;
      itemTotal?: number;
    }
  | {
      kind: "item";
      index: number;
      item: OfferItem;
      /** Lower-case hex; absent for folders and for what failed. */
      sha256: string | undefined;
      outcome: ItemOutcome;
      error: ErrorCode | undefined;
      /** Receiver: path below the target folder under which it was published. */
      finalPath: string | undefined;
      /**
       * Sender: what was told of this item before was lost with its connection, and sending it
       * again came out otherwise. This is what holds.
       */
      corrects?: true;
    }
  | { kind: "text"; text: string }
  /** The connection is lost; both sides come back by themselves. */
  | { kind: "interrupted"; reason: string; resumable: boolean }
  /** Who holds the content back now: nobody, one side, or both. */
  | { kind: "paused"; us: boolean; peer: boolean }
  /** Content goes on behind this many bytes that need not be sent again. */
  | { kind: "resumed"; bytes: number };

export interface VerifyQuestion {
  /** Six digits. Hidden from the sender's user under `type`. */
  readonly digits: string;
  readonly peer: PeerPolicy;
  /**
   * `compare`: show the digits, ask whether the other side shows the same.
   * `type`: the sender's user types the receiver's digits (three tries); the receiver's
   * user is shown the digits and confirms when the sender's user says they were accepted.
   */
  readonly mode: "compare" | "type";
}

/** `typed` is checked by the core; `confirmed` is the user's own comparison. */
export type VerifyAnswer =
  | { kind: "confirmed" }
  | { kind: "rejected" }
  | { kind: "typed"; digits: string };

export interface Offer {
  readonly manifest: Manifest;
  /** Looks at the offer against a folder; may be called for several folders. */
  inspect(folder: string): Promise<Inspection>;
}

/** A file has changed under the transfer: shall it be sent anew, from its start? */
export interface ChangedQuestion {
  /** As it was until now. */
  readonly item: OfferItem;
  readonly now: ChangedFile;
  /** Receiver: bytes free in the target folder, if that is known. */
  readonly freeBytes: number | undefined;
}

export type OfferDecision =
  | { kind: "declined" }
  | { kind: "accepted"; folder: string; items: ItemSet; conflict: ConflictPolicy };

/** Questions settle with an answer, or reject with the signal's reason when it aborts. */
export interface SenderUi {
  event(event: SessionEvent): void;
  /** `tries` left, for mode `type`. */
  verify(question: VerifyQuestion, tries: number, signal: AbortSignal): Promise<VerifyAnswer>;
  changed(question: ChangedQuestion, signal: AbortSignal): Promise<boolean>;
}

export interface ReceiverUi {
  event(event: SessionEvent): void;
  verify(question: VerifyQuestion, signal: AbortSignal): Promise<VerifyAnswer>;
  decide(offer: Offer, signal: AbortSignal): Promise<OfferDecision>;
  changed(question: ChangedQuestion, signal: AbortSignal): Promise<boolean>;
}

export interface Summary {
  /** `partial`: something offered was not taken, skipped or failed. */
  readonly outcome: "completed" | "partial";
  readonly bytes: number;
  readonly files: number;
  readonly seconds: number;
}
