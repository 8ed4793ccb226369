import type { Dialer, Socket, SocketMessage } from "../../../src/core/ports";
import { CloseCode } from "../../../src/core/wire/closeCodes";
import { claimOf, type Role, roomKind } from "../../../src/core/wire/rooms";

type Received = SocketMessage | { kind: "closed"; close: { code: number } };

/** What a tap makes of a frame: itself, something else, several, or nothing. */
export type Tap = (from: Role, frame: Uint8Array, room: string) => readonly Uint8Array[];

class MemorySocket implements Socket {
  readonly #queue: Received[] = [];
  #waiting: ((message: Received) => void) | undefined;
  closed = false;

  constructor(
    readonly role: Role,
    readonly claim: string | undefined,
    private readonly onSend: (socket: MemorySocket, frame: Uint8Array) => void,
    private readonly onClose: (socket: MemorySocket) => void,
  ) {}

  get unread(): number {
    return this.#queue.length;
  }

  deliver(message: Received): void {
    if (this.closed) return;
    if (message.kind === "closed") this.closed = true;
    if (this.#waiting === undefined) this.#queue.push(message);
    else this.#waiting(message);
    this.#waiting = undefined;
  }

  word(message: object): void {
    this.deliver({ kind: "text", text: JSON.stringify(message) });
  }

  receive(): Promise<Received> {
    const queued = this.#queue.shift();
    if (queued !== undefined) return Promise.resolve(queued);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  send(frame: Uint8Array, released?: () => void): Promise<void> {
    if (this.closed) return Promise.reject(new Error("socket closed"));
    this.onSend(this, frame.slice());
    released?.();
    return Promise.resolve();
  }

  close(): void {
    this.deliver({ kind: "closed", close: { code: CloseCode.normal } });
    this.onClose(this);
  }
}

const otherRole = (role: Role): Role => (role === "sender" ? "receiver" : "sender");

type Pair = Partial<Record<Role, MemorySocket>>;

/** The relay's rules over queues, with a tap for attackers and a record of every frame. */
export class MemoryRelay implements Dialer {
  readonly #rooms = new Map<string, Pair>();
  readonly frames: { from: Role; bytes: Uint8Array }[] = [];
  tap: Tap = (_, frame) => [frame];
  up = true;
  /** How long it says that a client may wait. Milliseconds. */
  waitMs = 600_000;
  /** When set, only this address answers. */
  only: string | undefined;
  readonly #aliases = new Map<string, string>();

  async connect(url: string, protocols: readonly string[], signal: AbortSignal): Promise<Socket> {
    signal.throwIfAborted();
    if (!this.up) throw new Error("relay down");
    const { origin, pathname, searchParams } = new URL(url);
    const name = pathname.split("/").at(-1) ?? "";
    const role: Role = searchParams.get("role") === "sender" ? "sender" : "receiver";
    const reached = this.#aliases.get(`${role} ${origin}`) ?? origin;
    if (this.only !== undefined && reached !== this.only) throw new Error("nobody there");
    const claim = claimOf(protocols) ?? undefined;
    const socket = new MemorySocket(
      role,
      claim,
      (from, frame) => this.#forward(name, from, frame),
      (from) => this.#leave(name, from),
    );
    this.#join(name, socket);
    return socket;
  }

  #join(name: string, socket: MemorySocket): void {
    const pair = this.#rooms.get(name) ?? {};
    const code = roomKind(name) === "code";
    const there = pair[socket.role];
    if (code && socket.role === "receiver" && pair.sender === undefined) {
      socket.deliver({ kind: "closed", close: { code: CloseCode.unknownRoom } });
      return;
    }
    if (there !== undefined && there.claim !== socket.claim) {
      socket.deliver({ kind: "closed", close: { code: CloseCode.occupied } });
      return;
    }
    there?.deliver({ kind: "closed", close: { code: CloseCode.replaced } });
    const isOwner = code ? socket.role === "sender" : there !== undefined;
    if (isOwner) this.#evict(pair, otherRole(socket.role), CloseCode.attemptEnded);
    pair[socket.role] = socket;
    this.#rooms.set(name, pair);
    const limits = {
      waitMs: this.waitMs,
      frameBytes: 262_170,
      sessionBytes: null,
      bytesPerSecond: null,
    };
    socket.word({ type: "hello", version: 1, limits });
    if (pair.sender === undefined || pair.receiver === undefined) return;
    for (const each of [pair.sender, pair.receiver]) each.word({ type: "peer", state: "joined" });
  }

  #evict(pair: Pair, role: Role, code: number): void {
    pair[role]?.deliver({ kind: "closed", close: { code } });
    delete pair[role];
  }

  #leave(name: string, socket: MemorySocket): void {
    const pair = this.#rooms.get(name);
    if (pair === undefined || pair[socket.role] !== socket) return;
    delete pair[socket.role];
    (pair.sender ?? pair.receiver)?.word({ type: "peer", state: "left" });
    if (socket.role === "sender" && roomKind(name) === "code")
      this.#evict(pair, "receiver", CloseCode.normal);
    if (pair.sender === undefined && pair.receiver === undefined) this.#rooms.delete(name);
  }

  #forward(name: string, from: MemorySocket, frame: Uint8Array): void {
    this.frames.push({ from: from.role, bytes: frame });
    const pair = this.#rooms.get(name);
    const to = pair?.[otherRole(from.role)];
    for (const bytes of this.tap(from.role, frame, name)) to?.deliver({ kind: "binary", bytes });
  }

  /** Puts a frame of the attacker's own in front of one side. */
  inject(room: string, to: Role, bytes: Uint8Array): void {
    this.#rooms.get(room)?.[to]?.deliver({ kind: "binary", bytes });
  }

  /** One side now reaches `to` by the address `from`. */
  alias(from: string, role: Role, to: string): void {
    this.#aliases.set(`${role} ${from}`, to);
  }

  /** Messages that wait for one side to read them. */
  unread(room: string, role: Role): number {
    return this.#rooms.get(room)?.[role]?.unread ?? 0;
  }

  /** Rooms in which somebody is. */
  rooms(): string[] {
    return [...this.#rooms.keys()];
  }

  /** Cuts one side's connection, as a network does. */
  cut(room: string, role: Role): void {
    const socket = this.#rooms.get(room)?.[role];
    socket?.deliver({ kind: "closed", close: { code: 1006 } });
    if (socket !== undefined) this.#leave(room, socket);
  }
}
