/** WebSockets to a relay by the browser, as the core's Dialer. */
import { SecureShareError } from "../core/errors";
import type { Dialer, Socket, SocketClose, SocketMessage } from "../core/ports";
import { CloseCode } from "../core/wire/closeCodes";
import { FRAME_MAX } from "../core/wire/limits";

/** Bytes that may wait to be sent, and how often a full socket is looked at. Milliseconds. */
const HIGH_WATER = 4 * 1024 * 1024;
const LOOK_AGAIN = 4;
/**
 * A browser reads whether we ask or not. An honest sender stops at its credit of 8 MiB; what
 * sends on for longer than this is no sender of ours.
 */
const QUEUE_MAX = 32 * 1024 * 1024;
/** What a message that waits costs beside its content: empty ones are not free. Bytes. */
const QUEUED_COST = 128;
/** What a lost network is told as (RFC 6455, section 7.4.1: no close frame came). */
const LOST = 1006;
const CONNECT_TIMEOUT = 10_000;
/** A relay greets at once; one that never does would be waited for without end. Milliseconds. */
const GREETING_TIMEOUT = 10_000;

type Received = SocketMessage | { kind: "closed"; close: SocketClose };

function messageOf(data: unknown): SocketMessage | undefined {
  if (typeof data === "string") return { kind: "text", text: data };
  if (!(data instanceof ArrayBuffer) || data.byteLength > FRAME_MAX) return undefined;
  return { kind: "binary", bytes: new Uint8Array(data) };
}

const sizeOf = (message: SocketMessage) =>
  QUEUED_COST + (message.kind === "binary" ? message.bytes.length : message.text.length);

class BrowserSocket implements Socket {
  readonly #queue: SocketMessage[] = [];
  #queuedBytes = 0;
  #waiting: ((message: Received) => void) | undefined;
  #closed: SocketClose | undefined;

  constructor(private readonly ws: WebSocket) {
    const offline = () => this.#end(LOST);
    const silent = setTimeout(() => this.#end(LOST), GREETING_TIMEOUT);
    ws.addEventListener("message", () => clearTimeout(silent), { once: true });
    ws.addEventListener("close", () => clearTimeout(silent));
    ws.addEventListener("message", ({ data }: MessageEvent<unknown>) => this.#arrived(data));
    ws.addEventListener("close", ({ code }) => this.#end(code));
    // No packet says that a network is gone; without this, only time would tell.
    globalThis.addEventListener("offline", offline);
    ws.addEventListener("close", () => globalThis.removeEventListener("offline", offline));
  }

  #arrived(data: unknown): void {
    const message = messageOf(data);
    if (this.#closed !== undefined) return;
    if (message === undefined || this.#queuedBytes > QUEUE_MAX) return this.#end(LOST);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) return waiting(message);
    this.#queue.push(message);
    this.#queuedBytes += sizeOf(message);
  }

  #end(code: number): void {
    this.#closed ??= { code };
    this.#waiting?.({ kind: "closed", close: this.#closed });
    this.#waiting = undefined;
    this.ws.close();
  }

  receive(): Promise<Received> {
    const queued = this.#queue.shift();
    if (queued !== undefined) {
      this.#queuedBytes -= sizeOf(queued);
      return Promise.resolve(queued);
    }
    if (this.#closed !== undefined) return Promise.resolve({ kind: "closed", close: this.#closed });
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** The browser copies what it is given at once. */
  async send(frame: Uint8Array, released?: () => void): Promise<void> {
    if (this.#isOpen()) this.ws.send(frame as Uint8Array<ArrayBuffer>);
    released?.();
    // No event says that there is room again.
    while (this.#isOpen() && this.ws.bufferedAmount >= HIGH_WATER)
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
    if (!this.#isOpen()) throw new Error("socket closed");
  }

  #isOpen(): boolean {
    return this.#closed === undefined && this.ws.readyState === WebSocket.OPEN;
  }

  /**
   * A page may close normally or with a code of its own range, nothing else. A browser gives a
   * silent network a minute to answer; nobody waits here for that.
   */
  close(code: number = CloseCode.normal): void {
    const told = code === CloseCode.normal || code >= 3000 ? code : CloseCode.normal;
    this.ws.close(told);
    this.#end(told);
  }
}

export const browserDialer: Dialer = {
  readsAhead: true,
  connect: (url, protocols, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const relay = new URL(url).origin;
      const ws = new WebSocket(url, [...protocols]);
      ws.binaryType = "arraybuffer";
      const settled = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
      };
      const fail = (error: unknown) => {
        settled();
        reject(error);
        ws.close();
      };
      const unreachable = () => fail(new SecureShareError("E_RELAY_UNREACHABLE", { relay }));
      const abort = () => fail(signal.reason);
      const timer = setTimeout(unreachable, CONNECT_TIMEOUT);
      signal.addEventListener("abort", abort, { once: true });
      ws.addEventListener("close", unreachable, { once: true });
      ws.addEventListener("open", () => {
        settled();
        ws.removeEventListener("close", unreachable);
        resolve(new BrowserSocket(ws));
      });
    }),
};
