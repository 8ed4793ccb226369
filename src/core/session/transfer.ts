/** The two programs of a session, as hosts call them. */

import { SecureShareError } from "../errors";
import type { ReceiverDocument, SenderDocument } from "../files/journal";
import type {
  Aead,
  Attempts,
  Clock,
  Dialer,
  Hash,
  Journal,
  Random,
  ResumableSink,
  Source,
  Spool,
} from "../ports";
import type { SessionCode } from "../wire/code";
import type { TransferControls } from "./controls";
import type { ReceiverUi, SenderUi, Summary, VerifyPolicy } from "./events";
import type { ReceiverPast } from "./openContent";
import { ReceiverTransfer } from "./receiver";
import { SenderTransfer } from "./sender";

export interface CommonPorts {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: Random;
  readonly aead: Aead;
  readonly hash: Hash;
}

export interface SenderPorts extends CommonPorts {
  /** Looked at when the receiver has come: until then it may become another. */
  readonly source: Source;
  /** Where the transfer is remembered; without one it ends with its program. */
  readonly journal?: Journal;
}

export interface SendOptions {
  /** `ws://` or `wss://` addresses; the first that answers is used. */
  readonly relays: readonly string[];
  readonly verify: VerifyPolicy;
  /** A script answers, not a person. */
  readonly automated: boolean;
  readonly codeLifetimeMs: number;
  readonly padding: boolean;
  /** How long to try to come back after a drop; 0: a drop ends the transfer. */
  readonly keepForMs: number;
  /** Pause, and relays named later. */
  readonly controls?: TransferControls;
  /** 16 random bytes in base64url, for an embedded relay that admits only known claims. */
  readonly claim?: string;
}

export interface ReceiverPorts extends CommonPorts {
  readonly attempts: Attempts;
  /** A sink for a folder that the user chose; it notes what a later run must know. */
  sink(folder: string): ResumableSink;
  /** Where the transfer is remembered; without one it ends with its program. */
  readonly journal?: Journal;
  /** Where the offer's pages are put aside. */
  spool(): Spool;
}

export interface ReceiveOptions {
  /** A transfer that is resumed needs none. */
  readonly code?: SessionCode;
  /** Tried in turn until one knows the room. */
  readonly relays: readonly string[];
  readonly verify: VerifyPolicy;
  readonly automated: boolean;
  /** How long to try to come back after a drop; 0: a drop ends the transfer. */
  readonly keepForMs: number;
  /** Pause, and relays named later. */
  readonly controls?: TransferControls;
}

/**
 * Sends: takes a room, shows the code, and moves what the receiver accepts.
 * Rejects with a SecureShareError; aborting the signal with one makes it the outcome.
 */
export async function sendTransfer(
  ports: SenderPorts,
  options: SendOptions,
  ui: SenderUi,
  signal: AbortSignal,
): Promise<Summary> {
  if (ports.source.manifest.length === 0) throw new SecureShareError("E_NOTHING_TO_SEND", {});
  return lifeOf(signal, (life) => new SenderTransfer(ports, options, ui, life).run());
}

/**
 * Goes on with what a former run left in the journal, without a new code.
 * Rejects with E_RESUME_LOST when the journal's key is gone.
 */
export async function resumeSending(
  ports: SenderPorts,
  options: SendOptions,
  document: SenderDocument,
  ui: SenderUi,
  signal: AbortSignal,
): Promise<Summary> {
  return lifeOf(signal, async (life) => {
    const transfer = new SenderTransfer(ports, options, ui, life);
    await transfer.restore(document);
    return transfer.run();
  });
}

/** The same for a receiver; `past` is what the journal's log and spool hold. */
export async function resumeReceiving(
  ports: ReceiverPorts,
  options: ReceiveOptions,
  document: ReceiverDocument,
  past: ReceiverPast,
  ui: ReceiverUi,
  signal: AbortSignal,
): Promise<Summary> {
  return lifeOf(signal, async (life) => {
    const transfer = new ReceiverTransfer(ports, options, ui, life);
    await transfer.restore(document, past);
    return transfer.run();
  });
}

/** Receives: meets the sender by its code and takes what the user accepts. */
export async function receiveTransfer(
  ports: ReceiverPorts,
  options: ReceiveOptions,
  ui: ReceiverUi,
  signal: AbortSignal,
): Promise<Summary> {
  return lifeOf(signal, (life) => new ReceiverTransfer(ports, options, ui, life).run());
}

/** A signal that aborts with `outer`, and when the transfer ends: questions end with it. */
async function lifeOf<T>(outer: AbortSignal, run: (life: AbortSignal) => Promise<T>): Promise<T> {
  const life = new AbortController();
  const abort = () => life.abort(outer.reason);
  outer.addEventListener("abort", abort, { once: true });
  if (outer.aborted) abort();
  try {
    return await run(life.signal);
  } finally {
    outer.removeEventListener("abort", abort);
    life.abort(new Error("transfer over"));
  }
}
