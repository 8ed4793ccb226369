/** A relay behind real sockets that does with its clients what it likes. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { type Role, roomOfPath, SUBPROTOCOL } from "../../../src/core/wire/rooms";

/** What becomes of a frame: itself, another one, several, or none. */
export type OnFrame = (from: Role, frame: Buffer, room: Room) => readonly Uint8Array[];

export interface Behaviour {
  /** What a client is greeted with, in place of the relay's hello. */
  readonly greet?: (client: WebSocket, role: Role) => void;
  readonly frame?: OnFrame;
  /** Called when both are there, after `joined` was said. */
  readonly paired?: (room: Room) => void;
}

const LIMITS = { waitMs: 600_000, frameBytes: 262_170, sessionBytes: null, bytesPerSecond: null };
export const HELLO = JSON.stringify({ type: "hello", version: 1, limits: LIMITS });
export const JOINED = JSON.stringify({ type: "peer", state: "joined" });
export const LEFT = JSON.stringify({ type: "peer", state: "left" });

export class Room {
  readonly clients: Partial<Record<Role, WebSocket>> = {};
  /** Frames that passed, by who sent them. */
  readonly seen: Record<Role, Buffer[]> = { sender: [], receiver: [] };

  say(to: Role, text: string): void {
    this.clients[to]?.send(text);
  }
  deliver(to: Role, frame: Uint8Array): void {
    const client = this.clients[to];
    if (client?.readyState === WebSocket.OPEN) client.send(frame);
  }
  close(who: Role, code = 4005): void {
    this.clients[who]?.close(code);
  }
}

const other = (role: Role): Role => (role === "sender" ? "receiver" : "sender");

export class HostileRelay {
  #frames = 0;
  readonly #watchers = new Set<() => void>();
  readonly rooms = new Map<string, Room>();
  joins = 0;

  private constructor(
    private readonly http: Server,
    private readonly server: WebSocketServer,
    private behaviour: Behaviour,
  ) {
    server.on("connection", (client, request) => {
      const [path = "", query = ""] = (request.url ?? "").split("?");
      const role: Role = query.includes("role=sender") ? "sender" : "receiver";
      this.#join(client, role, roomOfPath(path) ?? "");
    });
  }

  /** `serves`: what it answers to requests that ask for no WebSocket, such as its page. */
  static async open(behaviour: Behaviour = {}, serves?: RequestListener): Promise<HostileRelay> {
    const http = createServer(serves);
    const server = new WebSocketServer({
      server: http,
      handleProtocols: () => SUBPROTOCOL,
      perMessageDeflate: false,
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    return new HostileRelay(http, server, behaviour);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  #join(client: WebSocket, role: Role, name: string): void {
    const room = this.rooms.get(name) ?? new Room();
    this.rooms.set(name, room);
    this.joins++;
    this.#changed();
    // As a relay must: whoever comes again with a claim takes its own former place.
    const former = room.clients[role];
    room.clients[role] = client;
    former?.terminate();
    client.on("error", () => undefined);
    client.on("message", (data) => {
      if (Buffer.isBuffer(data)) this.#forward(room, role, data);
    });
    client.on("close", () => {
      if (room.clients[role] !== client) return;
      delete room.clients[role];
      room.say(other(role), LEFT);
    });
    const greet = this.behaviour.greet ?? (() => client.send(HELLO));
    greet(client, role);
    if (room.clients.sender === undefined || room.clients.receiver === undefined) return;
    for (const each of ["sender", "receiver"] as const) room.say(each, JOINED);
    this.behaviour.paired?.(room);
  }

  #forward(room: Room, from: Role, frame: Buffer): void {
    room.seen[from].push(frame);
    this.#frames++;
    const frames = this.behaviour.frame?.(from, frame, room) ?? [frame];
    for (const each of frames) room.deliver(other(from), each);
    this.#changed();
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** Settles when so many frames have come since it began its present behaviour. */
  passed(frames: number): Promise<void> {
    return this.#until(() => this.#frames >= frames);
  }

  /** Settles when so many have come into its rooms since then. */
  joined(clients: number): Promise<void> {
    return this.#until(() => this.joins >= clients);
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!holds()) return;
        this.#watchers.delete(check);
        resolve();
      };
      this.#watchers.add(check);
      check();
    });
  }

  /** Puts out who is there and does this from now on. */
  become(behaviour: Behaviour): void {
    for (const client of this.server.clients) client.terminate();
    this.rooms.clear();
    this.joins = 0;
    this.#frames = 0;
    this.behaviour = behaviour;
  }

  async close(): Promise<void> {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }
}
