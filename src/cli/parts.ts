import type { RelayIo } from "../../relay/run";
import type { Note, ResumableSink, Source } from "../core/ports";
import type {
  CommonPorts,
  ReceiverPorts,
  receiveTransfer,
  resumeReceiving,
  resumeSending,
  sendTransfer,
} from "../core/session/transfer";
import type { Transfer } from "../node/state/transfer";
import type { ListedTransfer, OpenedTransfer } from "../node/state/transfers";
import type { LeftOut } from "./report";
import type { SendRequest } from "./requests";

export interface FoundSource {
  readonly source: Source;
  readonly leftOut: LeftOut;
  /** Writes into a transfer's folder what a later run needs to send the same. */
  save(folder: string): Promise<void>;
  /** Gives back what the source took on disk. */
  dispose(): Promise<void>;
}

export interface OwnRelay {
  /** `ws://HOST:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

/** The interrupted and running transfers of the state folder. */
export interface TransferStore {
  create(): Promise<Transfer>;
  open(id: string): Promise<OpenedTransfer>;
  list(): Promise<readonly ListedTransfer[]>;
  /** False when some program is at it. */
  forget(id: string): Promise<boolean>;
  /** Forgets those for which nothing was done in so many milliseconds. */
  expire(keepForMs: number): Promise<void>;
}

/** What the commands are made of; main.ts gives the real parts, tests their own. */
export interface Parts {
  readonly ports: CommonPorts;
  readonly attempts: ReceiverPorts["attempts"];
  readonly spool: ReceiverPorts["spool"];
  readonly transfers: TransferStore;
  readonly sendTransfer: typeof sendTransfer;
  readonly receiveTransfer: typeof receiveTransfer;
  readonly resumeSending: typeof resumeSending;
  readonly resumeReceiving: typeof resumeReceiving;
  /** Without `note`, nothing of it outlives the program. */
  readonly sink: (folder: string, note: Note | undefined) => ResumableSink;
  /** Looks through files and folders. Rejects with E_SOURCE_VANISHED, E_PERMISSION. */
  scan(
    request: Pick<SendRequest, "paths" | "exclude" | "respectGitignore">,
    signal: AbortSignal,
  ): Promise<FoundSource>;
  textSource(text: string): Promise<FoundSource>;
  /** What `save` wrote; `undefined` when it is not whole. */
  restoreSource(folder: string): Promise<Pick<FoundSource, "source" | "dispose"> | undefined>;
  /** Whether `--exclude` patterns leave out a path of an offer. */
  excludes(globs: readonly string[]): (path: string, folder: boolean) => boolean;
  /**
   * A relay in this process, in which only `claim` may wait as a sender.
   * Rejects with E_CANNOT_LISTEN when it cannot listen there.
   */
  startRelay(options: { host: string; port: number; claim: string }): Promise<OwnRelay>;
  /** The address at which this network reaches us, or loopback. */
  networkHost(): string;
  runRelay(args: readonly string[], io: Omit<RelayIo, "pageFolder">): Promise<number>;
}
