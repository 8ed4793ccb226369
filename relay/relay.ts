/**
 * The engine: pairs clients by room and forwards their frames, in order and untouched. It
 * knows connections by a small interface and no sockets, has no clock of its own, and can
 * read nothing that it forwards.
 */
import { CloseCode } from "../src/core/wire/closeCodes";
import { FRAME_MAX } from "../src/core/wire/limits";
import { roomKind } from "../src/core/wire/rooms";
import { truncated } from "./address";
import { AdmissionControl } from "./admission";
import { ByteRates } from "./byteRates";
import type { Client, ClientEvents } from "./client";
import { type Counters, closeName } from "./counters";
import type { JoinRequest, ParsedRequest } from "./join";
import type { Log } from "./log";
import { Member, type MemberPorts } from "./member";
import type { RelayLimitOptions } from "./options";
import type { RoomAction } from "./room";
import { type MayCreate, Rooms } from "./rooms";

export interface RelayPorts extends MemberPorts {
  readonly log: Log;
  /** Whether the log may name shortened addresses. */
  readonly logAddresses: boolean;
  readonly counters: Counters;
  readonly mayCreate: MayCreate;
}

export type Verdict =
  | { readonly kind: "join"; readonly join: JoinRequest }
  | { readonly kind: "refuse"; readonly code: CloseCode; readonly address: string }
  /** Too much for an answer with reasons. */
  | { readonly kind: "flooding" };

export interface RelayStats {
  readonly draining: boolean;
  readonly waiting: number;
  readonly sessions: number;
  readonly connections: number;
  /** The fullest direction of all sessions, and all of them together. */
  readonly largestBuffer: number;
  readonly bufferedBytes: number;
}

export class Relay {
  private readonly members = new Map<number, Member>();
  private readonly rooms: Rooms;
  private readonly admission: AdmissionControl;
  private readonly rates: ByteRates;
  private nextId = 1;
  private draining = false;
  private readonly whenEmpty = new Set<() => void>();

  constructor(
    private readonly limits: RelayLimitOptions,
    private readonly ports: RelayPorts,
  ) {
    this.rooms = new Rooms(limits, ports.mayCreate);
    this.admission = new AdmissionControl(limits, ports.now);
    this.rates = new ByteRates(limits, ports.now);
  }

  /** Decides on a request before anything is spent on it. A known claim costs no token. */
  judge(request: Exclude<ParsedRequest, { kind: "elsewhere" }>): Verdict {
    const isJoin = request.kind === "join";
    const address = isJoin ? request.join.address : request.address;
    const refuse = (code: CloseCode): Verdict => ({ kind: "refuse", code, address });
    if (!isJoin || !this.rooms.isKnown(request.join)) {
      const admission = this.admission.admit(address);
      if (admission === "flooding") return { kind: "flooding" };
      if (admission === "refused") return refuse(CloseCode.rateLimited);
    }
    if (!isJoin) return refuse(CloseCode.badRequest);
    return this.draining ? refuse(CloseCode.draining) : request;
  }

  /** Tells a connection that was never let in why. */
  refuse(client: Client, code: CloseCode, address: string): void {
    this.ports.counters.refused(code);
    this.ports.log({ event: "refused", code, ...this.from(address) });
    client.close(code);
  }

  /** Lets a connection into its room, or closes it with the reason. */
  join(client: Client, request: JoinRequest): ClientEvents {
    const member = new Member(this.nextId++, client, request, this.limits, this.ports);
    const { id } = member;
    const actions = this.rooms.join(request, {
      id,
      claim: request.claim,
      address: request.address,
    });
    const [first] = actions;
    if (first?.do === "close" && first.id === id) {
      this.chargeFor(first.code, request);
      this.refuse(client, first.code, request.address);
    } else {
      this.members.set(id, member);
      this.welcome(member);
      this.perform(actions);
    }
    return this.eventsOf(member);
  }

  /**
   * To be called regularly, for each of so many slices in turn: pings, and ends those who
   * waited too long or are dead. Ten thousand pings at once would hold up everybody else.
   */
  sweep(slice = 0, slices = 1): void {
    if (slice === 0) {
      this.admission.sweep();
      this.rates.sweep();
    }
    for (const member of this.members.values()) {
      if (member.id % slices !== slice) continue;
      const code = member.overdue();
      if (code === undefined) member.keepAlive();
      else this.end(member, code);
    }
  }

  /** No newcomers; those who wait leave at once, pairs are told and may finish. */
  drain(): void {
    if (this.draining) return;
    this.draining = true;
    this.ports.log({ event: "draining", sessions: this.rooms.paired });
    for (const member of this.members.values())
      if (member.peer === undefined) this.end(member, CloseCode.draining);
      else member.client.say({ type: "draining" });
  }

  /** Ends everybody who is still here. */
  stop(): void {
    this.draining = true;
    for (const member of this.members.values()) this.end(member, CloseCode.draining);
  }

