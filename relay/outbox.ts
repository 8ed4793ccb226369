/**
 * What is on its way to one client. Only a small part is handed to the socket at a time, so
 * that the rest can still be discarded, and the side that fills it is held while the
 * client is slow.
 */

/** A reader that can be held. */
export interface Source {
  pause(): void;
  resume(): void;
}

/** Hands a frame to the socket; `sent` is called once it has left the process or never will. */
export type Forward = (frame: Buffer, sent: () => void) => void;

interface Queued {
  readonly frame: Buffer;
  readonly cost: number;
}

/** What a frame costs beside its bytes: its view, its place here, its WebSocket header. */
const FRAME_COST = 128;
/** Handed to the socket and not yet written. */
const IN_FLIGHT_BYTES = 1024 * 1024;
const IN_FLIGHT_FRAMES = 64;

export class Outbox {
  private readonly queue: Queued[] = [];
  private queued = 0;
  private inFlight = 0;
  private framesInFlight = 0;
  private source: Source | undefined;
  private held = false;
  private lastMemory: ArrayBufferLike | undefined;
  private afterQueue: (() => void) | undefined;

  /**
   * `capacity` in bytes is never exceeded. Reading stops at half of it, because what a held
   * source has read already still arrives: the rest of one frame and of one network read,
   * however small the frames in it are.
   */
  constructor(
    private readonly capacity: number,
    private readonly forward: Forward,
  ) {}

  /** Bytes of memory held for the client, the socket's part included. */
  get bufferedBytes(): number {
    return this.queued + this.inFlight;
  }

  /** Forgets what is queued and goes on with frames from `source`. */
  attach(source: Source): void {
    this.clear();
    this.source = source;
  }

  /** The source is gone: calls `then` as soon as all that it sent has been handed over. */
  finish(then: () => void): void {
    this.source = undefined;
    this.held = false;
    if (this.queue.length === 0) then();
    else this.afterQueue = then;
  }

  /** Drops the queue; what the socket has already is beyond recall. */
  clear(): void {
    this.queue.length = 0;
    this.queued = 0;
    this.lastMemory = undefined;
    this.release();
    this.queueEnded();
  }

  push(frame: Buffer): void {
    const cost = this.costOf(frame);
    this.queued += cost;
    this.queue.push({ frame, cost });
    this.pump();
    if (!this.held && this.bufferedBytes > this.capacity / 2) {
      this.held = true;
      this.source?.pause();
    }
  }

  /** A frame is a view on the memory of a network read: the first view pays for all of it. */
  private costOf(frame: Buffer): number {
    if (frame.buffer === this.lastMemory) return FRAME_COST;
    this.lastMemory = frame.buffer;
    return FRAME_COST + frame.buffer.byteLength;
  }

  private pump(): void {
    while (this.inFlight < IN_FLIGHT_BYTES && this.framesInFlight < IN_FLIGHT_FRAMES) {
      const next = this.queue.shift();
      if (next === undefined) break;
      this.queued -= next.cost;
      this.inFlight += next.cost;
      this.framesInFlight += 1;
      this.forward(next.frame, () => this.sent(next.cost));
    }
    if (this.queue.length === 0) this.queueEnded();
  }

  private sent(cost: number): void {
    this.inFlight -= cost;
    this.framesInFlight -= 1;
    if (this.bufferedBytes === 0) this.lastMemory = undefined;
    this.pump();
    if (this.bufferedBytes <= this.capacity / 4) this.release();
  }

  private release(): void {
    if (!this.held) return;
    this.held = false;
    this.source?.resume();
  }

  private queueEnded(): void {
    const then = this.afterQueue;
    this.afterQueue = undefined;
    then?.();
  }
}
