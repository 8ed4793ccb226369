/**
 * The receiver's way to a channel: find the relay that knows the room, then one handshake.
 * It never tries again by itself: each try is a guess at the sender's code, so each is the
 * user's to ask for, and counted.
 */
import type { Cause } from "../causes";
import { base64url, wipe } from "../crypto/bytes";
import { SecureShareError, toSecureShareError } from "../errors";

import { within } from "./async";
import type { ReceiverUi } from "./events";
import { Exchange } from "./exchange";
import { codeCredentials, ReceiverHandshake } from "./handshake";
import type { Established } from "./meetReceiver";
import { HANDSHAKE_TIMEOUT } from "./pairing";
import { Room } from "./room";
import type { ReceiveOptions, ReceiverPorts } from "./transfer";

type CodeOptions = Required<Pick<ReceiveOptions, "code" | "relays">>;

/**
 * @throws E_RELAY_*, E_CODE_UNKNOWN, E_ROOM_OCCUPIED, E_CODE_ATTEMPTS, E_CODE_WRONG,
 * E_VERSION, E_HANDSHAKE, E_INTERRUPTED, or the signal's reason
 */
export async function meetSender(
  ports: ReceiverPorts,
  options: CodeOptions,
  ui: ReceiverUi,
  signal: AbortSignal,
): Promise<Established> {
  const room = await findRoom(ports, options, ui, signal);
  const { code } = options;
  const credentials = codeCredentials(code.room, code.secret);
  const handshake = new ReceiverHandshake(credentials, ports.random);
  const spend = async () => {
    if (await ports.attempts.spend(room.relay, code.room)) return;
    throw new SecureShareError("E_CODE_ATTEMPTS", {});
  };
  try {
    await senderThere(room, ports, signal);
    ui.event({ kind: "peer", state: "joined" });
    ui.event({ kind: "step", step: "handshake" });
    const secrets = await new Exchange(room, handshake, ports.clock, spend).run(signal);
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
  options: CodeOptions,
  ui: ReceiverUi,
  signal: AbortSignal,
): Promise<Room> {
  const claim = base64url(ports.random.bytes(16));
  let failure: SecureShareError = new SecureShareError("E_USAGE", {
    reason: "no-relay" satisfies Cause,
  });
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

/** The sender is there from the start, or not at all. */
async function senderThere(room: Room, ports: ReceiverPorts, signal: AbortSignal): Promise<void> {
  const event = await within(ports.clock, HANDSHAKE_TIMEOUT, signal, (s) => room.next(s));
  if (event?.kind !== "peer" || event.state !== "joined")
    throw new SecureShareError("E_INTERRUPTED", { reason: "no-sender" satisfies Cause });
}
