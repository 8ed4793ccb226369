/** From commander's values to requests. */
import { usage } from "./options";
import type { ReceiveRequest, ResumeRequest, SendRequest } from "./requests";
import type { Texts } from "./texts";

/** Options that every transfer takes; commander names them so. */
interface CommonValues {
  readonly relay?: readonly string[];
  readonly keepFor: number;
  readonly yes?: boolean;
  readonly onConflict: ReceiveRequest["conflict"];
  readonly exclude?: readonly string[];
  readonly language: SendRequest["language"];
  readonly json?: boolean;
  readonly quiet?: boolean;
}

interface MeetingValues extends CommonValues {
  readonly verify: SendRequest["verify"];
  readonly respectGitignore?: boolean;
}

export interface SendValues extends MeetingValues {
  readonly text?: string;
  readonly expireAfter: number;
  readonly padding: boolean;
  readonly relayHost?: string;
  readonly relayPort: number;
}

interface TakingValues extends CommonValues {
  readonly out: string;
  readonly acceptDangerous?: boolean;
}

export interface ReceiveValues extends TakingValues, MeetingValues {}

export interface ResumeValues extends TakingValues {
  readonly list?: boolean;
  readonly forget?: string;
}

function common(values: CommonValues) {
  const { relay: relays = [], keepFor: keepForMs, yes = false, exclude = [] } = values;
  const { language, json = false, quiet = false } = values;
  return { relays, keepForMs, yes, exclude, language, json, quiet };
}

function taking(values: TakingValues) {
  const { out: folder, onConflict: conflict, acceptDangerous = false } = values;
  return { ...common(values), folder, conflict, acceptDangerous };
}

export function receiveRequest(
  invitation: string | undefined,
  values: ReceiveValues,
): ReceiveRequest {
  return { command: "receive", ...taking(values), verify: values.verify, invitation };
}

export function resumeRequest(
  id: string | undefined,
  values: ResumeValues,
  texts: Texts,
): ResumeRequest {
  const { list = false, forget } = values;
  if ([id !== undefined, list, forget !== undefined].filter(Boolean).length > 1)
    throw usage(texts.usageExcess);
  const action = list ? "list" : forget === undefined ? "resume" : "forget";
  return { command: "resume", ...taking(values), action, id: id ?? forget };
}

export function sendRequest(
  paths: readonly string[],
  values: SendValues,
  texts: Texts,
): SendRequest {
  if (paths.includes("-")) throw usage(texts.usageDash);
  if (paths.length === 0 && values.text === undefined) throw usage(texts.usageNothing);
  if (paths.length > 0 && values.text !== undefined) throw usage(texts.usageTextAndPaths);
  return {
    command: "send",
    ...common(values),
    verify: values.verify,
    paths,
    text: values.text,
    respectGitignore: values.respectGitignore ?? false,
    padding: values.padding,
    codeLifetimeMs: values.expireAfter,
    relayHost: values.relayHost,
    relayPort: values.relayPort,
  };
}
