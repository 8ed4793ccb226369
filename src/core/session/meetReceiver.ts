/**
 * The sender's way to a channel: take a room, show the code, and answer whoever comes until
 * one proves the code, the guesses are used up, or the code's time is over.
 */
import type { Cause } from "../causes";
import { base64url, wipe } from "../crypto/bytes";
import { type SessionSecrets, wipeSecrets } from "../crypto/schedule";
import { SecureShareError, toSecureShareError } from "../errors";
import { drawCode, type SessionCode } from "../wire/code";
import { within } from "./async";
import type { SenderUi } from "./events";
import { type Credentials, codeCredentials } from "./handshake";
import {
  HANDSHAKE_TIMEOUT,
  HELLO_PAUSE,
  HELLO_TIMEOUT,
  type Pairing,
  type PairingAction,
  type PairingEvent,
  pair,
  UNPAIRED,
} from "./pairing";
import { Room } from "./room";
import type { SenderPorts, SendOptions } from "./transfer";

/** Codes drawn before we believe that the relay refuses us for another reason. */
const DRAWS = 5;
/**
 * Pauses before rejoins: none before the first, then doubling, so that a hostile relay
 * cannot spin us. The old connection holds the room meanwhile. Milliseconds.
 */
const REJOIN_FIRST = 100;
const REJOIN_MAX = 5_000;
/**
 * The relay says how long it lets us wait. We come again before that, while the old connection
 * holds the room, and no oftener than this however short it says. Milliseconds.
 */
const COME_AGAIN_SHARE = 0.9;
const COME_AGAIN_MIN = 10_000;

export interface Established {
  readonly room: Room;
  readonly secrets: SessionSecrets;
}

/** Leaves what nobody goes on with: the other side sees it at once. */
export function abandon({ room, secrets }: Established): void {
  room.close();
  wipeSecrets(secrets);
}

/** Makes a fresh resume secret durable; settles before M3 may go out. */
export type Keep = (secrets: SessionSecrets, relay: string) => Promise<void>;

/**
 * @throws E_RELAY_*, E_CODE_EXPIRED, E_CODE_USED_UP, or the signal's reason
 */
export async function meetReceiver(
  ports: SenderPorts,
  options: SendOptions,
  ui: SenderUi,
  keep: Keep,
  signal: AbortSignal,
): Promise<Established> {
  const claim = options.claim ?? base64url(ports.random.bytes(16));
  const { room, code } = await takeRoom(ports, options, ui, claim, signal);
  ui.event({ kind: "code", code, relay: room.relay, lifetimeMs: options.codeLifetimeMs });
  ui.event({ kind: "step", step: "waiting" });
  return new Wait(ports, options, ui, keep, claim, code, room).run(signal);
}

