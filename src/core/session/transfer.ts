/** The two programs of a session, as hosts call them. */

import { SecureShareError } from "../errors";
import type { Aead, Attempts, Clock, Dialer, Hash, Random, Sink, Source, Spool } from "../ports";
import type { SessionCode } from "../wire/code";
import { together } from "./async";
import { Channel } from "./channel";
import type { ReceiverUi, SenderUi, Summary, VerifyPolicy } from "./events";
import { meetReceiver } from "./meetReceiver";
import { meetSender } from "./meetSender";
import { ReceiveSession } from "./receive";
import { SendSession } from "./send";

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
  const { room, secrets } = await meetReceiver(ports, options, ui, signal);
  const channel = new Channel(room, "sender", ports.aead, secrets);
  const session = new SendSession(channel, secrets.digits, ports, options, ui);
  return together(
    signal,
    (scope) => session.run(scope),
    () => session.read(),
    (error) => session.end(error),
  );
}

/** Receives: meets the sender by its code and takes what the user accepts. */
export async function receiveTransfer(
  ports: ReceiverPorts,
  options: ReceiveOptions,
  ui: ReceiverUi,
  signal: AbortSignal,
): Promise<Summary> {
  const { room, secrets } = await meetSender(ports, options, ui, signal);
  const channel = new Channel(room, "receiver", ports.aead, secrets);
  const session = new ReceiveSession(channel, secrets.digits, ports, options, ui);
  let failure: unknown;
  try {
    return await together(
      signal,
      (scope) => session.run(scope),
      () => session.read(),
      (error) => session.end(error),
    );
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await session.dispose(failure);
  }
}
