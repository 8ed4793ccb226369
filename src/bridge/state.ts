/**
 * What the view shows. The host keeps it and sends it whole; the view keeps nothing that
 * could be lost with it. Names in it come from another computer: plain text, never markup.
 * It holds codes and digits, and never a key.
 */
import type { Language, LanguageSetting } from "../../l10n/language";
import type { Failure } from "../core/errors";
import type { RefusalReason } from "../core/files/names";
import type { ConflictPolicy } from "../core/ports";
import type {
  ItemOutcome,
  PeerPolicy,
  Step,
  Summary,
  VerifyPolicy,
  VerifyQuestion,
} from "../core/session/events";

export interface ViewState {
  /** What the texts are in; `languageSetting` is what the user chose. */
  readonly language: Language;
  readonly languageSetting: LanguageSetting;
  readonly transfers: readonly TransferView[];
  /** What earlier windows and programs left unfinished, newest first. */
  readonly interrupted?: readonly InterruptedTransfer[];
  /** Where this window's own relay listens. */
  readonly relays?: readonly OwnRelay[];
  /** What is finished and has no card, newest first. */
  readonly history?: readonly FinishedTransfer[];
  /**
   * The host's clock when it sent this, milliseconds since 1970. The view may run on another
   * computer, whose clock is not ours: it counts down by the difference.
   */
  readonly now?: number;
  /** What the host's computer is called when the window runs elsewhere: `ssh-remote`, `wsl`, … */
  readonly remote?: string | undefined;
}

/** Where a relay of this window listens, and who can reach it there. */
export interface OwnRelay {
  /** `HOST:PORT`, as a receiver types it. */
  readonly address: string;
  readonly reach: "this-computer" | "this-network";
}

/** A transfer that can go on, and does not at present, not here at least. */
export interface InterruptedTransfer {
  /** The journal's id: 32 hex digits. */
  readonly id: string;
  readonly role: "sender" | "receiver";
  readonly contents: Contents | undefined;
  /** When something was last done for it, milliseconds since 1970. */
  readonly at: number;
  /** Another window or program is at it. */
  readonly elsewhere: boolean;
}

/** A transfer that came to its end, here or in another window. */
export interface FinishedTransfer {
  readonly id: string;
  readonly role: "sender" | "receiver";
  readonly outcome: Summary["outcome"];
  readonly contents: Overview;
  /** When it ended, milliseconds since 1970. */
  readonly at: number;
  /** Where a receiver's files went. */
  readonly folder: string | undefined;
  /** There are checksums to copy. */
  readonly checksums: boolean;
}

/** Who holds the content back. */
export interface Paused {
  readonly us: boolean;
  readonly peer: boolean;
}

export interface TransferView {
  readonly id: string;
  readonly role: "sender" | "receiver";
  /** What is sent or was offered, in every phase in which it is known: the card's heading. */
  readonly contents?: Contents | undefined;
  /** Absent while nobody does. */
  readonly paused?: Paused | undefined;
  /** `HOST:PORT` of a sender's own relay once that is another than the receiver knows. */
  readonly movedTo?: string | undefined;
  /** How a sender's own relay is reached through its editor while the receiver has to come back. */
  readonly reachedAt?: ReachedAt | undefined;
  readonly phase: Phase;
  readonly log: readonly LogLine[];
}

/** `address`: `HOST:PORT/PATH`, with `wss://` where that is needed. */
export interface ReachedAt {
  readonly reach: "own-computer" | "everyone";
  readonly address: string;
}

/** `at`: milliseconds since 1970, for the user's eyes only. */
export type LogLine = { readonly at: number; readonly step: Step | FailureStep };
type FailureStep = { step: "failed"; failure: Failure };

/** What a transfer is about, in short. */
export interface Overview {
  /** The first of the names at the top, as they may be shown. */
  readonly names: readonly string[];
  readonly files: number;
  readonly bytes: number;
  /** It is a text message, which has no name and is no file. */
  readonly text?: boolean | undefined;
}

/** What is about to be sent. */
export interface Contents extends Overview {
  /** Left out, with the reason's key; shortened to the first hundred. */
  readonly leftOut: readonly { path: string; reason: string }[];
  readonly leftOutCount: number;
  /** Whether `.gitignore` files are heeded; absent where that is not to be chosen. */
  readonly gitignore?: boolean | undefined;
}

