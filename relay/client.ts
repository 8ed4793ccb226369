/** What the engine knows of a connection, and what a connection tells the engine. */
import type { CloseCode } from "../src/core/wire/closeCodes";
import type { RelayMessage } from "../src/core/wire/relayMessages";
import type { Source } from "./outbox";

/** One accepted connection. Every call is without effect once it is closed. */
export interface Client extends Source {
  /** Sends one of the relay's own messages behind everything handed over before. */
  say(message: RelayMessage): void;
  /** Hands over a frame as it came; `sent` is called once it is written, or never will be. */
  forward(frame: Buffer, sent: () => void): void;
  /** Asks for a sign of life that carries `mark` back, in order with the client's frames. */
  ping(mark: number): void;
  /** Says why as an `error` message, then closes with the same code. */
  close(code: CloseCode): void;
}

/** Where a connection reports to. */
export interface ClientEvents {
  /** Whether large frames are to be expected now, and worth memory before they are whole. */
  isPaired(): boolean;
  frame(frame: Buffer): void;
  /** Clients never send text. */
  text(): void;
  /** Bytes off the network, before they make a frame. */
  received(bytes: number): void;
  pong(mark: number): void;
  /** The connection ends, for whatever reason; nothing else is reported afterwards. */
  closed(): void;
}
