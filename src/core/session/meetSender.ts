/**
 * The receiver's way to a channel: find the relay that knows the room, then one handshake.
 * It never tries again by itself: each try is a guess at the sender's code, so each is the
 * user's to ask for, and counted.
 */
import { base64url, wipe } from "../crypto/bytes";
import { SecureShareError, toSecureShareError } from "../errors";
import { AbortReason, classifyFrame, type FrameClass, FrameType } from "../wire/frames";
import { within } from "./async";
import type { ReceiverUi } from "./events";
import { codeCredentials, ReceiverHandshake } from "./handshake";
import type { Established } from "./meetReceiver";
import { HANDSHAKE_TIMEOUT } from "./pairing";
import { Room } from "./room";
import type { ReceiveOptions, ReceiverPorts } from "./transfer";

/**
 * @throws E_RELAY_*, E_CODE_UNKNOWN, E_ROOM_OCCUPIED, E_CODE_ATTEMPTS, E_CODE_WRONG,
 * E_VERSION, E_HANDSHAKE, E_INTERRUPTED, or the signal's reason
 */
export async function meetSender(
  ports: ReceiverPorts,
  options: ReceiveOptions,
  ui: ReceiverUi,
  signal: AbortSignal,
): Promise<Established> {
  const room = await findRoom(ports, options, ui, signal);
  const { code } = options;
  const credentials = codeCredentials(code.room, code.secret);
  const handshake = new ReceiverHandshake(credentials, ports.random);
  try {
    const attempt = new Attempt(room, handshake, () => ports.attempts.spend(room.relay, code.room));
    const secrets = await attempt.run(ports, ui, signal);
    return { room, secrets };
  } catch (error) {
    room.close();
    throw error;
  } finally {
    handshake.wipe();
    wipe(credentials.prs);
  }
}

async function findRoom(
  ports: ReceiverPorts,
  options: ReceiveOptions,
  ui: ReceiverUi,
  signal: AbortSignal,
): Promise<Room> {
  const claim = base64url(ports.random.bytes(16));
  let failure: SecureShareError = new SecureShareError("E_USAGE", { reason: "no relay" });
  for (const relay of options.relays) {
    ui.event({ kind: "step", step: "relay-connecting", relay });
    try {
      const { room } = options.code;
      const joined = await Room.join(ports.dialer, relay, room, "receiver", claim, signal);
      ui.event({ kind: "step", step: "relay-connected", relay });
      return joined;
    } catch (error) {
      signal.throwIfAborted();
      failure = moreTelling(failure, toSecureShareError(error));
      if (failure.code === "E_CODE_UNKNOWN")
        ui.event({ kind: "step", step: "relay-unknown-code", relay });
    }
  }
  throw failure;
}

/** Of two refusals, what helps more: an occupied room, then an unknown code, then the rest. */
function moreTelling(before: SecureShareError, now: SecureShareError): SecureShareError {
  const rank = (e: SecureShareError) => ["E_CODE_UNKNOWN", "E_ROOM_OCCUPIED"].indexOf(e.code);
  return rank(before) > rank(now) ? before : now;
}

/** One handshake: HELLO, M1, M2, M3. */
class Attempt {
  /** Once M2 is out, the attempt counts as a guess, whatever ends it. */
  #spent = false;
  #deadline = Infinity;

  constructor(
    private readonly room: Room,
    private readonly handshake: ReceiverHandshake,
    private readonly spend: () => Promise<boolean>,
  ) {}

  async run(
    ports: ReceiverPorts,
    ui: ReceiverUi,
    signal: AbortSignal,
  ): Promise<Established["secrets"]> {
    await this.#joined(ports, ui, signal);
    this.#deadline = ports.clock.now() + HANDSHAKE_TIMEOUT;
    ui.event({ kind: "step", step: "handshake" });
    await this.#send(this.handshake.hello);
    const m2 = this.handshake.answer(await this.#frame(FrameType.m1, ports, signal));
    if (typeof m2 === "string") throw new SecureShareError("E_HANDSHAKE", {});
    if (!(await this.spend())) throw new SecureShareError("E_CODE_ATTEMPTS", {});
    this.#spent = true;
    await this.#send(m2);
    const secrets = this.handshake.finish(await this.#frame(FrameType.m3, ports, signal));
    if (typeof secrets === "string") throw new SecureShareError("E_HANDSHAKE", {});
    return secrets;
  }

  /** The sender is there from the start, or not at all. */
  async #joined(ports: ReceiverPorts, ui: ReceiverUi, signal: AbortSignal): Promise<void> {
    const event = await within(ports.clock, HANDSHAKE_TIMEOUT, signal, (s) => this.room.next(s));
    if (event?.kind !== "peer" || event.state !== "joined") throw this.#lost("no sender");
    ui.event({ kind: "peer", state: "joined" });
  }

  async #frame(type: FrameClass, ports: ReceiverPorts, signal: AbortSignal): Promise<Uint8Array> {
    const left = this.#deadline - ports.clock.now();
    const event = await within(ports.clock, left, signal, (s) => this.room.next(s));
    if (event === undefined) throw this.#lost("timeout");
    if (event.kind === "closed") throw this.#lost(`closed by relay (${event.code})`);
    if (event.kind === "peer") throw this.#lost(`peer ${event.state}`);
    const got = classifyFrame(event.frame);
    if (got === type) return event.frame;
    const version = got === FrameType.abort && event.frame[2] === AbortReason.version;
    if (got === "version" || version) throw new SecureShareError("E_VERSION", {});
    throw this.#spent ? this.#lost("") : new SecureShareError("E_HANDSHAKE", {});
  }

  async #send(frame: Uint8Array): Promise<void> {
    await this.room.send(frame).catch(() => {
      throw this.#lost("connection lost");
    });
  }

  /** After M2, silence is how a sender says no: one answer for every reason. */
  #lost(reason: string): SecureShareError {
    if (this.#spent) return new SecureShareError("E_CODE_WRONG", {});
    return new SecureShareError("E_INTERRUPTED", { reason });
  }
}
