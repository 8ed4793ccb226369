import { resolve } from "node:path";
import { chooseLanguage, type Language, languageSetting } from "../../l10n";
import { EXIT_CODES, type Failure, SecureShareError, toSecureShareError } from "../core/errors";
import type { Summary } from "../core/session/events";
import { answerWay, openConversation, openReporter, type Streams } from "./conversation";
import type { Interruption } from "./interruption";
import type { Parts } from "./parts";
import { readCommandLine } from "./program";
import { receive } from "./receive";
import type { Reporter } from "./report";
import type { ReceiveRequest, RelayRequest, SendRequest } from "./requests";
import { send } from "./send";
import { SessionWatch } from "./session";
import { type Speech, textsFor } from "./texts";

/** What main.ts takes from the process. */
export interface Surroundings extends Streams {
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly version: string;
  readonly interruption: Interruption;
  /** Milliseconds since 1970. */
  now(): number;
  readonly parts: () => Parts;
}

/** Runs a command line to its end and settles with the exit code; never rejects. */
export async function run(surroundings: Surroundings): Promise<number> {
  const { args, stdout } = surroundings;
  const language = languageOf(surroundings);
  const speech: Speech = { language, texts: textsFor(language) };
  const mode = { json: args.includes("--json"), quiet: false };
  try {
    const settings = { ...speech, version: surroundings.version, write: stdout.write };
    const request = readCommandLine(args, settings);
    if (request === undefined) return 0;
    if (request.command === "relay") return await runRelay(request, surroundings);
    return await runTransfer(request, surroundings, speech);
  } catch (error) {
    const { reporter } = openReporter(surroundings, speech, mode);
    return fail(reporter, toSecureShareError(error).failure);
  }
}

/** Needed before the command line is read, since its errors and help are texts too. */
function languageOf({ args, variables }: Surroundings): Language {
  const at = args.findIndex((arg) => arg === "--language" || arg.startsWith("--language="));
  const value = args[at]?.split("=")[1] ?? args[at + 1];
  const setting = at < 0 ? undefined : languageSetting(value ?? "");
  // In POSIX's order of precedence; an empty variable counts as unset.
  const locale = variables["LC_ALL"] || variables["LC_MESSAGES"] || variables["LANG"];
  return chooseLanguage(setting ?? "auto", locale);
}

function runRelay({ args }: RelayRequest, surroundings: Surroundings): Promise<number> {
  const { stdout, stderr, interruption, parts } = surroundings;
  return parts().runRelay(args, {
    out: stdout.write,
    err: stderr.write,
    stop: interruption.signal,
  });
}

async function runTransfer(
  request: SendRequest | ReceiveRequest,
  surroundings: Surroundings,
  speech: Speech,
): Promise<number> {
  const { interruption } = surroundings;
  const way = answerWay(request, surroundings, speech);
  const spoken = openReporter(surroundings, speech, request);
  const parts = surroundings.parts();
  const receiving = request.command === "receive" ? request : undefined;
  const conversation = openConversation(way, surroundings, speech, spoken, {
    conflict: receiving?.conflict ?? "ask",
    acceptDangerous: receiving?.acceptDangerous ?? false,
    excludes: request.exclude.length > 0 ? parts.excludes(request.exclude) : undefined,
    resolve: (folder) => resolve(surroundings.cwd, folder),
  });
  const watch = new SessionWatch({
    reporter: conversation.reporter,
    interruption,
    clock: () => parts.ports.clock.now(),
    now: () => surroundings.now(),
  });
  const { signal } = interruption;
  try {
    const summary =
      request.command === "send"
        ? await send(request, { parts, conversation, signal, stdin: surroundings.stdin, watch })
        : await receive(request, {
            parts,
            conversation,
            signal,
            texts: speech.texts,
            environmentCode: surroundings.variables["SECURESHARE_CODE"],
            watch,
            folder: resolve(surroundings.cwd, request.folder),
          });
    return await succeed(conversation.reporter, summary, watch);
  } catch (error) {
    return fail(conversation.reporter, endOf(error, watch, interruption));
  } finally {
    conversation.close();
  }
}

async function succeed(reporter: Reporter, summary: Summary, watch: SessionWatch): Promise<number> {
  if (watch.shortfall !== undefined) return fail(reporter, watch.shortfall);
  await reporter.report({ event: "done", ...summary });
  return 0;
}

async function fail(reporter: Reporter, failure: Failure): Promise<number> {
  if (failure.code === "E_INTERRUPTED") {
    const { reason } = failure.details;
    await reporter.report({ event: "interrupted", reason, resumable: false });
  }
  await reporter.report({ event: "error", failure });
  return EXIT_CODES[failure.code];
}

/**
 * What a run ended with. Interrupted, it ends with what Ctrl-C meant, whatever broke because
 * of it; and an offer that had to be declined ends with what was wrong with it.
 */
function endOf(error: unknown, watch: SessionWatch, { signal }: Interruption): Failure {
  if (signal.aborted) return toSecureShareError(signal.reason).failure;
  const declined = error instanceof SecureShareError && error.code === "E_DECLINED";
  if (declined && error.failure.code === "E_DECLINED" && watch.shortfall !== undefined)
    return watch.shortfall;
  return toSecureShareError(error).failure;
}
