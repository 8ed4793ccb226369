import type { Dialer, Socket } from "../../../src/core/ports";
import { Room } from "../../../src/core/session/room";
import { RELAY } from "./session";

export type Received = Awaited<ReturnType<Socket["receive"]>>;

export const text = (message: object | string): Received => ({
  kind: "text",
  text: typeof message === "string" ? message : JSON.stringify(message),
});
export const binary = (bytes: Uint8Array): Received => ({ kind: "binary", bytes });
export const closed = (code: number): Received => ({ kind: "closed", close: { code } });

const limits = { waitMs: 1, frameBytes: 1, sessionBytes: null, bytesPerSecond: null };
export const GREETING = text({ type: "hello", version: 1, limits });
export const JOINED = text({ type: "peer", state: "joined" });

/** A socket on which exactly these messages come, and then silence. */
export class ScriptedSocket implements Socket {
  readonly sent: Uint8Array[] = [];
  readonly urls: string[] = [];
  closed = false;
  /** Set: sending fails. */
  broken = false;
  readonly #script: Received[];

  constructor(...script: readonly Received[]) {
    this.#script = [...script];
  }

  send(frame: Uint8Array, released?: () => void): Promise<void> {
    if (this.broken) return Promise.reject(new Error("broken"));
    this.sent.push(frame.slice());
    released?.();
    return Promise.resolve();
  }
  receive(): Promise<Received> {
    const next = this.#script.shift();
    return next === undefined ? new Promise(() => {}) : Promise.resolve(next);
  }
  close(): void {
    this.closed = true;
  }

  get dialer(): Dialer {
    return {
      connect: async (url) => {
        this.urls.push(url);
        return this;
      },
    };
  }

  /** A stay in a room; the script begins behind the relay's greeting. */
  static async room(
    ...script: readonly Received[]
  ): Promise<{ room: Room; socket: ScriptedSocket }> {
    const socket = new ScriptedSocket(GREETING, ...script);
    const never = new AbortController().signal;
    const room = await Room.join(socket.dialer, RELAY, "k7qm3", "receiver", "claim", never);
    return { room, socket };
  }
}
