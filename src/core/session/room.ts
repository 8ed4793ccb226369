/** One stay in a relay's room: the socket, with the relay's words told from frames. */
import { SecureShareError } from "../errors";
import type { Dialer, Socket, SocketClose, SocketMessage } from "../ports";
import { CloseCode } from "../wire/closeCodes";
import { parseRelayMessage, type RelayLimits } from "../wire/relayMessages";
import { CLAIM_PREFIX, type Role, roomUrl, SUBPROTOCOL } from "../wire/rooms";
import { abortable } from "./async";

export type RoomEvent =
  | { kind: "peer"; state: "joined" | "left" }
  /** `release` as the socket's message has it. */
  | { kind: "frame"; frame: Uint8Array; release?: (() => void) | undefined }
  | { kind: "closed"; code: number };

type Received = SocketMessage | { kind: "closed"; close: SocketClose };

export class Room {
  /** A read that somebody stopped waiting for; the next one takes it over. */
  #pending: Promise<Received> | undefined;
  #paired = false;

  private constructor(
    readonly relay: string,
    readonly limits: RelayLimits,
    private readonly socket: Socket,
  ) {}

  /**
   * Joins and waits for the relay's greeting. `claim` is base64url.
   * @throws as `Dialer.connect` does, E_RELAY_PROTOCOL, or as `refusal` says
   */
  static async join(
    dialer: Dialer,
    relay: string,
    room: string,
    role: Role,
    claim: string,
    signal: AbortSignal,
  ): Promise<Room> {
    const protocols = [SUBPROTOCOL, CLAIM_PREFIX + claim];
    const socket = await dialer.connect(roomUrl(relay, room, role), protocols, signal);
    try {
      const first = await abortable(socket.receive(), signal);
      if (first.kind === "closed") throw refusal(relay, first.close.code);
      const message = first.kind === "text" ? parseRelayMessage(first.text) : undefined;
      if (message?.type === "error") throw refusal(relay, message.code);
      if (message?.type !== "hello") throw new SecureShareError("E_RELAY_PROTOCOL", { relay });
      return new Room(relay, message.limits, socket);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Somebody else sits in the room, as far as the relay's words have been read. */
  get paired(): boolean {
    return this.#paired;
  }

  /**
   * The next thing that happens; nothing is lost when the signal ends the wait. The relay's
   * other words need no answer.
   */
  async next(signal?: AbortSignal): Promise<RoomEvent> {
    for (;;) {
      this.#pending ??= this.socket.receive();
      const message = await (signal ? abortable(this.#pending, signal) : this.#pending);
      this.#pending = undefined;
      if (message.kind === "closed") return this.#closed(message.close.code);
      if (message.kind === "binary")
        return { kind: "frame", frame: message.bytes, release: message.release };
      const word = parseRelayMessage(message.text);
      if (word === undefined) return this.#misbehaves();
      if (word.type === "error") return this.#closed(word.code);
      if (word.type === "peer") {
        this.#paired = word.state === "joined";
        return { kind: "peer", state: word.state };
      }
    }
  }

  #closed(code: number): RoomEvent {
    this.#paired = false;
    return { kind: "closed", code };
  }

  #misbehaves(): RoomEvent {
    this.close();
    return this.#closed(CloseCode.badMessage);
  }

  send(frame: Uint8Array, released?: () => void): Promise<void> {
    return this.socket.send(frame, released);
  }

  close(): void {
    this.socket.close(CloseCode.normal);
  }
}

/** What a relay's close code means to somebody who wanted to join. */
function refusal(relay: string, closeCode: number): SecureShareError {
  switch (closeCode) {
    case CloseCode.unknownRoom:
      return new SecureShareError("E_CODE_UNKNOWN", {});
    case CloseCode.occupied:
      return new SecureShareError("E_ROOM_OCCUPIED", {});
    case CloseCode.full:
    case CloseCode.rateLimited:
      return new SecureShareError("E_RELAY_FULL", { relay });
    case 1005:
    case 1006:
      return new SecureShareError("E_RELAY_UNREACHABLE", { relay });
    default:
      return new SecureShareError("E_RELAY_REFUSED", { relay, closeCode });
  }
}
