/** A run that is at a transfer: its conversation, and what it ends with. */
import { resolve } from "node:path";
import { EXIT_CODES, type Failure, SecureShareError, toSecureShareError } from "../core/errors";
import type { Summary } from "../core/session/events";
import {
  type AnswerWay,
  type Conversation,
  openConversation,
  openReporter,
  type Streams,
} from "./conversation";
import type { Interruption } from "./interruption";
import type { Parts } from "./parts";
import type { Reporter } from "./report";
import type { TakingRequest, TransferRequest } from "./requests";
import { SessionWatch } from "./session";
import type { Speech } from "./texts";

/** What main.ts takes from the process. */
export interface Surroundings extends Streams {
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly version: string;
  readonly interruption: Interruption;
  /** Milliseconds since 1970. */
  now(): number;
  /** Loads them. */
  readonly parts: () => Promise<Parts>;
}

export interface TransferContext {
  readonly parts: Parts;
  readonly conversation: Conversation;
  readonly watch: SessionWatch;
  readonly signal: AbortSignal;
  /** The other side is told that no person confirms here. */
  readonly automated: boolean;
}

/** Runs a transfer to its end and settles with the exit code; never rejects. */
export async function runTransfer(
  request: TransferRequest,
  way: AnswerWay,
  surroundings: Surroundings,
  speech: Speech,
  parts: Parts,
  transfer: (context: TransferContext) => Promise<Summary>,
): Promise<number> {
  const { interruption, cwd } = surroundings;
  const { signal } = interruption;
  const spoken = openReporter(surroundings, speech, request);
  const conversation = openConversation(way, surroundings, speech, spoken, {
    ...takeRules(request, parts),
    resolve: (folder) => resolve(cwd, folder),
  });
  const { reporter } = conversation;
  const watch = new SessionWatch({
    reporter,
    interruption,
    clock: () => parts.ports.clock.now(),
    now: () => surroundings.now(),
  });
  try {
    const automated = way === "script" || way === "nobody";
    const summary = await transfer({ parts, conversation, watch, signal, automated });
    return await succeed(reporter, summary, watch);
  } catch (error) {
    const failure = endOf(error, watch, interruption);
    const lost = failure.code === "E_RESUME_LOST";
    return await fail(reporter, failure, lost ? undefined : watch.resumable);
  } finally {
    conversation.close();
  }
}

function takeRules(request: TransferRequest, parts: Parts) {
  const taking: Pick<TakingRequest, "conflict" | "acceptDangerous"> =
    request.command === "send" ? { conflict: "ask", acceptDangerous: false } : request;
  const { conflict, acceptDangerous } = taking;
  const excludes = request.exclude.length > 0 ? parts.excludes(request.exclude) : undefined;
  return { conflict, acceptDangerous, excludes };
}

async function succeed(reporter: Reporter, summary: Summary, watch: SessionWatch): Promise<number> {
  if (watch.shortfall !== undefined) return fail(reporter, watch.shortfall);
  await reporter.report({ event: "done", ...summary });
  return 0;
}

/** @param id what `resume` can go on with */
export async function fail(reporter: Reporter, failure: Failure, id?: string): Promise<number> {
  const interrupted = failure.code === "E_INTERRUPTED";
  if (interrupted || id !== undefined) {
    const reason = interrupted ? failure.details.reason : failure.code;
    const resumable = id !== undefined;
    await reporter.report({ event: "interrupted", reason, resumable, ...(id && { id }) });
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
