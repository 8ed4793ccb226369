import type { Step } from "../../src/core/session/events";
import type { Message } from "../message";

/** Lines of the transfer's log, by step. `count` is the number of items. */
export const steps = {
  "relay-connecting": "Connecting to the relay {relay}",
  "relay-connected": "Connected to the relay {relay}",
  "relay-unknown-code": "The relay {relay} does not know this code",
  "room-taken": "This code was taken; drawing another",
  waiting: "Waiting for the other side",
  rejoined: "Back at the relay, waiting again",
  handshake: "Agreeing on keys",
  "handshake-failed": "Agreeing on keys failed: {reason}",
  "wrong-code": {
    one: "Someone tried a wrong code; {count} attempt is left",
    other: "Someone tried a wrong code; {count} attempts are left",
  },
  "keys-agreed": "Keys agreed",
  "verify-asked": "Comparing the verification codes",
  "verify-confirmed": "Verification confirmed",
  "offer-sent": {
    one: "Offer sent: {count} item, {bytes}",
    other: "Offer sent: {count} items, {bytes}",
  },
  "offer-received": {
    one: "Offer received: {count} item, {bytes}",
    other: "Offer received: {count} items, {bytes}",
  },
  accepted: {
    one: "Accepted: {count} item, {bytes}",
    other: "Accepted: {count} items, {bytes}",
  },
  streaming: "Transferring",
  reconnected: "Connected again",
  "item-anew": "A file has changed and is sent anew",
  parting: "Telling the other side that it is over",
  results: "Exchanging the results",
  completed: "Completed",
} as const satisfies Record<Step["step"], Message>;
