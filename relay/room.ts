/**
 * A room as a pure state machine: at most one sender and one receiver. What happens on the
 * sockets is told as actions, in the order in which they must be done.
 */
import { timingSafeEqual } from "node:crypto";
import { CloseCode } from "../src/core/wire/closeCodes";
import type { Role, RoomKind } from "../src/core/wire/rooms";

/** A client in a room. */
export interface Occupant {
  /** Unique within one relay. */
  readonly id: number;
  /** Lets a later connection of the same role take this one's place. */
  readonly claim: string | undefined;
  /** Whom its waiting is counted against. */
  readonly address: string;
}

export type RoomState =
  | { readonly name: "empty" }
  | { readonly name: "senderWaits"; readonly sender: Occupant }
  /** In a code room the sender's claim outlives it: nobody else may take its place. */
  | {
      readonly name: "receiverWaits";
      readonly receiver: Occupant;
      readonly senderClaim: string | undefined;
    }
  | { readonly name: "paired"; readonly sender: Occupant; readonly receiver: Occupant };

export type RoomEvent =
  | { readonly type: "join"; readonly role: Role; readonly who: Occupant }
  | { readonly type: "leave"; readonly id: number };

export type RoomAction =
  | { readonly do: "close"; readonly id: number; readonly code: CloseCode }
  /** The other side is gone: said once all that it had sent before has been forwarded. */
  | { readonly do: "left"; readonly id: number }
  /** Forget what was queued, forward from now on, and say `joined` to both. */
  | { readonly do: "pair"; readonly sender: number; readonly receiver: number };

export interface Transition {
  readonly state: RoomState;
  readonly actions: readonly RoomAction[];
}

export const EMPTY: RoomState = { name: "empty" };

/** Claims prove who came first, so they are compared in constant time. */
export function sameClaim(known: string | undefined, offered: string | undefined): boolean {
  if (known === undefined || offered === undefined) return false;
  const [a, b] = [Buffer.from(known), Buffer.from(offered)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The claim that a newcomer of this role must show to get in as the one who was there. */
export function expectedClaim(state: RoomState, role: Role): string | undefined {
  switch (state.name) {
    case "empty":
      return undefined;
    case "senderWaits":
      return role === "sender" ? state.sender.claim : undefined;
    case "receiverWaits":
      return role === "sender" ? state.senderClaim : state.receiver.claim;
    case "paired":
      return state[role].claim;
  }
}

function close(who: Occupant, code: CloseCode): RoomAction {
  return { do: "close", id: who.id, code };
}

function pair(sender: Occupant, receiver: Occupant, before: readonly RoomAction[]): Transition {
  return {
    state: { name: "paired", sender, receiver },
    actions: [...before, { do: "pair", sender: sender.id, receiver: receiver.id }],
  };
}

function senderJoins(kind: RoomKind, state: RoomState, sender: Occupant): Transition {
  const known = sameClaim(expectedClaim(state, "sender"), sender.claim);
  const waits: RoomState = { name: "senderWaits", sender };
  switch (state.name) {
    case "empty":
      return { state: waits, actions: [] };
    case "senderWaits":
      return known
        ? { state: waits, actions: [close(state.sender, CloseCode.replaced)] }
        : { state, actions: [close(sender, CloseCode.occupied)] };
    case "receiverWaits":
      if (kind === "resume") return pair(sender, state.receiver, []);
      return known
        ? { state: waits, actions: [close(state.receiver, CloseCode.attemptEnded)] }
        : { state, actions: [close(sender, CloseCode.occupied)] };
    case "paired": {
      if (!known) return { state, actions: [close(sender, CloseCode.occupied)] };
      // Whoever sits there came to nothing: the place is free again for the right one.
      return {
        state: waits,
        actions: [
          close(state.sender, CloseCode.replaced),
          close(state.receiver, CloseCode.attemptEnded),
        ],
      };
    }
  }
}

function receiverJoins(kind: RoomKind, state: RoomState, receiver: Occupant): Transition {
  const known = sameClaim(expectedClaim(state, "receiver"), receiver.claim);
  switch (state.name) {
    case "empty":
      return kind === "code"
        ? { state, actions: [close(receiver, CloseCode.unknownRoom)] }
        : { state: { name: "receiverWaits", receiver, senderClaim: undefined }, actions: [] };
    case "senderWaits":
      return pair(state.sender, receiver, []);
    case "receiverWaits":
      return known
        ? { state: { ...state, receiver }, actions: [close(state.receiver, CloseCode.replaced)] }
        : { state, actions: [close(receiver, CloseCode.occupied)] };
    case "paired": {
      if (!known) return { state, actions: [close(receiver, CloseCode.occupied)] };
      const replaced = close(state.receiver, CloseCode.replaced);
      // A code is the sender's: nobody who merely knows its room puts the sender out.
      if (kind === "code")
        return pair(state.sender, receiver, [replaced, { do: "left", id: state.sender.id }]);
      return {
        state: { name: "receiverWaits", receiver, senderClaim: undefined },
        actions: [replaced, close(state.sender, CloseCode.attemptEnded)],
      };
    }
  }
}

function leaves(kind: RoomKind, state: RoomState, id: number): Transition {
  switch (state.name) {
    case "empty":
      return { state, actions: [] };
    case "senderWaits":
      return { state: state.sender.id === id ? EMPTY : state, actions: [] };
    case "receiverWaits":
      return { state: state.receiver.id === id ? EMPTY : state, actions: [] };
    case "paired": {
      const { sender, receiver } = state;
      if (receiver.id === id)
        return { state: { name: "senderWaits", sender }, actions: [{ do: "left", id: sender.id }] };
      if (sender.id !== id) return { state, actions: [] };
      const senderClaim = kind === "code" ? sender.claim : undefined;
      return {
        state: { name: "receiverWaits", receiver, senderClaim },
        actions: [{ do: "left", id: receiver.id }],
      };
    }
  }
}

/** The one transition function of a room; `who.id` and `id` are of live connections. */
export function transition(kind: RoomKind, state: RoomState, event: RoomEvent): Transition {
  if (event.type === "leave") return leaves(kind, state, event.id);
  return event.role === "sender"
    ? senderJoins(kind, state, event.who)
    : receiverJoins(kind, state, event.who);
}
