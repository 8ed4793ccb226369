/**
 * How a side leaves, and makes sure that its last word is heard (docs/PROTOCOL.md,
 * "Leaving"): what ends a transfer for both is said, answered, and said once more in a new
 * connection when the answer does not come.
 */
import { type ErrorCode, SecureShareError, type Side, toSecureShareError } from "../errors";
import type { Aead, Clock } from "../ports";
import { RECORD_PLAINTEXT } from "../wire/limits";
import type { Role } from "../wire/rooms";
import { deferred, within } from "./async";
import { cancelled } from "./cancelled";
import { Channel } from "./channel";
import type { Ending, SessionEvent } from "./events";
import type { Established } from "./meetReceiver";
import { CancelReason, readFrames } from "./plaintext";

/** How long a parting word may take to go out, and how long its answer. Milliseconds. */
const PARTING = 1_000;
const ANSWER = 2_000;
/** For how long a last word is tried in new connections. Milliseconds. */
const FAREWELL = 5_000;

/** Words after which neither side comes back. */
const LAST_WORDS: Readonly<Record<Ending, CancelReason>> = {
  E_CANCELLED: CancelReason.cancelled,
  E_DECLINED: CancelReason.declined,
  E_VERIFY_REJECTED: CancelReason.rejected,
};

const isEnding = (code: ErrorCode): code is Ending => Object.hasOwn(LAST_WORDS, code);

/** What a failure of ours is to the other side; `undefined` where a word would not reach it. */
function wordFor(code: ErrorCode): CancelReason | undefined {
  // The other side sees us leave, and comes back by itself; a record of the old epoch
  // would only disturb its next handshake.
  if (code === "E_INTERRUPTED" || code === "E_TAMPERED") return undefined;
  return isEnding(code) ? LAST_WORDS[code] : CancelReason.failed;
}

/** It ends the transfer for both, whoever said so. */
export function isLastWord(error: unknown): boolean {
  return error instanceof SecureShareError && isEnding(error.code);
}

/** How `error` ends the transfer for both, when it was this side's user or the other's. */
function endingOf(error: unknown, by: Side): Ending | undefined {
  if (!(error instanceof SecureShareError) || !isEnding(error.code)) return undefined;
  return "by" in error.details && error.details.by === by ? error.code : undefined;
}

function ourWord(error: unknown): CancelReason | undefined {
  if (error === undefined || endingOf(error, "peer") !== undefined) return undefined;
  return wordFor(toSecureShareError(error).code);
}

/** An epoch's reader, as whoever leaves looks at it. */
export interface Reading {
  /** Settles when the reader ends; never rejects. */
  readonly ended: Promise<void>;
  /** What ended it, once it has. */
  failure: unknown;
}

/** Runs a reader so that its end can be looked at. */
export function watched(read: () => Promise<void>): { reading: Reading; run: () => Promise<void> } {
  const over = deferred<void>();
  const reading: Reading = { ended: over.promise, failure: undefined };
  const run = () => {
    const end = read();
    end
      .catch((error: unknown) => {
        reading.failure = error;
      })
      .finally(() => over.resolve());
    return end;
  };
  return { reading, run };
}

export interface PartingPorts {
  readonly clock: Clock;
  readonly aead: Aead;
}

/** A new connection to the other side, within so many milliseconds. */
export type MeetOnceMore = (patience: number, signal: AbortSignal) => Promise<Established>;

/** One side's leaving, over all epochs. */
export class Parting {
  /** The other side has ended the transfer, or answered that it knows of the end. */
  #known = false;

  constructor(
    private readonly role: Role,
    private readonly ports: PartingPorts,
    private readonly tell: (event: SessionEvent) => void,
  ) {}

  /** Says why, when the failure is ours, answers a last word, and closes the channel. */
  async leave(channel: Channel, error: unknown, reading: Reading): Promise<void> {
    const word = ourWord(error);
    if (word !== undefined) await this.#say(channel, word);
    if (endingOf(error, "us") !== undefined)
      await within(this.ports.clock, ANSWER, NEVER, () => reading.ended);
    const heard = endingOf(reading.failure, "peer");
    if (heard !== undefined) this.#known = true;
    // Who ends for a reason of its own, or said it at the same moment, owes no answer.
    const due = error === undefined || error === reading.failure;
    if (heard !== undefined && due) await this.#say(channel, LAST_WORDS[heard]);
    await channel.close();
  }

  /**
   * Says it again where nobody has answered: a word may be lost with its connection, or
   * there was none to say it in. Settles in a few seconds, heard or not.
   */
  async insist(failure: unknown, meet: MeetOnceMore): Promise<void> {
    const ending = endingOf(failure, "us");
    if (ending === undefined || this.#known) return;
    const { clock } = this.ports;
    this.tell({ kind: "step", step: "parting", ending });
    const until = clock.now() + FAREWELL;
    while (!this.#known && clock.now() < until) {
      const met = await meet(until - clock.now(), NEVER).catch(() => undefined);
      if (met === undefined) return;
      const channel = new Channel(met.room, this.role, this.ports.aead, met.secrets);
      const { reading, run } = watched(() => untilCancel(channel));
      const read = run().catch(() => {});
      await this.leave(channel, failure, reading);
      await read;
    }
  }

  async #say(channel: Channel, word: CancelReason): Promise<void> {
    const { clock } = this.ports;
    await within(clock, PARTING, NEVER, () => channel.sendCancel(word)).catch(() => {});
  }
}

const NEVER = new AbortController().signal;

/** Reads past everything that the other side had still to say. */
async function untilCancel(channel: Channel): Promise<void> {
  const buffer = new Uint8Array(RECORD_PLAINTEXT);
  for (;;)
    for (const frame of readFrames(await channel.receive(buffer)) ?? [])
      if (frame.kind === "cancel") throw cancelled(frame.reason);
}
