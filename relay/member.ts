/** A client that was let into a room: its peer, its outbox and its clocks. */
import { CloseCode } from "../src/core/wire/closeCodes";
import type { Role } from "../src/core/wire/rooms";
import type { Client } from "./client";
import type { JoinRequest } from "./join";
import type { RelayLimitOptions } from "./options";
import { Outbox, type Source } from "./outbox";

export type MemberLimits = Pick<
  RelayLimitOptions,
  "unpairedBytes" | "bufferBytes" | "waitMs" | "pingMs" | "idleMs"
>;

/**
 * What may still arrive of an ended pairing before its client has heard of the end: the
 * largest credit that a receiver gives (64 MiB), and the networks' own buffers. Dropped.
 */
const TAIL_BYTES = 80 * 1024 * 1024;

/** A ping's mark when nothing depends on the answer. */
const NO_MARK = 0;

export class Member implements Source {
  readonly role: Role;
  readonly room: string;
  readonly outbox: Outbox;
  /** Payload of this client's frames that went on to a peer. */
  forwardedBytes = 0;
  private current: Member | undefined;
  private everPaired = false;
  /** Bytes that may yet come while there is nobody to forward them to. */
  private allowance: number;
  private pairings = 0;
  private awaitedMark = NO_MARK;
  private held = false;
  private waitingSince: number;
  private aliveAt: number;
  private pingedAt: number;

  constructor(
    readonly id: number,
    readonly client: Client,
    request: JoinRequest,
    private readonly limits: MemberLimits,
    private readonly now: () => number,
  ) {
    this.role = request.role;
    this.room = request.room;
    this.allowance = limits.unpairedBytes;
    this.outbox = new Outbox(limits.bufferBytes, (frame, sent) => this.write(frame, sent));
    this.waitingSince = this.aliveAt = this.pingedAt = now();
  }

  get peer(): Member | undefined {
    return this.current;
  }

  /**
   * A pairing begins. What this client sent before it heard of it belongs to an earlier one
   * and is dropped: a marked ping goes before `joined`, and as pongs stay in order with
   * frames (RFC 6455, section 5.5.3), the pong ends what was under way.
   */
  joinedBy(peer: Member): void {
    this.current = peer;
    this.everPaired = true;
    this.allowance = TAIL_BYTES;
    this.outbox.attach(peer);
    this.pairings += 1;
    this.awaitedMark = this.pairings;
    this.client.ping(this.awaitedMark);
    this.client.say({ type: "peer", state: "joined" });
  }

  /** The peer is gone: said behind the last of its frames. */
  peerLeft(): void {
    this.current = undefined;
    this.waitingSince = this.now();
    this.outbox.finish(() => this.client.say({ type: "peer", state: "left" }));
  }

  /** Forwards a frame, or drops it; false when the client sends what it must not. */
  frame(frame: Buffer): boolean {
    if (this.current !== undefined && this.awaitedMark === NO_MARK) {
      this.forwardedBytes += frame.length;
      this.current.outbox.push(frame);
      return true;
    }
    if (this.everPaired) this.allowance -= frame.length;
    return this.allowance >= 0;
  }

  /** Counts what came off the network; false when it is too much for one without a peer. */
  received(bytes: number): boolean {
    this.aliveAt = this.now();
    if (!this.everPaired) this.allowance -= bytes;
    return this.allowance >= 0;
  }

  pong(mark: number): void {
    this.aliveAt = this.now();
    if (mark === this.awaitedMark) this.awaitedMark = NO_MARK;
  }

  /** Why this client must go, if it must. */
  overdue(): CloseCode | undefined {
    const now = this.now();
    // Nothing is read from a client that is held, so nothing can be heard from it.
    if (this.held) this.aliveAt = now;
    if (now - this.aliveAt >= this.limits.idleMs) return CloseCode.idle;
    const waits = this.current === undefined && now - this.waitingSince >= this.limits.waitMs;
    return waits ? CloseCode.waitedTooLong : undefined;
  }

  /** Pings when it is time. */
  keepAlive(): void {
    const now = this.now();
    if (now - this.pingedAt < this.limits.pingMs) return;
    this.pingedAt = now;
    this.client.ping(NO_MARK);
  }

  pause(): void {
    this.held = true;
    this.client.pause();
  }

  resume(): void {
    this.held = false;
    this.aliveAt = this.now();
    this.client.resume();
  }

  /** A client that still takes what it is sent is alive, however slowly it does. */
  private write(frame: Buffer, sent: () => void): void {
    this.client.forward(frame, () => {
      this.aliveAt = this.now();
      sent();
    });
  }
}
