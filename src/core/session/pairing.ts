/**
 * How the sender's side of a code room goes on: one transition function over what the relay
 * and the stranger in the room do (docs/PROTOCOL.md, "Handshake"). The budget of guesses is
 * kept here: a wrong tagR is a guess, anything malformed is not.
 */
import type { Reason } from "../causes";
import type { SessionSecrets } from "../crypto/schedule";
import type { Random } from "../ports";
import { AbortReason, abortFrame, classifyFrame, FrameType } from "../wire/frames";
import { type Credentials, SenderHandshake } from "./handshake";
import type { RoomEvent } from "./room";

/** Counted guesses that a code survives, less one. */
const GUESSES = 3;
/** HELLOs answered without delay; then one each HELLO_PAUSE ms. */
const FREE_HELLOS = 20;
export const HELLO_PAUSE = 5_000;
/** From `joined` to HELLO, and for a whole handshake. Milliseconds. */
export const HELLO_TIMEOUT = 10_000;
export const HANDSHAKE_TIMEOUT = 30_000;

type PairingState =
  | { phase: "alone" }
  | { phase: "paired" }
  | { phase: "answered"; handshake: SenderHandshake };

export interface Pairing {
  readonly state: PairingState;
  readonly guessesLeft: number;
  readonly hellos: number;
}

export const UNPAIRED: Pairing = { state: { phase: "alone" }, guessesLeft: GUESSES, hellos: 0 };

export type PairingEvent = RoomEvent | { kind: "timeout" };

export type PairingAction =
  | { do: "nothing" }
  /** Send M1; `delayed` when the HELLOs have become too many. */
  | { do: "answer"; frame: Uint8Array; delayed: boolean }
  /** Leave the room and come back with our claim: whoever sat there is put out. */
  | { do: "rejoin"; reason: Reason; parting?: Uint8Array }
  | { do: "guess"; guessesLeft: number }
  | { do: "established"; m3: Uint8Array; secrets: SessionSecrets };

type Next = readonly [Pairing, PairingAction];
const NOTHING: PairingAction = { do: "nothing" };

/** Drops an unfinished handshake: nothing of it is ever accepted again. */
function drop(pairing: Pairing, phase: "alone" | "paired"): Pairing {
  if (pairing.state.phase === "answered") pairing.state.handshake.wipe();
  return { ...pairing, state: { phase } };
}

const rejoin = (pairing: Pairing, reason: Reason, parting?: Uint8Array): Next => [
  drop(pairing, "alone"),
  { do: "rejoin", reason, ...(parting && { parting }) },
];

export function pair(
  pairing: Pairing,
  event: PairingEvent,
  credentials: Credentials,
  random: Random,
): Next {
  switch (event.kind) {
    case "peer":
      return [drop(pairing, event.state === "joined" ? "paired" : "alone"), NOTHING];
    case "closed":
      return rejoin(pairing, `relay-closed-${event.code}`);
    case "timeout":
      return rejoin(pairing, "timeout");
    case "frame":
      return onFrame(pairing, event.frame, credentials, random);
  }
}

function onFrame(
  pairing: Pairing,
  frame: Uint8Array,
  credentials: Credentials,
  random: Random,
): Next {
  const type = classifyFrame(frame);
  const { state } = pairing;
  if (type === "version") return rejoin(pairing, "version", abortFrame(AbortReason.version));
  if (type === FrameType.hello && state.phase !== "alone")
    return onHello(drop(pairing, "paired"), frame, credentials, random);
  if (type === FrameType.m2 && state.phase === "answered")
    return onM2(pairing, state.handshake, frame);
  return rejoin(pairing, type === FrameType.abort ? "peer-aborted" : "unexpected-frame");
}

function onHello(
  pairing: Pairing,
  hello: Uint8Array,
  credentials: Credentials,
  random: Random,
): Next {
  const handshake = SenderHandshake.start(hello, credentials, random);
  if (typeof handshake === "string")
    return rejoin(pairing, handshake, abortFrame(AbortReason.other));
  const next: Pairing = {
    ...pairing,
    state: { phase: "answered", handshake },
    hellos: pairing.hellos + 1,
  };
  return [next, { do: "answer", frame: handshake.m1, delayed: next.hellos > FREE_HELLOS }];
}

function onM2(pairing: Pairing, handshake: SenderHandshake, m2: Uint8Array): Next {
  const result = handshake.finish(m2);
  const alone: Pairing = { ...pairing, state: { phase: "alone" } };
  if (typeof result !== "string") return [alone, { do: "established", ...result }];
  if (result !== "wrong-tag") return rejoin(alone, result);
  const guessesLeft = pairing.guessesLeft - 1;
  return [
    { ...alone, guessesLeft },
    { do: "guess", guessesLeft },
  ];
}
