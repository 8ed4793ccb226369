/** A network that does with the bytes between one side and its relay what a test says. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { Direction } from "./faultProxy";

/** One connection through it. */
export interface Line {
  readonly client: Socket;
  readonly relay: Socket;
  /** Bytes that have come, both ways. */
  passed: number;
}

export interface Tampering {
  /** Before anything passes. */
  readonly begin?: (line: Line) => void;
  /** What goes on in place of these bytes, each piece by itself. */
  readonly pass?: (bytes: Buffer, way: Direction, line: Line) => readonly Uint8Array[];
}

export class HostileNetwork {
  readonly #sockets = new Set<Socket>();
  /** Connections so far. */
  lines = 0;

  private constructor(
    private readonly server: Server,
    private readonly relayPort: number,
    /** Of the nth connection, from 0. */
    private readonly tampering: (nth: number) => Tampering,
  ) {
    server.on("connection", (client) => this.#accept(client));
  }

  static async open(
    relayPort: number,
    tampering: (nth: number) => Tampering,
  ): Promise<HostileNetwork> {
    const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new HostileNetwork(server, relayPort, tampering);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A further connection to the relay. */
  connect(): Socket {
    const relay = connect({ port: this.relayPort, host: "127.0.0.1", allowHalfOpen: true });
    return this.#keep(relay);
  }

  #accept(client: Socket): void {
    const line = { client: this.#keep(client), relay: this.connect(), passed: 0 };
    const tampering = this.tampering(this.lines++);
    tampering.begin?.(line);
    this.#pump(line, "up", tampering);
    this.#pump(line, "down", tampering);
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket.setNoDelay(true).on("error", () => socket.destroy());
  }

  #pump(line: Line, way: Direction, { pass }: Tampering): void {
    const [from, to] = way === "up" ? [line.client, line.relay] : [line.relay, line.client];
    from.on("data", (bytes: Buffer) => {
      from.pause();
      line.passed += bytes.length;
      const pieces = pass?.(bytes, way, line) ?? [bytes];
      void write(to, pieces).then(() => from.resume());
    });
    from.on("end", () => to.end());
    from.on("close", () => to.destroy());
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }
}

/** Each piece in a turn of its own, so that it is likely to be read by itself. */
async function write(to: Socket, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    if (to.destroyed || to.writableEnded) return;
    to.write(piece);
    if (pieces.length > 1) await turn();
  }
}

/**
 * Puts every binary message of a server into so many WebSocket frames, with a ping between each
 * two; everything else stays as it is. For one connection.
 */
export function refragmented(frames: number): (bytes: Buffer) => Uint8Array[] {
  let rest = Buffer.alloc(0);
  let upgraded = false;
  const split = (payload: Buffer): Uint8Array[] => {
    const size = Math.ceil(payload.length / frames) || 1;
    const out: Uint8Array[] = [];
    for (let at = 0; at < payload.length || at === 0; at += size) {
      const last = at + size >= payload.length;
      const first = (at === 0 ? 2 : 0) | (last ? 0x80 : 0);
      out.push(framed(first, payload.subarray(at, at + size)), framed(0x89, Buffer.of(1)));
    }
    return out;
  };
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const out: Uint8Array[] = [];
    if (!upgraded) {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) return [];
      out.push(rest.subarray(0, end + 4));
      rest = rest.subarray(end + 4);
      upgraded = true;
    }
    for (;;) {
      const length = frameLength(rest);
      if (length === undefined || rest.length < length.head + length.payload) return out;
      const whole = rest.subarray(0, length.head + length.payload);
      rest = rest.subarray(whole.length);
      out.push(...(whole[0] === 0x82 ? split(whole.subarray(length.head)) : [whole]));
    }
  };
}

/** Of an unmasked frame; `undefined` while its head is not there. */
function frameLength(bytes: Buffer): { head: number; payload: number } | undefined {
  const short = bytes[1];
  if (short === undefined) return undefined;
  const head = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < head) return undefined;
  const payload =
    head === 2 ? short : head === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return { head, payload };
}

function framed(first: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : 10);
  head[0] = first;
  head[1] = length < 126 ? length : 127;
  if (length >= 126) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}
