/**
 * Everything heavy, loaded with the first transfer and not with the extension: the protocol
 * with its cryptography, the file work and the relay.
 */
import { basename, join } from "node:path";
import { startEmbeddedRelay } from "../../relay/embedded";
import type { Contents } from "../bridge/state";
import { visible } from "../core/files/names";
import type { Source } from "../core/ports";
import type { ReceiverUi, SenderUi, Summary } from "../core/session/events";
import {
  type ReceiveOptions,
  receiveTransfer,
  type SendOptions,
  sendTransfer,
} from "../core/session/transfer";
import { type Scan, scanFiles } from "../node/files/scan";
import { createSink } from "../node/files/sink";
import { textSource } from "../node/files/textSource";
import { nodePorts } from "../node/ports";
import { createAttempts } from "../node/state/attempts";
import { createSpool } from "../node/state/spool";
import type { StartRelay } from "./embeddedRelay";
import { SHOWN_NAMES } from "./transferState";

export interface Engine {
  /** Looks through files and folders. Rejects with E_SOURCE_VANISHED, E_PERMISSION… */
  prepareFiles(paths: readonly string[], rules: FileRules, signal: AbortSignal): Promise<Outgoing>;
  prepareText(text: string): Promise<Outgoing>;
  send(source: Source, options: SendOptions, ui: SenderUi, signal: AbortSignal): Promise<Summary>;
  receive(options: ReceiveOptions, ui: ReceiverUi, signal: AbortSignal): Promise<Summary>;
  /** A relay in which only the holders of admitted claims make rooms. */
  startRelay: StartRelay;
}

export type LoadEngine = () => Promise<Engine>;

/** What is about to be sent. */
interface Outgoing {
  readonly source: Source;
  readonly contents: Contents;
  close(): Promise<void>;
}

interface FileRules {
  /** Globs. */
  readonly exclude: readonly string[];
  readonly respectGitignore: boolean;
}

/** `stateFolder`: where attempts at codes are counted and long offers put aside. */
export function createEngine(stateFolder: string): Engine {
  const spool = () => createSpool(join(stateFolder, "spool"));
  const ports = nodePorts();
  const receiving = {
    ...ports,
    attempts: createAttempts(join(stateFolder, "attempts"), Date.now),
    spool,
    sink: (folder: string) => createSink(folder),
  };
  return {
    async prepareFiles(paths, rules, signal) {
      const scan = await scanFiles(paths, rules, spool, signal);
      return {
        source: scan.source,
        contents: filesContents(paths, scan),
        close: () => scan.source.dispose(),
      };
    },
    async prepareText(text) {
      const source = await textSource(text, spool(), Date.now());
      const bytes = source.manifest.totalBytes;
      return {
        source,
        contents: { names: [], files: 0, bytes, leftOut: [], leftOutCount: 0 },
        close: () => source.manifest.dispose(),
      };
    },
    send: (source, options, ui, signal) => sendTransfer({ ...ports, source }, options, ui, signal),
    receive: (options, ui, signal) => receiveTransfer(receiving, options, ui, signal),
    startRelay: (host, port, mayCreate) =>
      startEmbeddedRelay({ host, port, mayCreate: (_room, claim) => mayCreate(claim) }),
  };
}

function filesContents(paths: readonly string[], { source, leftOut }: Scan): Contents {
  return {
    names: paths.slice(0, SHOWN_NAMES).map((path) => visible(basename(path))),
    files: source.manifest.fileCount,
    bytes: source.manifest.totalBytes,
    leftOut: leftOut.named
      .slice(0, SHOWN_NAMES)
      .map(({ path, reason }) => ({ path: visible(path), reason })),
    leftOutCount: leftOut.count,
  };
}
