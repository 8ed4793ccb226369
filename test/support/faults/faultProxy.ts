/**
 * A network that the tests own: a TCP proxy on loopback between one side and the relay. It
 * counts, cuts, stalls and slows what passes, and can be gone for a while.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { FrameReader, type SeenFrame } from "./webSocketFrames";

/** `up`: from the client to the relay. */
export type Direction = "up" | "down";

/** A frame of the protocol on its way. */
export interface PassingFrame extends SeenFrame {
  readonly direction: Direction;
  /** Milliseconds, monotonic. */
  readonly at: number;
}

/** Nothing but content is as long. */
const LARGE = 16 * 1024;

interface Pair {
  readonly client: Socket;
  readonly relay: Socket;
}

export class FaultProxy {
  readonly #pairs = new Set<Pair>();
  readonly #passed = { up: 0, down: 0 };
  readonly #watchers = new Set<() => void>();
  #listeners = new Set<(frame: PassingFrame) => void>();
  /** First lines of the requests that have passed. */
  readonly requests: string[] = [];
  #gone = false;
  #flips = 0;
  #flowing: Promise<void> = Promise.resolve();
  #letFlow: () => void = () => {};
  /** Holds back every piece by this long. Milliseconds. */
  delayMs = 0;
  /** Lets through so many bytes a second each way; 0: all. */
  bytesPerSecond = 0;

  private constructor(
    private readonly server: Server,
    private readonly relayPort: number,
    readonly port: number,
  ) {}

  /** Listens on a free port, in front of `relayPort` of loopback. */
  static async open(relayPort: number): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const proxy = new FaultProxy(server, relayPort, address.port);
    server.on("connection", (client) => proxy.#accept(client));
    return proxy;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Bytes that have passed, over all connections. */
  get passed(): Readonly<Record<Direction, number>> {
    return this.#passed;
  }

  /** Settles once so many bytes have passed that way, counted from the start. */
  reaches(direction: Direction, bytes: number): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.#passed[direction] < bytes) return;
        this.#watchers.delete(check);
        resolve();
      };
      this.#watchers.add(check);
      check();
    });
  }

  /** Tells of each frame before it is let through, until the returned function is called. */
  onFrame(listener: (frame: PassingFrame) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resets every present connection, both ways. What was on its way is lost. */
  cut(): void {
    for (const { client, relay } of this.#pairs) {
      client.resetAndDestroy();
      relay.resetAndDestroy();
    }
  }

  /** Turns a bit over in the middle of the next large piece that goes down. */
  flip(): void {
    this.#flips++;
  }

  /** Cuts the relay's half only: the client's stays open and silent. */
  drop(): void {
    for (const { client, relay } of this.#pairs) {
      client.removeAllListeners("data").resume();
      relay.removeAllListeners("close").resetAndDestroy();
    }
  }

  /** No network: what is open is cut, what comes is refused. */
  vanish(): void {
    this.#gone = true;
    this.cut();
  }
  comeBack(): void {
    this.#gone = false;
  }

  /** Nothing passes, and nobody is told; connections stay as they are. */
  stall(): void {
    this.#flowing = new Promise((resolve) => {
      this.#letFlow = resolve;
    });
  }
  flow(): void {
    this.#letFlow();
  }

  async close(): Promise<void> {
    this.flow();
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #accept(client: Socket): void {
    if (this.#gone) {
      client.resetAndDestroy();
      return;
    }
    const relay = connect({ port: this.relayPort, host: "127.0.0.1", allowHalfOpen: true });
    const pair = { client, relay };
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      relay.destroy();
    };
    for (const socket of [client, relay]) socket.setNoDelay(true).on("error", end).on("close", end);
    this.#pump(client, relay, "up");
    this.#pump(relay, client, "down");
  }

  #pump(from: Socket, to: Socket, direction: Direction): void {
    const frames = new FrameReader();
    from.on("data", (bytes: Buffer) => {
      const known = frames.head !== undefined || direction === "down";
      const seen = frames.read(bytes);
      if (!known && frames.head !== undefined) this.requests.push(frames.head);
      const slowed = this.delayMs > 0 || this.bytesPerSecond > 0;
      from.pause();
      void this.#flowing
        .then(() => (slowed ? this.#hold(bytes.length) : undefined))
        .then(() => this.#pass(bytes, seen, to, direction))
        .then(() => from.resume());
    });
    from.on("end", () => to.end());
  }

  async #hold(length: number): Promise<void> {
    const sent = this.bytesPerSecond > 0 ? (length / this.bytesPerSecond) * 1000 : 0;
    await delay(this.delayMs + sent);
  }

  async #pass(bytes: Buffer, seen: SeenFrame[], to: Socket, direction: Direction): Promise<void> {
    const at = performance.now();
    for (const frame of seen)
      for (const listener of this.#listeners) listener({ ...frame, direction, at });
    if (to.destroyed) return;
    if (this.#flips > 0 && direction === "down" && bytes.length >= LARGE) {
      this.#flips--;
      const middle = bytes.length >> 1;
      bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
    }
    this.#passed[direction] += bytes.length;
    for (const watcher of this.#watchers) watcher();
    if (!to.write(bytes)) await drained(to);
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      socket.off("drain", settle).off("close", settle);
      resolve();
    };
    socket.once("drain", settle).once("close", settle);
  });
}