/** `spoken`: `CODE@HOST:PORT/PATH`. `login`: `host` lets in only who is logged in there. */
type ForwardedRelay =
  | { readonly reach: "own-computer" | "everyone"; readonly spoken: string }
  | { readonly reach: "login"; readonly host: string };

export type Phase =
  | { phase: "connecting"; contents: Contents | undefined }
  | {
      phase: "waiting";
      contents: Contents;
      code: string;
      /** `CODE@HOST:PORT` when the relay must be named to the other side. */
      spoken: string | undefined;
      /** For a browser: `http(s)://RELAY/#CODE`. */
      link: string;
      /** For another VS Code: opens Receive with the code filled in. */
      editorLink: string;
      relay: string;
      /** Who can reach an embedded relay. */
      reach: "configured" | "this-computer" | "this-network";
      /** Milliseconds since 1970. */
      expiresAt: number;
      guessesLeft: number | undefined;
      /** Where the window is a remote one: how others reach its relay through VS Code. */
      forwarded?: ForwardedRelay | undefined;
    }
  | { phase: "handshake" }
  | {
      phase: "verify";
      mode: VerifyQuestion["mode"];
      /** Absent where it must be hidden (the sender's under `type`). */
      digits: string | undefined;
      peer: PeerPolicy;
      own: VerifyPolicy;
      triesLeft: number | undefined;
    }
  /** We have confirmed; the other side has not yet answered. */
  | { phase: "awaiting-peer"; what: "confirmation" | "acceptance"; digits: string | undefined }
  | ({ phase: "offer" } & OfferView)
  | {
      phase: "moving";
      bytes: number;
      totalBytes: number;
      bytesPerSecond: number;
      /** Milliseconds left by the present speed; `undefined` when unknown. */
      msLeft: number | undefined;
      current: string;
      /** How far `current` has come. */
      currentBytes?: number | undefined;
      currentTotal?: number | undefined;
      /** The relay that all of it goes through, where that is known. */
      relay?: string | undefined;
      /** Items finished, of the accepted ones. */
      itemsDone?: number | undefined;
      itemCount?: number | undefined;
    }
  /** A file has changed since it was offered: shall it be sent as it is now? */
  | {
      phase: "changed";
      path: string;
      /** What was offered, and what it is now. Bytes. */
      before: number;
      bytes: number;
      /** In the receiver's folder, where known. */
      freeBytes: number | undefined;
    }
  /** The connection is lost; both sides come back by themselves. */
  | { phase: "reconnecting"; bytes: number; totalBytes: number }
  | {
      phase: "done";
      summary: Summary;
      items: readonly ResultItem[];
      itemCount: number;
      folder: string | undefined;
      text: string | undefined;
    }
  | {
      phase: "failed";
      failure: Failure;
      items: readonly ResultItem[];
      /** What has arrived is kept: the transfer can go on without a new code. */
      resumable?: boolean;
      /** False where nothing is left to begin anew with. */
      anew?: boolean;
    };

export interface OfferView {
  readonly items: readonly OfferEntry[];
  /** All items; `items` holds the first of them, as many as a view can show. */
  readonly itemCount: number;
  readonly totalBytes: number;
  /** Absent until the user has chosen; nothing is known about conflicts and dangers before. */
  readonly folder: string | undefined;
  readonly freeBytes: number | undefined;
  readonly conflicts: number;
  readonly dangerous: number;
  readonly refused: number;
  readonly conflict: ConflictPolicy;
  /** What is ticked, of all items and not only of those in `items`. */
  readonly selected?: { readonly items: number; readonly bytes: number } | undefined;
}

export interface OfferEntry {
  readonly index: number;
  readonly path: string;
  readonly kind: "file" | "folder" | "text";
  readonly size: number;
  readonly ticked: boolean;
  readonly dangerous: boolean;
  readonly conflict: boolean;
  readonly refused: RefusalReason | undefined;
}

export interface ResultItem {
  readonly path: string;
  readonly size: number;
  readonly sha256: string | undefined;
  readonly outcome: ItemOutcome;
  readonly finalPath: string | undefined;
}
