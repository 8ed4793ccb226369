/**
 * Meeting again after a drop (docs/PROTOCOL.md, "Resume"): both sides wait at rooms named
 * by the resume secret, on every relay of the transfer, and the first pairing wins. A
 * failure burns nothing; it is tried again, soon at first, then less often.
 */
import type { Cause } from "../causes";
import { base64url, hex } from "../crypto/bytes";
import { rendezvous, type SessionSecrets, wipeSecrets } from "../crypto/schedule";
import { SecureShareError } from "../errors";
import type { Clock, Dialer, Random } from "../ports";
import type { Role } from "../wire/rooms";
import { abortable, deferred, within } from "./async";
import type { TransferControls } from "./controls";
import { Exchange } from "./exchange";
import { type Credentials, ReceiverHandshake } from "./handshake";
import { abandon, type Established } from "./meetReceiver";
import { HANDSHAKE_TIMEOUT, HELLO_TIMEOUT, type Pairing, pair, UNPAIRED } from "./pairing";
import { Room } from "./room";

export interface ReunionPorts {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: Random;
}

/** What a side does with a fresh secret before it goes on. */
export type KeepAgain = (used: Uint8Array, fresh: SessionSecrets) => Promise<void>;

/** Waits between attempts: at once, then doubling to a second; after a while, to fifteen. */
const FIRST_WAIT = 100;
const SHORT_WAIT = 1_000;
const LONG_WAIT = 15_000;
const PATIENCE = 15 * 60_000;
/**
 * Who is alone joins anew after so long, at first and after a while. Behind a balancer the
 * room may have moved to another relay meanwhile, where the other side waits alone as well.
 */
const ALONE_FIRST = 15_000;
const ALONE_LATER = 45_000;

/**
 * How long to wait before attempt `n`, with up to a quarter of jitter (`random` in 0..1).
 * `elapsed`: milliseconds since the connection was lost.
 */
export function reconnectDelay(n: number, elapsed: number, random: number): number {
  if (n === 0) return 0;
  const most = elapsed < PATIENCE ? SHORT_WAIT : LONG_WAIT;
  return Math.min(most, FIRST_WAIT * 2 ** Math.min(n, 20)) * (0.75 + random / 4);
}

/** How long to stay alone in a room, with up to a quarter of jitter; as `reconnectDelay`. */
function aloneFor(elapsed: number, random: number): number {
  return (elapsed < PATIENCE ? ALONE_FIRST : ALONE_LATER) * (0.75 + random / 4);
}

/**
 * Waits for the other side at all of a transfer's relays, under each secret.
 * @throws E_INTERRUPTED when nobody came in `patience` ms, or the signal's reason
 */
export async function reunite(
  role: Role,
  ports: ReunionPorts,
  relays: readonly string[],
  controls: TransferControls | undefined,
  secrets: readonly Uint8Array[],
  keep: KeepAgain,
  patience: number,
  signal: AbortSignal,
): Promise<Established> {
  const controller = new AbortController();
  const found = deferred<Established>();
  const established: Established[] = [];
  const take = (met: Established) => {
    established.push(met);
    found.resolve(met);
  };
  const make = role === "sender" ? SenderLine : ReceiverLine;
  const lines: Line[] = [];
  const runs: Promise<void>[] = [];
  const known = new Set<string>();
  const wait = () => {
    for (const relay of [...relays, ...(controls?.relays ?? [])]) {
      if (known.has(relay)) continue;
      known.add(relay);
      for (const psk of secrets) {
        const line = new make({ ports, relay, psk, keep, take, lines: () => lines });
        lines.push(line);
        runs.push(line.run(controller.signal));
      }
    }
  };
  wait();
  const unsubscribe = controls?.subscribe(wait);
  let met: Established | undefined;
  try {
    met = await within(ports.clock, patience, signal, (s) => abortable(found.promise, s));
    if (met !== undefined) return met;
    throw new SecureShareError("E_INTERRUPTED", { reason: "peer-away" satisfies Cause });
  } finally {
    unsubscribe?.();
    controller.abort(new Error("reunion over"));
    await Promise.allSettled(runs);
    // One may have come to its end when nobody waited any more: the other side must see it go.
    for (const other of established) if (other !== met) abandon(other);
  }
}

interface LineOptions {
  readonly ports: ReunionPorts;
  readonly relay: string;
  readonly psk: Uint8Array;
  readonly keep: KeepAgain;
  /** Whoever has met the other side says so. */
  readonly take: (met: Established) => void;
  /** All lines of the reunion: a side runs at most one handshake over them (rule A). */
  readonly lines: () => readonly Line[];
}

const ALONE = "alone";
const DROPPED = "dropped";
/** What a stay in a room came to; `undefined`: nothing, come again. */
type Stay = Established | typeof ALONE | typeof DROPPED | undefined;

/** One room at one relay, joined over and over. */
abstract class Line {
  protected readonly credentials: Credentials;

  constructor(protected readonly o: LineOptions) {
    this.credentials = { mode: 1, locator: rendezvous(o.psk).rid, prs: o.psk };
  }

  protected abstract readonly role: Role;
  /** A stay in the room, of at most `patience` ms without the other side. */
  protected abstract meet(room: Room, patience: number, signal: AbortSignal): Promise<Stay>;
  /** Drops an unfinished handshake, because another line begins one. */
  abstract drop(): void;

