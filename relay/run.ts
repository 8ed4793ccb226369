/** A relay in the foreground: the program behind `dist/relay.js` and `secureshare relay`. */
import { EXIT_CODES, type SecureShareError, toSecureShareError } from "../src/core/errors";
import { jsonLog } from "./log";
import { readPage } from "./page";
import { startServer } from "./server";
import { type Environment, relayHelp, relaySettings } from "./settings";

/** Where a program writes to, and what ends it. */
export interface RelayIo {
  out(text: string): void;
  err(text: string): void;
  /** The folder with the browser page's files, which may not be there. */
  readonly pageFolder: string;
  /** Aborted when the relay is to stop: it drains, then `runRelay` settles. */
  readonly stop: AbortSignal;
}

/** What went wrong, for an operator. */
function describe({ failure }: SecureShareError): string {
  if (failure.code === "E_USAGE") return failure.details.reason;
  if (failure.code === "E_CANNOT_LISTEN")
    return `cannot listen on ${failure.details.address}: ${failure.details.reason}`;
  return `${failure.code} ${JSON.stringify(failure.details)}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function serve(args: readonly string[], env: Environment, io: RelayIo): Promise<void> {
  const settings = relaySettings(args, env);
  const log = jsonLog((line) => io.err(line));
  const page = settings.servesPage ? await readPage(io.pageFolder) : undefined;
  const mayCreate = () => true;
  const server = await startServer({ ...settings, log, page, open: page !== undefined, mayCreate });
  io.out(`${JSON.stringify({ event: "listening", url: server.url })}\n`);
  await aborted(io.stop);
  await server.close(settings.limits.drainMs, settings.limits.drainDelayMs);
}

/** Runs until `io.stop` and settles with the exit code; never rejects for wrong usage. */
export async function runRelay(
  args: readonly string[],
  env: Environment,
  io: RelayIo,
): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    io.out(relayHelp());
    return 0;
  }
  if (args.includes("--page-hash")) {
    const page = await readPage(io.pageFolder);
    if (page === undefined) io.err(`relay: no page in ${io.pageFolder}\n`);
    else io.out(`${page.sha256}\n`);
    return page === undefined ? 1 : 0;
  }
  try {
    await serve(args, env, io);
    return 0;
  } catch (error) {
    const failure = toSecureShareError(error);
    io.err(`relay: ${describe(failure)}\n`);
    return EXIT_CODES[failure.code];
  }
}
