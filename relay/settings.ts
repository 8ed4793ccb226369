/** Flags and environment of the stand-alone relay, checked, and the help that lists them. */
import { parseArgs } from "node:util";
import { SecureShareError } from "../src/core/errors";
import {
  LIMIT_NAMES,
  LIMITS,
  type LimitName,
  type RelayLimitOptions,
  resolveLimits,
} from "./options";
import { normalOrigin } from "./origin";

export interface RelaySettings {
  readonly host: string;
  readonly port: number;
  readonly origins: ReadonlySet<string>;
  readonly limits: RelayLimitOptions;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 4711;
const ENVIRONMENT_PREFIX = "SECURESHARE_RELAY_";

function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function variable(flag: string): string {
  return ENVIRONMENT_PREFIX + flag.replaceAll("-", "_").toUpperCase();
}

const FLAGS: ReadonlyMap<string, LimitName> = new Map(
  LIMIT_NAMES.map((name) => [words(name), name]),
);

function usage(reason: string): SecureShareError<"E_USAGE"> {
  return new SecureShareError("E_USAGE", { reason });
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw usage(
    `--${flag} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`,
  );
}

/** Values by flag: what was given as a flag, else what the environment says. */
function valuesOf(args: readonly string[], env: Environment): (flag: string) => string | undefined {
  const string = { type: "string" } as const;
  const names = ["host", "port", "origins", ...FLAGS.keys()];
  const options = Object.fromEntries(names.map((name) => [name, string]));
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    return (flag) => values[flag] ?? (env[variable(flag)] || undefined);
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function originsOf(text: string): ReadonlySet<string> {
  const entries = text.split(",").map((entry) => entry.trim());
  return new Set(
    entries
      .filter((entry) => entry !== "")
      .map((entry) => {
        const origin = normalOrigin(entry);
        if (origin === undefined)
          throw usage(`--origins takes https://HOST[:PORT], not ${JSON.stringify(entry)}`);
        return origin;
      }),
  );
}

/**
 * Settings from the command line and the environment; flags win.
 * @throws E_USAGE with the flag, what it takes and what was given
 */
export function relaySettings(args: readonly string[], env: Environment): RelaySettings {
  const value = valuesOf(args, env);
  const given: Partial<Record<LimitName, number>> = {};
  for (const [flag, name] of FLAGS) {
    const text = value(flag);
    if (text !== undefined)
      given[name] = wholeNumber(flag, text, LIMITS[name].min, LIMITS[name].max);
  }
  return {
    host: value("host") ?? DEFAULT_HOST,
    port: wholeNumber("port", value("port") ?? String(DEFAULT_PORT), 0, 65_535),
    origins: originsOf(value("origins") ?? ""),
    limits: resolveLimits(given),
  };
}

function limitHelp(flag: string, name: LimitName): string {
  const { help, min, max, default: usual } = LIMITS[name];
  return `  ${`--${flag} N`.padEnd(32)}${help} (${min} to ${max}; ${usual})`;
}

/** What `--help` prints. */
export function relayHelp(): string {
  return `Usage: relay [--host H] [--port P] [LIMIT...]

Pairs senders and receivers by room and forwards what they encrypt for each other.
The first line on stdout is {"event":"listening","url":"ws://H:P"}; the log, one JSON
object a line and without rooms or addresses, goes to stderr. SIGTERM and SIGINT stop it.

  --host H                        address to listen on (${DEFAULT_HOST})
  --port P                        port to listen on; 0 = any free one (${DEFAULT_PORT})
  --origins A,B                   websites that may connect, e.g. https://relay.example
  --help                          this text

Limits (lowest to highest; default):
${Array.from(FLAGS, ([flag, name]) => limitHelp(flag, name)).join("\n")}

Each flag can be given as a variable too: --wait-ms is ${variable("wait-ms")}.
`;
}
