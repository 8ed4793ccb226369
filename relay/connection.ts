/** A WebSocket connection as the engine's client. */
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { CloseCode } from "../src/core/wire/closeCodes";
import type { RelayMessage } from "../src/core/wire/relayMessages";
import type { Client, ClientEvents } from "./client";

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

export function clientOf(ws: RelaySocket): Client {
  // By the time of an error ws has begun to close the connection, which is reported as its end.
  ws.on("error", () => undefined);
  return {
    say: (message) => whenOpen(ws, () => ws.send(text(message))),
    forward: (frame, sent) => ws.send(frame, { binary: true }, () => sent()),
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

/** Reports a connection's events; to be called before anything is read from it. */
export function connect(ws: RelaySocket, socket: Duplex, events: ClientEvents): void {
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
  socket.on("data", (chunk: Buffer) => events.received(chunk.length));
  socket.on("end", end);
}
