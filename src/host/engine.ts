/**
 * Everything heavy, loaded with the first transfer and not with the extension: the protocol
 * with its cryptography, the file work and the relay.
 */
import { networkInterfaces } from "node:os";
import { basename, join, posix } from "node:path";
import type { Memento, SecretStorage, Uri } from "vscode";
import { startEmbeddedRelay } from "../../relay/embedded";
import { readPage } from "../../relay/page";
import type { Contents } from "../bridge/state";
import { SecureShareError } from "../core/errors";
import { Manifest } from "../core/files/manifest";
import { visible } from "../core/files/names";
import type { Source } from "../core/ports";
import type { ReceiverUi, SenderUi, Summary } from "../core/session/events";
import type { ReceiverPast } from "../core/session/openContent";
import {
  type ReceiveOptions,
  type ReceiverPorts,
  receiveTransfer,
  resumeReceiving,
  resumeSending,
  type SendOptions,
  sendTransfer,
} from "../core/session/transfer";
import type { LeftOut } from "../node/files/leftOut";
import { scanFiles } from "../node/files/scan";
import { createSink } from "../node/files/sink";
import { textSource } from "../node/files/textSource";
import { isOwnAddress } from "../node/networkAddresses";
import { nodePorts } from "../node/ports";
import { createAttempts } from "../node/state/attempts";
import { restoreSource, saveSource } from "../node/state/savedSource";
import { createSpool } from "../node/state/spool";
import { wrappingKeyFile } from "../node/state/wrappingKey";
import { SHOWN_NAMES } from "../presenter/transferState";
import type { StartRelay } from "./embeddedRelay";
import { Journals } from "./journals";
import type { KeptTransfer } from "./keptTransfer";
import { type ReadableFiles, scanVirtual } from "./virtualFiles";
import { WrappingKeys } from "./wrappingKeys";

export interface Engine {
  /** Looks through files and folders. Rejects with E_SOURCE_VANISHED, E_PERMISSION… */
  prepareFiles(paths: readonly string[], rules: FileRules, signal: AbortSignal): Promise<Outgoing>;
  /** The same for what VS Code alone can read, see `scanVirtual`. */
  prepareVirtual(
    files: ReadableFiles,
    uris: readonly Uri[],
    exclude: readonly string[],
    signal: AbortSignal,
  ): Promise<Outgoing>;
  prepareText(text: string): Promise<Outgoing>;
  /** What an earlier window was sending. @throws E_RESUME_LOST when that cannot be read */
  restore(kept: KeptTransfer): Promise<Outgoing>;
  /** Sends what is the source when the receiver has come; goes on with `kept` when an earlier window had begun it. */
  send(
    outgoing: Pick<Outgoing, "source">,
    kept: KeptTransfer | undefined,
    options: SendOptions,
    ui: SenderUi,
    signal: AbortSignal,
  ): Promise<Summary>;
  /** Receives; goes on with `kept` when an earlier window had begun it. */
  receive(
    kept: KeptTransfer | undefined,
    options: ReceiveOptions,
    ui: ReceiverUi,
    signal: AbortSignal,
  ): Promise<Summary>;
  readonly journals: Pick<Journals, "begin" | "forget" | "list" | "take">;
  /** A relay in which only the holders of admitted claims make rooms. */
  startRelay: StartRelay;
}

export type LoadEngine = () => Promise<Engine>;

/** What is about to be sent. */
export interface Outgoing {
  readonly source: Source;
  readonly contents: Contents;
  /** Writes it down, to be restored by a later window. */
  save(kept: KeptTransfer): Promise<void>;
  close(): Promise<void>;
}

interface FileRules {
  /** Globs. */
  readonly exclude: readonly string[];
  readonly respectGitignore: boolean;
}

export interface EngineOptions {
  /** Where attempts at codes are counted, long offers put aside and transfers remembered. */
  readonly stateFolder: string;
  /** Which window this is, see `windowIdentity`. */
  readonly window: string;
  readonly secrets: Pick<SecretStorage, "get" | "store">;
  readonly memory: Pick<Memento, "get" | "update">;
  /** `env.sessionId` */
  readonly session: string;
  /** Where the browser page's files are, which the window's own relay serves. */
  readonly pageFolder: string;
}

