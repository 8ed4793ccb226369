/** A WebSocket connection as the engine's client. */
import type { Duplex } from "node:stream";
import { MessageChannel } from "node:worker_threads";
import { WebSocket } from "ws";
import { CloseCode } from "../src/core/wire/closeCodes";
import { interpose, LargeMessages } from "../src/core/wire/largeMessages";
import { FRAME_MAX } from "../src/core/wire/limits";
import type { RelayMessage } from "../src/core/wire/relayMessages";
import { freeThrough } from "../src/core/wire/spentMemory";
import type { Client, ClientEvents } from "./client";

/** As ws answers too many pieces, or what breaks the rules, itself (RFC 6455, section 7.4.1). */
const TOO_MUCH = 1008;
/** What ws answers to frames that it will not take (RFC 6455, section 7.4.1). */
const REFUSED_BY_WS: ReadonlySet<number | undefined> = new Set([1002, 1007, 1008, 1009]);

function text(message: RelayMessage): string {
  return JSON.stringify(message);
}

/**
 * Every end of a connection begins with `close`, ws's own calls included: when it refuses a
 * frame, and when it answers the client's Close. So this is where the peer's notice starts,
 * and where refusals get the relay's own code.
 */
export class RelaySocket extends WebSocket {
  onEnding: () => void = () => undefined;

  override close(code?: number, reason?: string | Buffer): void {
    const first = this.readyState === WebSocket.OPEN;
    if (first && REFUSED_BY_WS.has(code)) {
      this.send(text({ type: "error", code: CloseCode.badMessage }));
      super.close(CloseCode.badMessage);
    } else super.close(code, reason);
    if (first) this.onEnding();
  }
}

function ping(ws: WebSocket, mark: number): void {
  const data = Buffer.alloc(4);
  data.writeUInt32BE(mark);
  ws.ping(data);
}

function markOf(data: Buffer): number {
  return data.length === 4 ? data.readUInt32BE() : 0;
}

function whenOpen(ws: WebSocket, act: () => void): void {
  if (ws.readyState === WebSocket.OPEN) act();
}

/** Memory of forwarded records, used again for later ones, of whichever connection. */
export class RecordMemory {
  private readonly spare: ArrayBufferLike[] = [];
  /** Gives back a read off the network that has been copied. */
  readonly free = freeThrough(new MessageChannel().port1);

  take(): Uint8Array {
    const spare = this.spare.pop();
    return spare === undefined ? new Uint8Array(FRAME_MAX) : new Uint8Array(spare);
  }

  /** A frame has left the process; frames that never do are for the garbage collector. */
  sent({ buffer }: Buffer): void {
    if (buffer.byteLength === FRAME_MAX && this.spare.length < SPARE_MAX) this.spare.push(buffer);
  }
}

/** As much as one connection that is full has on its way, twice. */
const SPARE_MAX = 16;

export function clientOf(ws: RelaySocket, memory: RecordMemory): Client {
  // By the time of an error ws has begun to close the connection, which is reported as its end.
  ws.on("error", () => undefined);
  return {
    say: (message) => whenOpen(ws, () => ws.send(text(message))),
    forward: (frame, sent) =>
      ws.send(frame, { binary: true }, () => {
        sent();
        memory.sent(frame);
      }),
    ping: (mark) => whenOpen(ws, () => ping(ws, mark)),
    pause: () => ws.pause(),
    resume: () => ws.resume(),
    close: (code) =>
      whenOpen(ws, () => {
        ws.send(text({ type: "error", code }));
        ws.close(code);
        // The answer to Close is read even from a client that was held.
        ws.resume();
      }),
  };
}

/** Where records are put together, and of how many pieces and frames one may be. */
interface RecordLimits {
  readonly memory: RecordMemory;
  readonly pieces: number;
  readonly frames: number;
}

/** Reports a connection's events; to be called before anything is read from it. */
export function connect(
  ws: RelaySocket,
  socket: Duplex,
  { memory, pieces, frames }: RecordLimits,
  events: ClientEvents,
): void {
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    events.closed();
  };
  ws.onEnding = end;
  ws.on("message", (data, isBinary) => {
    if (!isBinary) events.text();
    // With the default `binaryType` a message is always one Buffer.
    else if (Buffer.isBuffer(data)) events.frame(data);
  });
  ws.on("pong", (data) => events.pong(markOf(data)));
  ws.on("close", end);
  interpose(socket, (rest) => {
    /** Whether the library has, and may keep, a part of the present read. */
    let passedOn = false;
    const messages = new LargeMessages({
      masked: true,
      max: FRAME_MAX,
      wanted: () => events.isPaired(),
      pieces,
      frames,
      refused: () => ws.close(TOO_MUCH),
      memory: () => memory.take(),
      message: (bytes) => events.frame(Buffer.from(bytes.buffer, 0, bytes.length)),
      rest: (bytes) => {
        passedOn = true;
        rest(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      },
    });
    return (chunk) => {
      const { length } = chunk;
      passedOn = false;
      messages.push(chunk);
      if (!passedOn) memory.free(chunk);
      events.received(length);
    };
  });
  socket.on("end", end);
}