  protected dropOthers(): void {
    for (const line of this.o.lines()) if (line !== this) line.drop();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.o.ports;
    const start = clock.now();
    for (let n = 0; !signal.aborted; n++) {
      await clock.sleep(reconnectDelay(n, clock.now() - start, this.#jitter()), signal);
      const met = await this.#stay(start, signal).catch(() => undefined);
      if (met !== undefined) {
        this.o.take(met);
        return;
      }
    }
  }

  /** 0 to 1. */
  #jitter(): number {
    return (this.o.ports.random.bytes(1)[0] ?? 0) / 256;
  }

  #join(signal: AbortSignal): Promise<Room> {
    const { senderClaim, receiverClaim } = rendezvous(this.o.psk);
    const claim = base64url(this.role === "sender" ? senderClaim : receiverClaim);
    const rid = hex(this.credentials.locator);
    return Room.join(this.o.ports.dialer, this.o.relay, rid, this.role, claim, signal);
  }

  /**
   * `start`: when the reunion began, by the clock. The old place is kept until there is a new
   * one. At the same relay the claim gives that, and puts out a stranger who sat with us.
   */
  async #stay(start: number, signal: AbortSignal): Promise<Established | undefined> {
    const { clock } = this.o.ports;
    let room = await this.#join(signal);
    let stay: Stay = ALONE;
    try {
      for (let strangers = 0; ; ) {
        const patience = aloneFor(clock.now() - start, this.#jitter());
        stay = await this.meet(room, patience, signal).catch(ifFailed);
        if (stay === DROPPED) return undefined;
        if (stay !== ALONE && (stay !== undefined || !room.paired)) return stay;
        if (stay !== ALONE)
          await clock.sleep(reconnectDelay(strangers++, 0, this.#jitter()), signal);
        const next = await this.#join(signal).catch(() => undefined);
        if (next === undefined) continue;
        room.close();
        room = next;
      }
    } finally {
      if (stay === undefined || typeof stay === "string") room.close();
    }
  }
}

/** A handshake that the other side failed, or one that we dropped. */
function ifFailed(error: unknown): Stay {
  return error instanceof SecureShareError ? undefined : DROPPED;
}

class SenderLine extends Line {
  protected readonly role = "sender";
  #pairing: Pairing = UNPAIRED;
  #since = 0;
  #dropped = false;

  drop(): void {
    this.#dropped = true;
    if (this.#pairing.state.phase === "answered") this.#pairing.state.handshake.wipe();
    if (this.#pairing.state.phase !== "alone")
      this.#pairing = { ...this.#pairing, state: { phase: "paired" } };
  }

  protected async meet(room: Room, patience: number, signal: AbortSignal): Promise<Stay> {
    const { clock, random } = this.o.ports;
    this.#pairing = UNPAIRED;
    this.#since = clock.now();
    for (;;) {
      const left = this.#deadline(patience) - clock.now();
      const event = (await within(clock, left, signal, (s) => room.next(s))) ?? TIMEOUT;
      if (event.kind === "timeout" && this.#pairing.state.phase === "alone") return ALONE;
      if (event.kind === "peer") this.#since = clock.now();
      const [next, action] = pair(this.#pairing, event, this.credentials, random);
      this.#pairing = next;
      if (action.do === "rejoin" || action.do === "guess") return undefined;
      if (action.do === "answer") {
        this.dropOthers();
        await room.send(action.frame);
      } else if (action.do === "established") {
        this.#dropped = false;
        await this.o.keep(this.o.psk, action.secrets);
        // Until M3 is out it is unfinished, however long the writing took.
        if (this.#dropped || signal.aborted) {
          wipeSecrets(action.secrets);
          return DROPPED;
        }
        await room.send(action.m3);
        return { room, secrets: action.secrets };
      }
    }
  }

  #deadline(patience: number): number {
    const { phase } = this.#pairing.state;
    if (phase === "alone") return this.#since + patience;
    return this.#since + (phase === "paired" ? HELLO_TIMEOUT : HANDSHAKE_TIMEOUT);
  }
}

class ReceiverLine extends Line {
  protected readonly role = "receiver";
  #attempt: AbortController | undefined;

  drop(): void {
    this.#attempt?.abort(new Error("another handshake began"));
  }

  protected async meet(room: Room, patience: number, signal: AbortSignal): Promise<Stay> {
    const { clock } = this.o.ports;
    for (;;) {
      const event = await within(clock, patience, signal, (s) => room.next(s));
      if (event === undefined) return ALONE;
      if (event.kind === "closed") return undefined;
      if (event.kind === "peer" && event.state === "joined") break;
    }
    this.dropOthers();
    const attempt = new AbortController();
    const stop = () => attempt.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    this.#attempt = attempt;
    const handshake = new ReceiverHandshake(this.credentials, this.o.ports.random);
    try {
      const exchange = new Exchange(room, handshake, clock, async () => {});
      const secrets = await exchange.run(attempt.signal);
      await this.o.keep(this.o.psk, secrets);
      return { room, secrets };
    } finally {
      handshake.wipe();
      signal.removeEventListener("abort", stop);
      this.#attempt = undefined;
    }
  }
}

const TIMEOUT = { kind: "timeout" } as const;
