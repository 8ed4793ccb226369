import type { RelayIo } from "../../relay/run";
import type { Sink, Source } from "../core/ports";
import type {
  CommonPorts,
  ReceiverPorts,
  receiveTransfer,
  sendTransfer,
} from "../core/session/transfer";
import type { LeftOut } from "./report";
import type { SendRequest } from "./requests";

export interface FoundSource {
  readonly source: Source;
  readonly leftOut: LeftOut;
  /** Gives back what the source took on disk. */
  dispose(): Promise<void>;
}

export interface OwnRelay {
  /** `ws://HOST:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

/** What the commands are made of; main.ts gives the real parts, tests their own. */
export interface Parts {
  readonly ports: CommonPorts;
  readonly attempts: ReceiverPorts["attempts"];
  readonly spool: ReceiverPorts["spool"];
  readonly sendTransfer: typeof sendTransfer;
  readonly receiveTransfer: typeof receiveTransfer;
  readonly sink: (folder: string) => Sink;
  /** Looks through files and folders. Rejects with E_SOURCE_VANISHED, E_PERMISSION. */
  scan(
    request: Pick<SendRequest, "paths" | "exclude" | "respectGitignore">,
    signal: AbortSignal,
  ): Promise<FoundSource>;
  textSource(text: string): Promise<FoundSource>;
  /** Whether `--exclude` patterns leave out a path of an offer. */
  excludes(globs: readonly string[]): (path: string, folder: boolean) => boolean;
  /** A relay in this process, in which only `claim` may wait as a sender. */
  startRelay(options: { host: string; port: number; claim: string }): Promise<OwnRelay>;
  /** The address at which this network reaches us, or loopback. */
  networkHost(): string;
  runRelay(args: readonly string[], io: RelayIo): Promise<number>;
}
