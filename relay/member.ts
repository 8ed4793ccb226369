/** A client that was let into a room: its peer, its outbox, its quota and its clocks. */
import { CloseCode } from "../src/core/wire/closeCodes";
import type { Role } from "../src/core/wire/rooms";
import type { Client } from "./client";
import type { JoinRequest } from "./join";
import type { RelayLimitOptions } from "./options";
import { Outbox, type Source } from "./outbox";

export type MemberLimits = Pick<
  RelayLimitOptions,
  "unpairedBytes" | "bufferBytes" | "sessionBytes" | "waitMs" | "pingMs" | "idleMs"
>;

export interface MemberPorts {
  /** Milliseconds since some fixed moment; never goes back. */
  readonly now: () => number;
  /** Calls `then` after so many milliseconds, unless cancelled by the function returned. */
  readonly after: (ms: number, then: () => void) => () => void;
}

/** What one room has forwarded; a rejoin does not begin it anew. */
interface Quota {
  bytes: number;
}

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
  readonly address: string;
  readonly outbox: Outbox;
  /** Payload of this client's frames that went on to a peer. */
  forwardedBytes = 0;
  private current: Member | undefined;
  private quota: Quota = { bytes: 0 };
  private everPaired = false;
  /** Bytes that may yet come while there is nobody to forward them to. */
  private allowance: number;
  private pairings = 0;
  private awaitedMark = NO_MARK;
  private held = false;
  private endThrottle: (() => void) | undefined;
  private waitingSince: number;
  private aliveAt: number;
  private lookedAt: number;
  private pingedAt: number;

  constructor(
    readonly id: number,
    readonly client: Client,
    request: JoinRequest,
    private readonly limits: MemberLimits,
    private readonly ports: MemberPorts,
  ) {
    this.role = request.role;
    this.room = request.room;
    this.address = request.address;
    this.allowance = limits.unpairedBytes;
    this.outbox = new Outbox(limits.bufferBytes, (frame, sent) => this.write(frame, sent));
    this.waitingSince = this.aliveAt = this.lookedAt = this.pingedAt = ports.now();
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
    // One of the two was here before, and what it has spent remains spent.
    this.quota = peer.quota = this.quota.bytes > peer.quota.bytes ? this.quota : peer.quota;
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
    this.waitingSince = this.ports.now();
    this.outbox.finish(() => this.client.say({ type: "peer", state: "left" }));
  }

  /** Forwards a frame, or drops it; answers why the client must go, if it must. */
  frame(frame: Buffer): CloseCode | undefined {
    if (this.current !== undefined && this.awaitedMark === NO_MARK)
      return this.forward(frame, this.current);
    if (this.everPaired) this.allowance -= frame.length;
    return this.allowance >= 0 ? undefined : CloseCode.badMessage;
  }

  /** Counts what came off the network; false when it is too much for one without a peer. */
  received(bytes: number): boolean {
    this.aliveAt = this.ports.now();
    if (!this.everPaired) this.allowance -= bytes;
    return this.allowance >= 0;
  }

  pong(mark: number): void {
    this.aliveAt = this.ports.now();
    if (mark === this.awaitedMark) this.awaitedMark = NO_MARK;
  }

  /** Why this client must go, if it must; to be asked several times in `idleMs`. */
  overdue(): CloseCode | undefined {
    const now = this.ports.now();
    const wasStopped = now - this.lookedAt > this.limits.idleMs / 2;
    this.lookedAt = now;
    // Nothing can be heard from a client that is paused, nor by a relay that was itself stopped.
    if (this.isPaused || wasStopped) this.aliveAt = now;
    if (now - this.aliveAt >= this.limits.idleMs) return CloseCode.idle;
    const waits = this.current === undefined && now - this.waitingSince >= this.limits.waitMs;
    return waits ? CloseCode.waitedTooLong : undefined;
  }

  /** Pings when it is time. */
  keepAlive(): void {
    const now = this.ports.now();
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
    this.readOn();
  }

  /** Reads nothing for so many milliseconds, because the address is ahead of its rate. */
  throttle(ms: number): void {
    this.endThrottle?.();
    this.client.pause();
    this.endThrottle = this.ports.after(ms, () => {
      this.endThrottle = undefined;
      this.readOn();
    });
  }

  /** Gives back what it holds; to be called when the client is gone. */
  release(): void {
    this.endThrottle?.();
    this.endThrottle = undefined;
    this.outbox.clear();
  }

  private get isPaused(): boolean {
    return this.held || this.endThrottle !== undefined;
  }

  private readOn(): void {
    if (this.isPaused) return;
    this.aliveAt = this.ports.now();
    this.client.resume();
  }

  private forward(frame: Buffer, peer: Member): CloseCode | undefined {
    const { sessionBytes } = this.limits;
    this.quota.bytes += frame.length;
    if (sessionBytes > 0 && this.quota.bytes > sessionBytes) return CloseCode.quota;
    this.forwardedBytes += frame.length;
    peer.outbox.push(frame);
    return undefined;
  }

  /** A client that still takes what it is sent is alive, however slowly it does. */
  private write(frame: Buffer, sent: () => void): void {
    this.client.forward(frame, () => {
      this.aliveAt = this.ports.now();
      sent();
    });
  }
}
