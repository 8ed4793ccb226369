/**
 * Everything heavy, loaded with the first transfer and not with the extension: the protocol
 * with its cryptography, the file work and the relay.
 */
import { startEmbeddedRelay } from "../../relay/embedded";
import type { Contents } from "../bridge/state";
import type { Source } from "../core/ports";
import type { ReceiverUi, SenderUi, Summary } from "../core/session/events";
import {
  type ReceiveOptions,
  receiveTransfer,
  type SendOptions,
  sendTransfer,
} from "../core/session/transfer";
import type { ListeningRelay, StartRelay } from "./embeddedRelay";

export type LoadEngine = () => Promise<typeof import("./engine")>;

/** What is about to be sent, looked at once. */
export interface Outgoing {
  readonly source: Source;
  readonly contents: Contents;
  /** All items, folders too. */
  readonly items: number;
  close(): Promise<void>;
}

export interface FileRules {
  /** Globs. */
  readonly exclude: readonly string[];
  readonly respectGitignore: boolean;
}

export declare function prepareFiles(
  paths: readonly string[],
  rules: FileRules,
  signal: AbortSignal,
): Promise<Outgoing>;
export declare function prepareText(text: string): Promise<Outgoing>;
export declare function send(
  outgoing: Outgoing,
  options: SendOptions,
  ui: SenderUi,
  signal: AbortSignal,
): Promise<Summary>;
export declare function receive(
  options: ReceiveOptions,
  stateFolder: string,
  ui: ReceiverUi,
  signal: AbortSignal,
): Promise<Summary>;

export const startRelay: StartRelay = (host, port, mayCreate): Promise<ListeningRelay> =>
  startEmbeddedRelay({ host, port, mayCreate: (_room, claim) => mayCreate(claim) });
