/** All rooms of a relay: their states, and the limits on how many there may be. */
import { CloseCode } from "../src/core/wire/closeCodes";
import { type Role, type RoomKind, roomKind } from "../src/core/wire/rooms";
import { networkOf } from "./address";
import type { JoinRequest } from "./join";
import type { RelayLimitOptions } from "./options";
import {
  EMPTY,
  expectedClaim,
  type Occupant,
  type RoomAction,
  type RoomEvent,
  type RoomState,
  sameClaim,
  transition,
} from "./room";

/** Says whether a sender may open this code room here; an embedded relay asks its owner. */
export type MayCreate = (room: string, claim: string | undefined) => boolean;

export type RoomLimits = Pick<
  RelayLimitOptions,
  "waitingRooms" | "waitingRoomsPerAddress" | "addressesPerNetwork" | "sessions"
>;

function kindOf(room: string): RoomKind {
  return roomKind(room) === "code" ? "code" : "resume";
}

function waitingIn(state: RoomState): Occupant | undefined {
  if (state.name === "senderWaits") return state.sender;
  return state.name === "receiverWaits" ? state.receiver : undefined;
}

export class Rooms {
  private readonly states = new Map<string, RoomState>();
  private readonly waitingByAddress = new Map<string, number>();
  private waitingRooms = 0;
  private pairedRooms = 0;

  constructor(
    private readonly limits: RoomLimits,
    private readonly mayCreate: MayCreate,
  ) {}

  get waiting(): number {
    return this.waitingRooms;
  }

  get paired(): number {
    return this.pairedRooms;
  }

  /** Whether this is somebody who comes back: he has shown the claim before. */
  isKnown({ room, role, claim }: JoinRequest): boolean {
    return sameClaim(expectedClaim(this.stateOf(room), role), claim);
  }

  /** What to do for a newcomer; a refusal is a `close` of the newcomer itself. */
  join(request: JoinRequest, who: Occupant): readonly RoomAction[] {
    const refusal = this.refusal(request);
    if (refusal !== undefined) return [{ do: "close", id: who.id, code: refusal }];
    return this.apply(request.room, { type: "join", role: request.role, who });
  }

  leave(room: string, id: number): readonly RoomAction[] {
    return this.apply(room, { type: "leave", id });
  }

  private stateOf(room: string): RoomState {
    return this.states.get(room) ?? EMPTY;
  }

  private refusal({ room, role, claim, address }: JoinRequest): CloseCode | undefined {
    const state = this.stateOf(room);
    if (state.name === "empty") return this.openRefusal(room, role, claim, address);
    const pairs = role === "sender" ? "receiverWaits" : "senderWaits";
    if (state.name === pairs && this.pairedRooms >= this.limits.sessions) return CloseCode.full;
    return undefined;
  }

  private openRefusal(
    room: string,
    role: Role,
    claim: string | undefined,
    address: string,
  ): CloseCode | undefined {
    const isCode = kindOf(room) === "code";
    if (isCode && role === "receiver") return undefined;
    if (isCode && !this.mayCreate(room, claim)) return CloseCode.notAllowed;
    const full = this.waitingRooms >= this.limits.waitingRooms || this.isFullFor(address);
    return full ? CloseCode.full : undefined;
  }

  private isFullFor(address: string): boolean {
    const { waitingRoomsPerAddress, addressesPerNetwork } = this.limits;
    const waitingFrom = (key: string) => this.waitingByAddress.get(key) ?? 0;
    if (waitingFrom(address) >= waitingRoomsPerAddress) return true;
    const network = networkOf(address);
    if (network === undefined) return false;
    return waitingFrom(network) >= waitingRoomsPerAddress * addressesPerNetwork;
  }

  private apply(room: string, event: RoomEvent): readonly RoomAction[] {
    const before = this.stateOf(room);
    const { state, actions } = transition(kindOf(room), before, event);
    if (state === before) return actions;
    this.count(before, -1);
    this.count(state, 1);
    if (state.name === "empty") this.states.delete(room);
    else this.states.set(room, state);
    return actions;
  }

  private count(state: RoomState, by: 1 | -1): void {
    if (state.name === "paired") this.pairedRooms += by;
    const waiting = waitingIn(state);
    if (waiting === undefined) return;
    this.waitingRooms += by;
    this.countFor(waiting.address, by);
    const network = networkOf(waiting.address);
    if (network !== undefined) this.countFor(network, by);
  }

  private countFor(key: string, by: 1 | -1): void {
    const own = (this.waitingByAddress.get(key) ?? 0) + by;
    if (own === 0) this.waitingByAddress.delete(key);
    else this.waitingByAddress.set(key, own);
  }
}
