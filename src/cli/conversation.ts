/** How a run talks to whoever started it: reports out, answers in. */
import type { Readable } from "node:stream";
import { explainFailure } from "../../l10n";
import { formatsFor } from "../core/format";
import type { ConflictPolicy } from "../core/ports";
import { TransferControls } from "../core/session/controls";
import type { ChangedQuestion, VerifyPolicy } from "../core/session/events";
import type { Answers } from "./answers/answers";
import { jsonAnswers } from "./answers/json";
import { scriptAnswers } from "./answers/script";
import { type Terminal, terminalAnswers } from "./answers/terminal";
import { listenForCommands } from "./commands";
import { HumanReporter } from "./humanReporter";
import { jsonReporter } from "./jsonReporter";
import { type Lines, readLines } from "./lines";
import type { TakeRules } from "./offer";
import { usage } from "./options";
import type { Output } from "./output";
import type { Reporter } from "./report";
import type { ReceiveRequest, SendRequest } from "./requests";
import { StatusLine } from "./statusLine";
import type { Speech } from "./texts";

export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
}

export function openReporter(
  { stdout, stderr }: Streams,
  { language, texts }: Speech,
  { json, quiet }: { json: boolean; quiet: boolean },
): { reporter: Reporter; status: StatusLine } {
  const status = new StatusLine(stderr);
  const reporter = json
    ? jsonReporter(stdout.write, (failure) => explainFailure(language, failure))
    : new HumanReporter({
        stdout,
        stderr,
        status,
        language,
        texts,
        formats: formatsFor(language),
        quiet,
      });
  return { reporter, status };
}

/** Who answers: `nobody` where there is nothing to ask but what the code itself proves. */
export type AnswerWay = "script" | "json" | "terminal" | "nobody";

/** What decides who answers. */
export interface AnswerNeeds {
  readonly yes: boolean;
  readonly json: boolean;
  readonly verify: VerifyPolicy;
  /** The digits would be typed on this side. */
  readonly types: boolean;
  /** Standard input holds something else than answers. */
  readonly stdinTaken: boolean;
  /** A former run has answered everything. */
  readonly answered: boolean;
}

export function needsOf(request: SendRequest | ReceiveRequest): AnswerNeeds {
  const { yes, json, verify } = request;
  const sends = request.command === "send";
  const stdinTaken = sends && request.text === "-";
  return { yes, json, verify, types: sends && verify === "type", stdinTaken, answered: false };
}

/**
 * Decided before a code is drawn or tried.
 * @throws E_USAGE when questions would come and nobody could answer them
 */
export function answerWay(
  { yes, json, verify, types, stdinTaken, answered }: AnswerNeeds,
  { stdin }: Streams,
  { texts }: Speech,
): AnswerWay {
  if (yes) {
    if (types) throw usage(texts.usageYesType);
    return "script";
  }
  if (json && !stdinTaken) return "json";
  if (!json && stdin.isTTY === true && !stdinTaken) return "terminal";
  if (verify === "code-only" || answered) return "nobody";
  throw usage(stdinTaken ? texts.usageTextNoAnswers : texts.usageNoTerminal);
}

export interface Conversation {
  readonly way: AnswerWay;
  readonly reporter: Reporter;
  readonly answers: Answers;
  /** For questions of our own, where a person sits at a terminal. */
  readonly terminal: Terminal | undefined;
  /** What the user says without being asked. */
  readonly controls: TransferControls;
  close(): void;
}

/** Says that a file has changed, and asks what to do with it. */
export async function askChanged(
  { reporter, answers }: Pick<Conversation, "reporter" | "answers">,
  receives: boolean,
  { item: { path, size }, now, freeBytes }: ChangedQuestion,
  signal: AbortSignal,
): Promise<boolean> {
  await reporter.report({ event: "changed", path, bytes: now.size, formerBytes: size, freeBytes });
  return answers.changed(receives, signal);
}

export interface ConversationRules extends TakeRules {
  readonly conflict: ConflictPolicy | "ask";
  readonly resolve: (folder: string) => string;
}

export function openConversation(
  way: AnswerWay,
  streams: Streams,
  speech: Speech,
  { reporter, status }: { reporter: Reporter; status: StatusLine },
  rules: ConversationRules,
): Conversation {
  const lines = readLines(streams.stdin);
  const prompt = (text: string) => {
    status.clear();
    streams.stderr.write(text);
  };
  const terminal = way === "terminal" ? { lines, prompt, ...speech } : undefined;
  const answers = openAnswers(way, lines, terminal, speech, reporter, rules);
  const controls = new TransferControls();
  listenForCommands(way, lines, controls);
  return { way, reporter, answers, terminal, controls, close: () => lines.close() };
}

function openAnswers(
  way: AnswerWay,
  lines: Lines,
  terminal: Terminal | undefined,
  { texts }: Speech,
  reporter: Reporter,
  rules: ConversationRules,
): Answers {
  if (terminal !== undefined)
    return terminalAnswers(terminal, {
      ...rules,
      show: (offer) => reporter.report({ event: "offer", offer }),
      explain: (failure) => reporter.report({ event: "error", failure }),
    });
  const conflict = rules.conflict === "ask" ? "rename" : rules.conflict;
  if (way === "json")
    return jsonAnswers(lines, { ...rules, conflict, notUnderstood: texts.usageAnswer });
  return scriptAnswers({ ...rules, conflict });
}
