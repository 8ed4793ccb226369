import { Command, CommanderError, Option } from "commander";
import { format } from "../../l10n/message";
import {
  addRelay,
  append,
  CONFLICT_CHOICES,
  KEEP_FOR,
  keepFor,
  LANGUAGE_SETTINGS,
  lifetime,
  port,
  usage,
  VERIFY_POLICIES,
} from "./options";
import type { Request } from "./requests";
import type { Speech, Texts } from "./texts";
import {
  type ReceiveValues,
  type ResumeValues,
  receiveRequest,
  resumeRequest,
  type SendValues,
  sendRequest,
} from "./values";

export interface ProgramSettings extends Speech {
  readonly version: string;
  /** Where `--help` and `--version` go. */
  readonly write: (text: string) => void;
}

const CODE_LIFETIME = 600_000;

/**
 * Reads a command line (without program and script). `undefined`: help or version was asked
 * for and has been written.
 * @throws E_USAGE
 */
export function readCommandLine(
  args: readonly string[],
  settings: ProgramSettings,
): Request | undefined {
  let request: Request | undefined;
  // The relay reads its own command line, help included.
  if (args[0] === "relay") return { command: "relay", args: args.slice(1) };
  const program = buildProgram(settings, args, (read) => {
    request = read;
  });
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw usage(usageReason(error, settings));
  }
  return request;
}

/** What is typed first says which command is meant; the others need not be described then. */
function buildProgram(
  settings: ProgramSettings,
  [named = ""]: readonly string[],
  take: (request: Request) => void,
): Command {
  const { texts, version, write } = settings;
  const program = new Command("secureshare")
    .description(texts.helpProgram)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .configureHelp({
      styleTitle: (title) => helpTitle(title, texts),
      optionDescription: (option) => optionDescription(option, settings),
    })
    .helpOption("-h, --help", texts.helpHelp)
    .helpCommand("help [command]", texts.helpHelp)
    .version(version, "-V, --version", texts.helpVersion);
  const commands = new Map([
    ["send", addSend],
    ["receive", addReceive],
    ["resume", addResume],
  ]);
  const meant = commands.get(named);
  for (const add of meant ? [meant] : commands.values()) add(program, settings, take);
  // Declared for the help alone: it is read before commander sees it.
  program.command("relay").description(texts.helpRelayCommand).argument("[options...]");
  return program;
}

function addSend(program: Command, speech: Speech, take: (request: Request) => void): void {
  const { texts } = speech;
  const command = program
    .command("send")
    .description(texts.helpSend)
    .argument("[path...]", texts.helpPath)
    .option("--text <text>", texts.helpText);
  meetingOptions(commonOptions(command, speech), speech)
    .addOption(
      new Option("--expire-after <minutes>", texts.helpExpire)
        .argParser(lifetime(speech))
        .default(CODE_LIFETIME, "10"),
    )
    .option("--no-padding", texts.helpPadding)
    .option("--relay-host <host>", texts.helpRelayHost)
    .option("--relay-port <port>", texts.helpRelayPort, port(speech), 0)
    .action((paths: string[], values: SendValues) => take(sendRequest(paths, values, texts)));
}

function addReceive(program: Command, speech: Speech, take: (request: Request) => void): void {
  const { texts } = speech;
  const command = program
    .command("receive")
    .description(texts.helpReceive)
    .argument("[code]", texts.helpCode)
    .option("--out <folder>", texts.helpOut, ".");
  meetingOptions(commonOptions(command, speech), speech)
    .option("--accept-dangerous", texts.helpDangerous)
    .action((invitation: string | undefined, values: ReceiveValues) =>
      take(receiveRequest(invitation, values)),
    );
}

function addResume(program: Command, speech: Speech, take: (request: Request) => void): void {
  const { texts } = speech;
  const command = program
    .command("resume")
    .description(texts.helpResume)
    .argument("[id]", texts.helpId)
    .option("--list", texts.helpList)
    .option("--forget <id>", texts.helpForget)
    .option("--out <folder>", texts.helpOut, ".");
  commonOptions(command, speech)
    .option("--accept-dangerous", texts.helpDangerous)
    .action((id: string | undefined, values: ResumeValues) =>
      take(resumeRequest(id, values, texts)),
    );
}

function commonOptions(command: Command, speech: Speech): Command {
  const { texts } = speech;
  return command
    .option("--relay <url>", texts.helpRelay, addRelay(speech))
    .addOption(
      new Option("--keep-for <hours>", texts.helpKeepFor)
        .argParser(keepFor(speech))
        .default(KEEP_FOR, "72"),
    )
    .option("-y, --yes", texts.helpYes)
    .addOption(choice("--on-conflict <what>", texts.helpConflict, CONFLICT_CHOICES, "ask"))
    .option("--exclude <glob>", texts.helpExclude, append)
    .addOption(choice("--language <language>", texts.helpLanguage, LANGUAGE_SETTINGS, "auto"))
    .option("--json", texts.helpJson)
    .option("-q, --quiet", texts.helpQuiet)
    .option("--no-direct", texts.helpDirect);
}

/** What only the start of a transfer can decide. */
function meetingOptions(command: Command, { texts }: Speech): Command {
  return command
    .addOption(choice("--verify <how>", texts.helpVerify, VERIFY_POLICIES, "compare"))
    .option("--respect-gitignore", texts.helpGitignore);
}

function choice(flags: string, help: string, choices: readonly string[], usual: string): Option {
  return new Option(flags, help).choices(choices).default(usual);
}

/** Commander's reasons in the user's language, with the word that they quote. */
function usageReason(error: CommanderError, { language, texts }: Speech): string {
  const what = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  switch (error.code) {
    case "commander.unknownCommand":
      return format(language, texts.usageCommand, { what });
    case "commander.unknownOption":
      return format(language, texts.usageOption, { what });
    case "commander.optionMissingArgument":
      return format(language, texts.usageValue, { what });
    case "commander.invalidArgument":
      return format(language, texts.usageChoice, {
        what,
        choices: /choices are (.*)\.$/.exec(error.message)?.[1] ?? "",
      });
    case "commander.excessArguments":
      return texts.usageExcess;
    case "commander.help":
      return texts.usageNoCommand;
    default:
      return error.message;
  }
}

function optionDescription(option: Option, { language, texts }: Speech): string {
  const { description, argChoices, defaultValueDescription, defaultValue } = option;
  const value = defaultValueDescription ?? (defaultValue as string | number | undefined);
  const facts = [
    ...(argChoices === undefined ? [] : [argChoices.join(", ")]),
    ...(value === undefined ? [] : [format(language, texts.helpDefault, { value: String(value) })]),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join("; ")})`;
}

function helpTitle(title: string, texts: Texts): string {
  const titles: Readonly<Record<string, string>> = {
    "Usage:": texts.titleUsage,
    "Arguments:": texts.titleArguments,
    "Options:": texts.titleOptions,
    "Commands:": texts.titleCommands,
  };
  return titles[title] ?? title;
}
