/** Everything that a run of the program says, before it becomes JSON or words. */
import type { Failure } from "../core/errors";
import type { ItemOutcome, PeerPolicy, Step, Summary } from "../core/session/events";
import type { InspectedOffer } from "./offer";

/** What a scan left out: the first of them by name, and how many in all. */
export interface LeftOut {
  readonly named: readonly { readonly path: string; readonly reason: string }[];
  readonly count: number;
}

/** An interrupted transfer, as `resume --list` shows it. */
export interface KnownTransfer {
  readonly id: string;
  readonly role: "sender" | "receiver";
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly touchedAt: number;
  /** Of the whole offer, where it is known. */
  readonly sizes:
    | { readonly items: number; readonly files: number; readonly bytes: number }
    | undefined;
  /** Where a receiver's files go, once that was decided. */
  readonly folder: string | undefined;
  /** Some program is at it now. */
  readonly running: boolean;
}

export type Report =
  /** What is about to be sent. */
  | { event: "contents"; items: number; bytes: number; leftOut: LeftOut }
  | {
      event: "code";
      code: string;
      link: string;
      relay: string;
      /** Milliseconds since 1970. */
      expiresAt: number;
      /** How to read it out, when an embedded relay must be named with it. */
      spoken: string | undefined;
    }
  | { event: "peer"; state: "joined" | "left" }
  | { event: "step"; step: Step }
  | {
      event: "verify";
      mode: "compare" | "type";
      /** Six digits; absent where its user must type the other side's. */
      digits: string | undefined;
      peer: PeerPolicy;
    }
  | { event: "offer"; offer: InspectedOffer }
  | { event: "progress"; bytes: number; totalBytes: number; bytesPerSecond: number; name: string }
  | {
      event: "file";
      path: string;
      bytes: number;
      sha256: string | undefined;
      outcome: ItemOutcome | "left-out";
      finalPath: string | undefined;
      /** Why it is not there: a key of the catalogue `reasons`, or an error code. */
      reason: string | undefined;
    }
  | { event: "text"; text: string }
  /** `id`: at the end of a run, what `resume` will go on with. */
  | { event: "interrupted"; reason: string; resumable: boolean; id?: string }
  | { event: "resumed"; bytes: number }
  /** A file has changed since it was offered. `freeBytes`: a receiver's, where known. */
  | {
      event: "changed";
      path: string;
      bytes: number;
      formerBytes: number;
      freeBytes: number | undefined;
    }
  /** Who holds the content back now. */
  | { event: "paused"; us: boolean; peer: boolean }
  /** A sender's own relay could not come back at the address that the other side knows. */
  | { event: "relay"; relay: string }
  | ({ event: "transfer" } & KnownTransfer)
  | { event: "forgotten"; id: string }
  | ({ event: "done" } & Summary)
  | { event: "error"; failure: Failure };

export interface Reporter {
  /** Writes in the order of the calls; settles once the report is on its way. */
  report(report: Report): Promise<void>;
}
