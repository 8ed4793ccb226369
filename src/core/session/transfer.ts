/** The two programs of a session, as hosts call them. */
import type { Aead, Attempts, Clock, Dialer, Hash, Random, Sink, Source, Spool } from "../ports";
import type { SessionCode } from "../wire/code";
import type { ReceiverUi, SenderUi, Summary, VerifyPolicy } from "./events";

export interface CommonPorts {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: Random;
  readonly aead: Aead;
  readonly hash: Hash;
}

export interface SenderPorts extends CommonPorts {
  readonly source: Source;
}

export interface SendOptions {
  /** `ws://` or `wss://` addresses; the first that answers is used. */
  readonly relays: readonly string[];
  readonly verify: VerifyPolicy;
  /** A script answers, not a person. */
  readonly automated: boolean;
  readonly codeLifetimeMs: number;
  readonly padding: boolean;
  /** 16 random bytes in base64url, for an embedded relay that admits only known claims. */
  readonly claim?: string;
}

export interface ReceiverPorts extends CommonPorts {
  readonly attempts: Attempts;
  /** A sink for a folder that the user chose. */
  sink(folder: string): Sink;
  /** Where the offer's pages are put aside. */
  spool(): Spool;
}

export interface ReceiveOptions {
  readonly code: SessionCode;
  /** Tried in turn until one knows the room. */
  readonly relays: readonly string[];
  readonly verify: VerifyPolicy;
  readonly automated: boolean;
}

export declare function sendTransfer(
  ports: SenderPorts,
  options: SendOptions,
  ui: SenderUi,
  signal: AbortSignal,
): Promise<Summary>;

export declare function receiveTransfer(
  ports: ReceiverPorts,
  options: ReceiveOptions,
  ui: ReceiverUi,
  signal: AbortSignal,
): Promise<Summary>;
