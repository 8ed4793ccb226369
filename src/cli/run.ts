import { resolve } from "node:path";
import { chooseLanguage, type Language, languageSetting } from "../../l10n";
import { toSecureShareError } from "../core/errors";
import { answerWay, needsOf, openReporter } from "./conversation";
import { readCommandLine } from "./program";
import { receive } from "./receive";
import type { ReceiveRequest, RelayRequest, SendRequest } from "./requests";
import { resume } from "./resume";
import { send } from "./send";
import { type Speech, textsFor } from "./texts";
import { fail, runTransfer, type Surroundings } from "./transferRun";

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
    if (request.command === "resume") return await resume(request, surroundings, speech);
    return await begin(request, surroundings, speech);
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

async function runRelay({ args }: RelayRequest, surroundings: Surroundings): Promise<number> {
  const { stdout, stderr, interruption, parts } = surroundings;
  return (await parts()).runRelay(args, {
    out: stdout.write,
    err: stderr.write,
    stop: interruption.signal,
  });
}

/** A transfer of its own, not the rest of a former one. */
async function begin(
  request: SendRequest | ReceiveRequest,
  surroundings: Surroundings,
  speech: Speech,
): Promise<number> {
  const way = answerWay(needsOf(request), surroundings, speech);
  const parts = await surroundings.parts();
  return runTransfer(request, way, surroundings, speech, parts, (context) =>
    request.command === "send"
      ? send(request, { ...context, texts: speech.texts, stdin: surroundings.stdin })
      : receive(request, {
          ...context,
          texts: speech.texts,
          environmentCode: surroundings.variables["SECURESHARE_CODE"],
          folder: resolve(surroundings.cwd, request.folder),
        }),
  );
}
