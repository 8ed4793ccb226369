/** The command line's one place that touches the process. */
import { homedir, networkInterfaces } from "node:os";
import { join } from "node:path";
import { EXIT_CODES, toSecureShareError } from "../core/errors";
import {
  receiveTransfer,
  resumeReceiving,
  resumeSending,
  sendTransfer,
} from "../core/session/transfer";
import { createDirectFileSystem } from "../node/files/directFiles";
import { Excludes } from "../node/files/excludes";
import { scanFiles } from "../node/files/scan";
import { createSink } from "../node/files/sink";
import { textSource } from "../node/files/textSource";
import { networkAddresses } from "../node/networkAddresses";
import { nodePorts } from "../node/ports";
import { createAttempts } from "../node/state/attempts";
import { stateFolderPath } from "../node/state/folder";
import { restoreSource, saveSource } from "../node/state/savedSource";
import { createSpool } from "../node/state/spool";
import {
  createTransfer,
  expireTransfers,
  forgetTransfer,
  listTransfers,
  openTransfer,
} from "../node/state/transfers";
import { wrappingKeyFile } from "../node/state/wrappingKey";
import { Interruption } from "./interruption";
import { openOutput } from "./output";
import type { Parts, TransferStore } from "./parts";
import { run } from "./run";

/** `package.json`'s, put in by the build. */
declare const PROGRAM_VERSION: string;

/** Where the build puts the browser page's files, beside this program. */
const PAGE = join(__dirname, "page");

// What was typed may hold a code: from here on the list of processes shows this instead.
process.title = "secureshare";

const variables = process.env;
const interruption = new Interruption();

function onSignal(signal: NodeJS.Signals): void {
  const { reason } = interruption.signal;
  if (interruption.cutsShort(signal)) process.exit(EXIT_CODES[toSecureShareError(reason).code]);
  interruption.interrupt(signal);
}

/** Is there anything in which a proxy could be named? */
function hasProxy(environment: NodeJS.ProcessEnv): boolean {
  return Object.keys(environment).some((name) => /_proxy$/i.test(name));
}

function transferStore(state: string): TransferStore {
  const withKey = async <T>(use: (key: Uint8Array) => Promise<T>): Promise<T> => {
    const key = await wrappingKeyFile(state);
    try {
      return await use(key);
    } finally {
      key.fill(0);
    }
  };
  return {
    create: () => withKey((key) => createTransfer(state, key)),
    open: (id) => withKey((key) => openTransfer(state, id, key)),
    list: () => listTransfers(state),
    forget: (id) => forgetTransfer(state, id),
    expire: async (keepForMs) => void (await expireTransfers(state, keepForMs, Date.now())),
  };
}

/** What a code can be shown without is loaded when it is needed. */
async function buildParts(): Promise<Parts> {
  const { platform } = process;
  const state = stateFolderPath({ platform, home: homedir(), variables });
  const spool = () => createSpool(join(state, "spool"));
  const own = new Set<string>();
  const files = createDirectFileSystem();
  const agentFor = hasProxy(variables) ? (await import("./proxy")).proxyAgent : undefined;
  return {
    ports: nodePorts({ ...(agentFor && { agentFor }), isOwn: (url) => own.has(new URL(url).host) }),
    attempts: createAttempts(join(state, "attempts"), Date.now),
    spool,
    transfers: transferStore(state),
    sendTransfer,
    receiveTransfer,
    resumeSending,
    resumeReceiving,
    sink: (folder, note) => createSink(folder, { note, files }),
    async scan({ paths, exclude, respectGitignore }, signal) {
      const { source, leftOut } = await scanFiles(
        paths,
        { exclude, respectGitignore, files },
        spool,
        signal,
      );
      const save = (folder: string) => saveSource(source, folder);
      return { source, leftOut, save, dispose: () => source.dispose() };
    },
    async textSource(text) {
      const source = await textSource(text, spool(), Date.now());
      return {
        source,
        leftOut: { named: [], count: 0 },
        // Texts are not kept.
        save: async () => {},
        dispose: () => source.manifest.dispose(),
      };
    },
    async restoreSource(folder) {
      const source = await restoreSource(folder);
      return source && { source, dispose: () => source.dispose() };
    },
    excludes(exclude) {
      const excludes = new Excludes(files, { exclude, respectGitignore: false }, false);
      return (path, folder) => excludes.reason([], "", path, folder) !== undefined;
    },
    async startRelay({ host, port, claim }) {
      const mayCreate = (_: string, joined: string | undefined) => joined === claim;
      const [{ startEmbeddedRelay }, { readPage }] = await Promise.all([
        import("../../relay/embedded"),
        import("../../relay/page"),
      ]);
      const relay = await startEmbeddedRelay({ host, port, mayCreate, page: await readPage(PAGE) });
      own.add(new URL(relay.url).host);
      return relay;
    },
    networkHost: () => networkAddresses(networkInterfaces())[0]?.address ?? "127.0.0.1",
    runRelay: async (args, io) => {
      const { runRelay } = await import("../../relay/run");
      return runRelay(args, variables, { ...io, pageFolder: PAGE });
    },
  };
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);

const settings = {
  noColour: (variables["NO_COLOR"] ?? "") !== "",
  dumb: variables["TERM"] === "dumb",
};
const broken = () => interruption.interrupt("EPIPE");

void run({
  args: process.argv.slice(2),
  variables,
  cwd: process.cwd(),
  version: PROGRAM_VERSION,
  stdin: process.stdin,
  stdout: openOutput(process.stdout, settings, broken),
  stderr: openOutput(process.stderr, settings, broken),
  interruption,
  now: Date.now,
  parts: buildParts,
}).then((exitCode) => {
  process.exitCode = exitCode;
});