  /** Settles when nobody is connected, or when the signal aborts. */
  async empty(signal: AbortSignal): Promise<void> {
    if (this.members.size === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.whenEmpty.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.whenEmpty.add(done);
      signal.addEventListener("abort", done);
    });
  }

  stats(): RelayStats {
    const buffers = Array.from(this.members.values(), ({ outbox }) => outbox.bufferedBytes);
    return {
      draining: this.draining,
      waiting: this.rooms.waiting,
      sessions: this.rooms.paired,
      connections: this.members.size,
      largestBuffer: buffers.reduce((most, bytes) => Math.max(most, bytes), 0),
      bufferedBytes: buffers.reduce((sum, bytes) => sum + bytes, 0),
    };
  }

  /** Counts and greets a newcomer. */
  private welcome({ client, role, room, address }: Member): void {
    const kind = roomKind(room);
    if (kind !== undefined) this.ports.counters.joins.add(`${role} ${kind}`);
    this.ports.log({ event: "joined", role, kind, ...this.from(address) });
    const { waitMs, sessionBytes, bytesPerSecond } = this.limits;
    const limits = {
      waitMs,
      frameBytes: FRAME_MAX,
      sessionBytes: sessionBytes === 0 ? null : sessionBytes,
      bytesPerSecond: bytesPerSecond === 0 ? null : bytesPerSecond,
    };
    client.say({ type: "hello", version: 1, limits });
  }

  /** What the log may say about where somebody comes from. */
  private from(address: string): { address?: string } {
    return this.ports.logAddresses ? { address: truncated(address) } : {};
  }

  /**
   * Rooms found by trying are to be rare: each wrong one counts for many joins. Nobody finds a
   * resume room so, and who is kept out of his own must be able to try on.
   */
  private chargeFor(code: CloseCode, { room, address }: JoinRequest): void {
    if (roomKind(room) === "resume") return;
    if (code === CloseCode.unknownRoom || code === CloseCode.occupied)
      this.admission.charge(address, this.limits.unknownRoomCost - 1);
  }

  private eventsOf(member: Member): ClientEvents {
    const present = (act: () => void) => {
      if (this.members.has(member.id)) act();
    };
    return {
      isPaired: () => member.peer !== undefined && this.members.has(member.id),
      frame: (frame) => present(() => this.onFrame(member, frame)),
      text: () => present(() => this.end(member, CloseCode.badMessage)),
      received: (bytes) => present(() => this.onReceived(member, bytes)),
      pong: (mark) => present(() => member.pong(mark)),
      closed: () => present(() => this.remove(member)),
    };
  }

  private onFrame(member: Member, frame: Buffer): void {
    const before = member.forwardedBytes;
    const code = member.frame(frame);
    this.ports.counters.forwardedBytes += member.forwardedBytes - before;
    if (code === undefined) return;
    const { peer } = member;
    this.end(member, code);
    // A session that is used up is so for both, whoever sent the last of it.
    if (code === CloseCode.quota && peer !== undefined) this.end(peer, code);
  }

  private onReceived(member: Member, bytes: number): void {
    if (!member.received(bytes)) return this.end(member, CloseCode.badMessage);
    const wait = this.rates.spend(member.address, bytes);
    if (wait === 0) return;
    this.ports.counters.throttled += 1;
    member.throttle(wait);
  }

  private perform(actions: readonly RoomAction[]): void {
    for (const action of actions) {
      if (action.do === "pair") this.pair(action.sender, action.receiver);
      else if (action.do === "left") this.members.get(action.id)?.peerLeft();
      else this.closeMember(action.id, action.code);
    }
  }

  private pair(senderId: number, receiverId: number): void {
    const [sender, receiver] = [this.members.get(senderId), this.members.get(receiverId)];
    if (sender === undefined || receiver === undefined) return;
    sender.joinedBy(receiver);
    receiver.joinedBy(sender);
    this.ports.counters.pairings += 1;
    this.ports.log({ event: "paired", sessions: this.rooms.paired });
  }

  /** Closes somebody whom the room has let go of already. */
  private closeMember(id: number, code: CloseCode): void {
    const member = this.members.get(id);
    if (member === undefined) return;
    this.forget(member);
    this.ports.counters.closures.add(closeName(code));
    const { role, address } = member;
    this.ports.log({ event: "closed", role, code, ...this.from(address) });
    member.client.close(code);
  }

  private end(member: Member, code: CloseCode): void {
    if (!this.members.has(member.id)) return;
    this.closeMember(member.id, code);
    this.leaveRoom(member);
  }

  private remove(member: Member): void {
    this.forget(member);
    const { role, address, forwardedBytes: bytes } = member;
    this.ports.log({ event: "left", role, bytes, ...this.from(address) });
    this.leaveRoom(member);
  }

  private leaveRoom(member: Member): void {
    this.perform(this.rooms.leave(member.room, member.id));
    if (!this.draining || member.peer === undefined) return;
    this.end(member.peer, CloseCode.draining);
  }

  private forget(member: Member): void {
    this.members.delete(member.id);
    member.release();
    if (this.members.size === 0) for (const done of this.whenEmpty) done();
  }
}
