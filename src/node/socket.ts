/** WebSockets to a relay by `ws`, as the core's Dialer. */
import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import { type RawData, WebSocket } from "ws";
import type { Dialer, Socket, SocketClose, SocketMessage } from "../core/ports";
import { CloseCode } from "../core/wire/closeCodes";
import { interpose, LARGE, LargeMessages, maskLarge } from "../core/wire/largeMessages";
import { FRAME_MAX } from "../core/wire/limits";
import { type Attempt, connectFailure } from "./connectFailure";
import { DirectSocket } from "./directSocket";
import { identityOf, type Ways, watchAttempt, wayTo } from "./way";

/** Bytes waiting in a socket, either way, at which it is full. */
const HIGH_WATER = 1024 * 1024;
const HANDSHAKE_TIMEOUT = 10_000;
/** A peer that does not answer our close is cut off after this long. Milliseconds. */
const CLOSE_TIMEOUT = 3_000;
/** The same where `ws` itself ends a connection, over a message that it refuses. */
const ENDING = { closeTimeout: CLOSE_TIMEOUT };
/**
 * The relay pings every 20 s. A socket that hears nothing for this many checks is dead,
 * though no packet ever said so (a lost network, a computer that slept).
 */
const CHECK_INTERVAL = 5_000;
const SILENT_CHECKS = 12;
/** From here on we ask: the relay's answer is a sign of life as well. */
const ASK_AFTER = 9;
/** Checks that are further apart than this have a sleep between them. Milliseconds. */
const SLEPT = 20_000;

/** Socket reads and unfinished pieces of one message that `ws` may hold. */
const PIECES_MAX = 4096;
/** Memory of large messages kept for the next ones: what may be queued, and one that comes. */
const SPARE_MAX = 5;

type Received = SocketMessage | { kind: "closed"; close: SocketClose };

class WsSocket implements Socket {
  readonly #queue: SocketMessage[] = [];
  #queuedBytes = 0;
  /** Checks since the last sign of life, and when the last check was. */
  #silent = 0;
  #checkedAt = Date.now();
  #waiting: ((message: Received) => void) | undefined;
  #closed: SocketClose | undefined;
  /** Nobody asks for messages any more. */
  #leaving = false;
  readonly #senders = new Set<() => void>();
  readonly #spare: Uint8Array[] = [];
  #stream: Duplex | undefined;

  constructor(
    private readonly ws: WebSocket,
    private readonly masks: boolean,
  ) {
    ws.on("message", (data, binary) => this.#arrived(data, binary));
    ws.on("close", (code) => this.#close(code));
    // A "close" follows every error.
    ws.on("error", () => {});
    for (const sign of ["message", "ping", "pong"]) ws.on(sign, () => this.#heard());
    const timer = setInterval(() => this.#check(), CHECK_INTERVAL);
    ws.once("close", () => clearInterval(timer));
  }

  /** Call as soon as it is open: takes records off `stream` itself, past `ws`. */
  takeRecords(stream: Duplex, direct: DirectSocket): void {
    this.#stream = stream;
    interpose(stream, (rest) => {
      const messages = new LargeMessages({
        masked: false,
        wanted: () => true,
        pieces: PIECES_MAX,
        frames: PIECES_MAX,
        refused: () => this.ws.terminate(),
        max: FRAME_MAX,
        memory: () => this.#spare.pop() ?? new Uint8Array(FRAME_MAX),
        message: (bytes) => {
          this.#heard();
          this.#deliver({ kind: "binary", bytes, release: () => this.#keep(bytes) });
        },
        // A copy: what was read directly is read over.
        rest: (bytes) => rest(Buffer.from(bytes)),
      });
      direct.take(messages);
      return (chunk) => messages.push(chunk);
    });
  }

  #keep({ buffer }: Uint8Array): void {
    if (this.#spare.length < SPARE_MAX) this.#spare.push(new Uint8Array(buffer));
  }

  #heard(): void {
    this.#silent = 0;
  }

  /** While we do not read, silence is our own. */
  #check(): void {
    const gap = Date.now() - this.#checkedAt;
    this.#checkedAt = Date.now();
    this.#silent = this.ws.isPaused ? 0 : this.#silent + 1;
    if (Math.abs(gap) > SLEPT) this.#silent = Math.max(this.#silent, ASK_AFTER);
    if (this.#silent >= SILENT_CHECKS) this.ws.terminate();
    else if (this.#silent >= ASK_AFTER && this.ws.readyState === WebSocket.OPEN) this.ws.ping();
  }

  #arrived(data: RawData, binary: boolean): void {
    const bytes = bufferOf(data);
    this.#deliver(binary ? { kind: "binary", bytes } : { kind: "text", text: bytes.toString() });
  }

  #deliver(message: SocketMessage): void {
    if (this.#leaving) return drop(message);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) {
      waiting(message);
      return;
    }
    this.#queue.push(message);
    this.#queuedBytes += sizeOf(message);
    if (this.#queuedBytes >= HIGH_WATER) this.ws.pause();
  }

  #close(code: number): void {
    this.#closed ??= { code };
    this.#waiting?.({ kind: "closed", close: this.#closed });
    this.#waiting = undefined;
    for (const settle of this.#senders) settle();
  }

  receive(): Promise<Received> {
    const queued = this.#queue.shift();
    if (queued !== undefined) {
      this.#queuedBytes -= sizeOf(queued);
      if (this.ws.isPaused && this.#queuedBytes < HIGH_WATER / 2) this.ws.resume();
      return Promise.resolve(queued);
    }
    if (this.#closed !== undefined) return Promise.resolve({ kind: "closed", close: this.#closed });
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  send(frame: Uint8Array, released?: () => void): Promise<void> {
    if (this.ws.readyState !== WebSocket.OPEN) {
      released?.();
      return Promise.reject(new Error("socket closed"));
    }
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Error("socket closed"));
      this.#senders.add(gone);
      const settle = () => {
        this.#senders.delete(gone);
        resolve();
      };
      this.#write(frame, (error) => {
        released?.();
        if (error === undefined || error === null) settle();
        else gone();
      });
      if (this.ws.bufferedAmount < HIGH_WATER) settle();
    });
  }

  /** `ws` masks byte after byte, in fresh memory; a record is masked where it is. */
  #write(frame: Uint8Array, written: (error?: Error | null) => void): void {
    if (!this.masks || this.#stream === undefined || frame.length < LARGE) {
      this.ws.send(frame, { binary: true }, written);
      return;
    }
    const head = maskLarge(frame, randomBytes(4));
    this.#stream.cork();
    this.#stream.write(head);
    this.#stream.write(frame, written);
    this.#stream.uncork();
  }