export function createEngine(options: EngineOptions): Engine {
  const { stateFolder, window, secrets, memory, session } = options;
  const spool = () => createSpool(join(stateFolder, "spool"));
  const keyFile = () => wrappingKeyFile(stateFolder);
  const keys = new WrappingKeys(secrets, memory, session, keyFile);
  const ownPorts = new Set<number>();
  const isOwn = (url: string) => {
    const { hostname, port } = new URL(url);
    return ownPorts.has(Number(port)) && isOwnAddress(hostname, networkInterfaces());
  };
  const ports = nodePorts({ isOwn });
  const attempts = createAttempts(join(stateFolder, "attempts"), Date.now);
  const receiverPorts = (kept: KeptTransfer | undefined): ReceiverPorts => ({
    ...ports,
    attempts,
    spool: kept === undefined ? spool : () => kept.transfer.offerSpool(),
    sink: (folder) => createSink(folder, { note: kept?.journal.note }),
    ...(kept === undefined ? {} : { journal: kept.journal }),
  });
  return {
    journals: new Journals(stateFolder, keys, window, Date.now),
    async prepareFiles(paths, rules, signal) {
      const scan = await scanFiles(paths, rules, spool, signal);
      return {
        source: scan.source,
        contents: {
          ...filesContents(
            paths.map((path) => basename(path)),
            scan,
          ),
          gitignore: rules.respectGitignore,
        },
        save: ({ transfer }) => saveSource(scan.source, transfer.path),
        close: () => scan.source.dispose(),
      };
    },
    async prepareVirtual(files, uris, exclude, signal) {
      const scan = await scanVirtual(files, uris, exclude, spool(), signal);
      return {
        source: scan.source,
        contents: filesContents(
          uris.map(({ path }) => posix.basename(path)),
          scan,
        ),
        // Nobody knows whether a later window has the same file system.
        save: () => Promise.resolve(),
        close: () => scan.source.manifest.dispose(),
      };
    },
    restore: restoreOutgoing,
    async prepareText(text) {
      const source = await textSource(text, spool(), Date.now());
      const bytes = source.manifest.totalBytes;
      return {
        source,
        contents: { names: [], files: 0, bytes, text: true, leftOut: [], leftOutCount: 0 },
        save: () => Promise.resolve(),
        close: () => source.manifest.dispose(),
      };
    },
    send(outgoing, kept, options, ui, signal) {
      const sending = {
        ...ports,
        get source() {
          return outgoing.source;
        },
      };
      if (kept === undefined) return sendTransfer(sending, options, ui, signal);
      const { journal, transfer } = kept;
      const remembering = Object.assign(sending, { journal });
      return transfer.document?.role === "sender"
        ? resumeSending(remembering, options, transfer.document, ui, signal)
        : sendTransfer(remembering, options, ui, signal);
    },
    async receive(kept, options, ui, signal) {
      const document = kept?.transfer.document;
      if (kept === undefined || document?.role !== "receiver")
        return receiveTransfer(receiverPorts(kept), options, ui, signal);
      const { known, settled } = kept.transfer;
      const manifest = await kept.transfer.restoreOffer();
      if (document.offered && manifest === undefined)
        throw new SecureShareError("E_RESUME_LOST", {});
      const past: ReceiverPast = {
        known,
        settled,
        manifest: manifest ?? new Manifest(spool()),
        eachSettled: (take) => kept.transfer.eachSettled(take),
      };
      return resumeReceiving(receiverPorts(kept), options, document, past, ui, signal);
    },
    async startRelay(host, port, mayCreate) {
      const relay = await startEmbeddedRelay({
        host,
        port,
        page: await readPage(options.pageFolder),
        mayCreate: (_room, claim) => mayCreate(claim),
      });
      ownPorts.add(relay.port);
      return relay;
    },
  };
}

async function restoreOutgoing(kept: KeptTransfer): Promise<Outgoing> {
  const source = await restoreSource(kept.transfer.path);
  if (source === undefined) throw new SecureShareError("E_RESUME_LOST", {});
  const { fileCount: files, totalBytes: bytes } = source.manifest;
  const names = kept.note.contents?.names ?? [];
  return {
    source,
    contents: { names, files, bytes, leftOut: [], leftOutCount: 0 },
    save: () => Promise.resolve(),
    close: () => source.dispose(),
  };
}

function filesContents(
  names: readonly string[],
  { source, leftOut }: { source: Pick<Source, "manifest">; leftOut: LeftOut },
): Contents {
  return {
    names: names.slice(0, SHOWN_NAMES).map(visible),
    files: source.manifest.fileCount,
    bytes: source.manifest.totalBytes,
    leftOut: leftOut.named
      .slice(0, SHOWN_NAMES)
      .map(({ path, reason }) => ({ path: visible(path), reason })),
    leftOutCount: leftOut.count,
  };
}
