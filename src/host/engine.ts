/**
 * Everything heavy, loaded with the first transfer and not with the extension: the protocol
 * with its cryptography, the file work and the relay.
 */
import { join } from "node:path";
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
import { createSink } from "../node/files/sink";
import { nodePorts } from "../node/ports";
import { createAttempts } from "../node/state/attempts";
import { makePrivateFolder } from "../node/state/folder";
import { createSpool } from "../node/state/spool";
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
/** Sends what was prepared. Rejects with a SecureShareError, or with the signal's reason. */
export function send(
  { source }: Outgoing,
  options: SendOptions,
  ui: SenderUi,
  signal: AbortSignal,
): Promise<Summary> {
  return sendTransfer({ ...nodePorts(), source }, options, ui, signal);
}

/** Receives; attempts are counted, and a long offer put aside, in `stateFolder`. */
export async function receive(
  options: ReceiveOptions,
  stateFolder: string,
  ui: ReceiverUi,
  signal: AbortSignal,
): Promise<Summary> {
  await makePrivateFolder(stateFolder);
  const ports = {
    ...nodePorts(),
    attempts: createAttempts(join(stateFolder, "attempts"), Date.now),
    spool: () => createSpool(stateFolder),
    sink: (folder: string) => createSink(folder),
  };
  return receiveTransfer(ports, options, ui, signal);
}

/** Starts a relay in which only the holders of admitted claims make rooms. */
export const startRelay: StartRelay = (host, port, mayCreate): Promise<ListeningRelay> =>
  startEmbeddedRelay({ host, port, mayCreate: (_room, claim) => mayCreate(claim) });