  close(code: number = CloseCode.normal): void {
    this.#leaving = true;
    for (const message of this.#queue.splice(0)) drop(message);
    // A paused socket would never see the answer to its close, which comes behind all the rest.
    if (this.ws.isPaused) this.ws.resume();
    this.ws.close(code);
    const timer = setTimeout(() => this.ws.terminate(), CLOSE_TIMEOUT);
    this.ws.once("close", () => clearTimeout(timer));
    if (this.ws.readyState === WebSocket.CLOSED) clearTimeout(timer);
  }
}

function drop(message: SocketMessage): void {
  if (message.kind === "binary") message.release?.();
}

const sizeOf = (message: SocketMessage): number =>
  message.kind === "binary" ? message.bytes.length : message.text.length;

function bufferOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}

/**
 * A client's mask keeps a hostile page from writing bytes of its choice past a proxy that
 * does not know WebSockets (RFC 6455, section 10.3). What we send is ciphertext that nobody
 * can choose, so where no such proxy can be in between (TLS, this computer), a mask of
 * zeros saves both ends a pass over every byte.
 */
function needsMask(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol !== "wss:" && !/^(127(\.\d+){3}|\[::1\]|localhost)$/.test(hostname);
}

export function createDialer(ways: Ways = {}): Dialer {
  return {
    connect: (url, protocols, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const relay = new URL(url).origin;
        const way = wayTo(url, ways);
        let attempt = (): Attempt => ({ relay, proxied: false, tunnelled: false });
        const masks = needsMask(way.url);
        const direct = new DirectSocket();
        const ws = new WebSocket(way.url, [...protocols], {
          agent: way.agent,
          // Not asked for where there is an agent.
          createConnection: (options: object | number | string) =>
            direct.connect(new URL(way.url), typeof options === "object" ? options : {}),
          ...identityOf(url),
          ...(way.lookup !== undefined && { lookup: way.lookup }),
          handshakeTimeout: HANDSHAKE_TIMEOUT,
          maxPayload: FRAME_MAX,
          maxFragments: PIECES_MAX,
          maxBufferedChunks: PIECES_MAX,
          perMessageDeflate: false,
          ...ENDING,
          ...(!masks && { generateMask: (mask: Buffer) => mask.fill(0) }),
          followRedirects: false,
          finishRequest: (request) => {
            attempt = watchAttempt(relay, request, way.agent);
            request.end();
          },
        });
        const socket = new WsSocket(ws, masks);
        let stream: Duplex | undefined;
        ws.once("upgrade", (response) => {
          stream = response.socket;
        });
        const abort = () => {
          ws.terminate();
          reject(signal.reason);
        };
        signal.addEventListener("abort", abort, { once: true });
        const settled = () => signal.removeEventListener("abort", abort);
        ws.once("open", () => {
          settled();
          if (stream !== undefined) socket.takeRecords(stream, direct);
          resolve(socket);
        });
        ws.once("error", (error) => {
          settled();
          reject(connectFailure(error, attempt()));
        });
      }),
  };
}
