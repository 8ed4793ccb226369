import assert from "node:assert/strict";
import {
  EMPTY,
  type Occupant,
  type RoomEvent,
  type RoomState,
  type Transition,
  transition,
} from "../../../relay/room";
import { CloseCode } from "../../../src/core/wire/closeCodes";
import type { RoomKind } from "../../../src/core/wire/rooms";

const S1: Occupant = { id: 1, claim: "claim-S", address: "a" };
const S2: Occupant = { id: 2, claim: "claim-S", address: "a" };
const R1: Occupant = { id: 3, claim: "claim-R", address: "a" };
const R2: Occupant = { id: 4, claim: "claim-R", address: "a" };
/** Strangers: another claim, and none. */
const X: Occupant = { id: 8, claim: "claim-X", address: "a" };
const N: Occupant = { id: 9, claim: undefined, address: "a" };

const senderWaits: RoomState = { name: "senderWaits", sender: S1 };
const paired: RoomState = { name: "paired", sender: S1, receiver: R1 };
const abandoned: RoomState = { name: "receiverWaits", receiver: R1, senderClaim: "claim-S" };
const receiverWaits: RoomState = { name: "receiverWaits", receiver: R1, senderClaim: undefined };

const sender = (who: Occupant): RoomEvent => ({ type: "join", role: "sender", who });
const receiver = (who: Occupant): RoomEvent => ({ type: "join", role: "receiver", who });
const leave = ({ id }: Occupant): RoomEvent => ({ type: "leave", id });
const close = ({ id }: Occupant, code: CloseCode) => ({ do: "close", id, code }) as const;
const left = ({ id }: Occupant) => ({ do: "left", id }) as const;
const pair = (s: Occupant, r: Occupant) => ({ do: "pair", sender: s.id, receiver: r.id }) as const;
const stays = (state: RoomState, ...actions: Transition["actions"]): Transition => ({
  state,
  actions,
});

type Row = readonly [what: string, kinds: RoomKind | "both", RoomState, RoomEvent, Transition];

const TABLE: readonly Row[] = [
  ["a sender opens", "both", EMPTY, sender(S1), stays(senderWaits)],
  [
    "a receiver finds nobody",
    "code",
    EMPTY,
    receiver(R1),
    stays(EMPTY, close(R1, CloseCode.unknownRoom)),
  ],
  ["a receiver opens", "resume", EMPTY, receiver(R1), stays(receiverWaits)],
  ["nobody leaves", "both", EMPTY, leave(S1), stays(EMPTY)],

  ["a receiver comes", "both", senderWaits, receiver(R1), stays(paired, pair(S1, R1))],
  [
    "the sender comes again",
    "both",
    senderWaits,
    sender(S2),
    stays({ name: "senderWaits", sender: S2 }, close(S1, CloseCode.replaced)),
  ],
  [
    "another sender",
    "both",
    senderWaits,
    sender(X),
    stays(senderWaits, close(X, CloseCode.occupied)),
  ],
  [
    "a sender without claim",
    "both",
    senderWaits,
    sender(N),
    stays(senderWaits, close(N, CloseCode.occupied)),
  ],
  ["the sender leaves", "both", senderWaits, leave(S1), stays(EMPTY)],
  ["a stranger leaves", "both", senderWaits, leave(X), stays(senderWaits)],

  ["a sender comes", "resume", receiverWaits, sender(S1), stays(paired, pair(S1, R1))],
  [
    "the receiver comes again",
    "both",
    abandoned,
    receiver(R2),
    stays({ ...abandoned, receiver: R2 }, close(R1, CloseCode.replaced)),
  ],
  [
    "another receiver",
    "both",
    receiverWaits,
    receiver(X),
    stays(receiverWaits, close(X, CloseCode.occupied)),
  ],
  [
    "the sender comes back to an abandoned receiver",
    "code",
    abandoned,
    sender(S2),
    stays({ name: "senderWaits", sender: S2 }, close(R1, CloseCode.attemptEnded)),
  ],
  [
    "another sender finds an abandoned receiver",
    "code",
    abandoned,
    sender(X),
    stays(abandoned, close(X, CloseCode.occupied)),
  ],
  [
    "a sender without claim finds a receiver whose sender had none",
    "code",
    receiverWaits,
    sender(N),
    stays(receiverWaits, close(N, CloseCode.occupied)),
  ],
  ["the receiver leaves", "both", abandoned, leave(R1), stays(EMPTY)],
  ["the sender that has left leaves", "both", abandoned, leave(S1), stays(abandoned)],

  ["a third sender", "both", paired, sender(X), stays(paired, close(X, CloseCode.occupied))],
  ["a third receiver", "both", paired, receiver(X), stays(paired, close(X, CloseCode.occupied))],
  ["a third without claim", "both", paired, receiver(N), stays(paired, close(N, 4003))],
  [
    "the sender rejoins a pair",
    "both",
    paired,
    sender(S2),
    stays(
      { name: "senderWaits", sender: S2 },
      close(S1, CloseCode.replaced),
      close(R1, CloseCode.attemptEnded),
    ),
  ],
  [
    "the receiver rejoins a pair",
    "code",
    paired,
    receiver(R2),
    stays(
      { name: "paired", sender: S1, receiver: R2 },
      close(R1, CloseCode.replaced),
      left(S1),
      pair(S1, R2),
    ),
  ],
  [
    "the receiver rejoins a pair",
    "resume",
    paired,
    receiver(R2),
    stays(
      { ...receiverWaits, receiver: R2 },
      close(R1, CloseCode.replaced),
      close(S1, CloseCode.attemptEnded),
    ),
  ],
  ["the receiver leaves a pair", "both", paired, leave(R1), stays(senderWaits, left(S1))],
  ["the sender leaves a pair", "code", paired, leave(S1), stays(abandoned, left(R1))],
  ["the sender leaves a pair", "resume", paired, leave(S1), stays(receiverWaits, left(R1))],
  ["a stranger leaves a pair", "both", paired, leave(X), stays(paired)],
];

describe("relay: room", () => {
  for (const [what, kinds, before, event, expected] of TABLE)
    for (const kind of kinds === "both" ? (["code", "resume"] as const) : [kinds])
      it(`${kind} room, ${before.name}: ${what}`, () => {
        assert.deepEqual(transition(kind, before, event), expected);
      });

  it("does not take a claim of the other role", () => {
    const { actions } = transition("resume", paired, sender({ ...R2, id: 7 }));
    assert.deepEqual(actions, [{ do: "close", id: 7, code: CloseCode.occupied }]);
  });
});