/** Takes a free room on the first relay that answers. */
async function takeRoom(
  ports: SenderPorts,
  options: SendOptions,
  ui: SenderUi,
  claim: string,
  signal: AbortSignal,
): Promise<{ room: Room; code: SessionCode }> {
  let failure: unknown = new SecureShareError("E_USAGE", { reason: "no-relay" satisfies Cause });
  for (const relay of options.relays) {
    ui.event({ kind: "step", step: "relay-connecting", relay });
    try {
      const taken = await drawUntilFree(ports, relay, claim, ui, signal);
      ui.event({ kind: "step", step: "relay-connected", relay });
      return taken;
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}

async function drawUntilFree(
  ports: SenderPorts,
  relay: string,
  claim: string,
  ui: SenderUi,
  signal: AbortSignal,
): Promise<{ room: Room; code: SessionCode }> {
  for (let draw = 1; ; draw++) {
    const code = drawCode((n) => ports.random.bytes(n));
    try {
      return {
        room: await Room.join(ports.dialer, relay, code.room, "sender", claim, signal),
        code,
      };
    } catch (error) {
      if (toSecureShareError(error).code !== "E_ROOM_OCCUPIED" || draw === DRAWS) throw error;
      ui.event({ kind: "step", step: "room-taken" });
    }
  }
}

/** Waiting in the room, from the code's birth to its end. */
class Wait {
  #pairing: Pairing = UNPAIRED;
  #room: Room;
  #pairedAt = 0;
  #aloneSince: number;
  #lastAnswer = -Infinity;
  #rejoins = 0;
  readonly #credentials: Credentials;
  readonly #expiresAt: number;

  constructor(
    private readonly ports: SenderPorts,
    private readonly options: SendOptions,
    private readonly ui: SenderUi,
    private readonly keep: Keep,
    private readonly claim: string,
    private readonly code: SessionCode,
    room: Room,
  ) {
    this.#room = room;
    this.#aloneSince = ports.clock.now();
    this.#expiresAt = this.#aloneSince + options.codeLifetimeMs;
    this.#credentials = codeCredentials(code.room, code.secret);
  }

  async run(signal: AbortSignal): Promise<Established> {
    const { clock, random } = this.ports;
    try {
      for (;;) {
        const left = Math.min(this.#deadline(), this.#expiresAt) - clock.now();
        const event = (await within(clock, left, signal, (s) => this.#room.next(s))) ?? TIMEOUT;
        this.#throwIfExpired();
        if (event.kind === "timeout" && this.#isAlone) {
          await this.#comeAgain(signal);
          continue;
        }
        this.#note(event);
        const [next, action] = pair(this.#pairing, event, this.#credentials, random);
        this.#pairing = next;
        const secrets = await this.#perform(action, signal);
        if (secrets !== undefined) return { room: this.#room, secrets };
      }
    } catch (error) {
      this.#room.close();
      throw error;
    } finally {
      wipe(this.#credentials.prs);
      if (this.#pairing.state.phase === "answered") this.#pairing.state.handshake.wipe();
    }
  }

  get #isAlone(): boolean {
    return this.#pairing.state.phase === "alone";
  }

  /** Until when the stranger in the room may take for its next frame, or we stay alone in it. */
  #deadline(): number {
    if (this.#isAlone) {
      const patience = this.#room.limits.waitMs * COME_AGAIN_SHARE;
      return this.#aloneSince + Math.max(patience, COME_AGAIN_MIN);
    }
    const { phase } = this.#pairing.state;
    return this.#pairedAt + (phase === "paired" ? HELLO_TIMEOUT : HANDSHAKE_TIMEOUT);
  }

  #throwIfExpired(): void {
    if (this.ports.clock.now() < this.#expiresAt) return;
    const minutes = Math.ceil(this.options.codeLifetimeMs / 60_000);
    throw new SecureShareError("E_CODE_EXPIRED", { minutes });
  }

  #note(event: PairingEvent): void {
    if (event.kind !== "peer") return;
    if (event.state === "joined") this.#pairedAt = this.ports.clock.now();
    else this.#aloneSince = this.ports.clock.now();
    this.ui.event({ kind: "peer", state: event.state });
  }

  async #perform(action: PairingAction, signal: AbortSignal): Promise<SessionSecrets | undefined> {
    switch (action.do) {
      case "nothing":
        return undefined;
      case "answer":
        await this.#answer(action.frame, action.delayed, signal);
        return undefined;
      case "rejoin":
        this.ui.event({ kind: "step", step: "handshake-failed", reason: action.reason });
        if (action.parting !== undefined) await this.#send(action.parting);
        await this.#rejoin(signal);
        return undefined;
      case "guess":
        this.ui.event({ kind: "step", step: "wrong-code", guessesLeft: action.guessesLeft });
        if (action.guessesLeft === 0) throw new SecureShareError("E_CODE_USED_UP", {});
        // Guesses are few: whoever mistyped hears it at once.
        this.#rejoins = 0;
        await this.#rejoin(signal);
        return undefined;
      case "established":
        await this.keep(action.secrets, this.#room.relay);
        await this.#send(action.m3);
        return action.secrets;
    }
  }

  async #answer(frame: Uint8Array, delayed: boolean, signal: AbortSignal): Promise<void> {
    const { clock } = this.ports;
    const wait = delayed ? this.#lastAnswer + HELLO_PAUSE - clock.now() : 0;
    if (wait > 0) await clock.sleep(wait, signal);
    this.#lastAnswer = clock.now();
    this.ui.event({ kind: "step", step: "handshake" });
    await this.#send(frame);
  }

  /** A write that fails is no guess: the room's next event says that it is closed. */
  async #send(frame: Uint8Array): Promise<void> {
    await this.#room.send(frame).catch(() => {});
  }

  /** Comes back with our claim, for as long as the code lives. */
  async #rejoin(signal: AbortSignal): Promise<void> {
    const { clock } = this.ports;
    for (;;) {
      const wait = Math.min(REJOIN_MAX, REJOIN_FIRST * 2 ** Math.min(this.#rejoins, 10));
      if (this.#rejoins++ > 0) await clock.sleep(wait, signal);
      this.#throwIfExpired();
      if (!(await this.#takeAgain(signal))) continue;
      this.ui.event({ kind: "step", step: "rejoined" });
      return;
    }
  }

  /** Waits on in the room as it is now: behind a balancer it may have moved to another relay. */
  async #comeAgain(signal: AbortSignal): Promise<void> {
    if (!(await this.#takeAgain(signal))) this.#aloneSince = this.ports.clock.now();
  }

  /** The room with our claim in it, for the old one; false when the relay does not have us. */
  async #takeAgain(signal: AbortSignal): Promise<boolean> {
    const { clock, dialer } = this.ports;
    const old = this.#room;
    try {
      const { room } = this.code;
      this.#room = await Room.join(dialer, old.relay, room, "sender", this.claim, signal);
    } catch {
      signal.throwIfAborted();
      return false;
    }
    old.close();
    this.#aloneSince = clock.now();
    return true;
  }
}

const TIMEOUT = { kind: "timeout" } as const;
