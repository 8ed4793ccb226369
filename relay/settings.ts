/** Flags and environment of the stand-alone relay, checked, and the help that lists them. */
import { parseArgs } from "node:util";
import { SecureShareError } from "../src/core/errors";
import type { CertificateFiles } from "./certificate";
import type { Where } from "./listen";
import {
  LIMIT_NAMES,
  LIMITS,
  type LimitName,
  type RelayLimitOptions,
  resolveLimits,
} from "./options";
import { normalOrigin } from "./origin";
import { type TrustedProxies, trustedProxies } from "./proxies";

export interface RelaySettings extends Where {
  readonly origins: ReadonlySet<string>;
  readonly proxies: TrustedProxies;
  readonly certificate?: CertificateFiles;
  readonly admin?: Where;
  readonly logAddresses: boolean;
  /** Whether browsers are shown the page. */
  readonly servesPage: boolean;
  readonly limits: RelayLimitOptions;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 4711;
const PORT_MAX = 65_535;
const ENVIRONMENT_PREFIX = "SECURESHARE_RELAY_";

function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function variable(flag: string): string {
  return ENVIRONMENT_PREFIX + flag.replaceAll("-", "_").toUpperCase();
}

/** Flags that are no limits. */
const OTHER_FLAGS = [
  "host",
  "port",
  "origins",
  "trusted-proxies",
  "cert",
  "key",
  "admin-host",
  "admin-port",
  "log-addresses",
] as const;

/** Flags that stand alone; as variables they are `1`. */
const SWITCHES = ["no-page"] as const;

type Values = (flag: string) => string | undefined;

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
function valuesOf(args: readonly string[], env: Environment): Values {
  const string = { type: "string" } as const;
  const names = [...OTHER_FLAGS, ...FLAGS.keys()];
  const switches = Object.fromEntries(SWITCHES.map((name) => [name, { type: "boolean" } as const]));
  const options = { ...Object.fromEntries(names.map((name) => [name, string])), ...switches };
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    const given = (flag: string) => {
      const value = values[flag];
      return typeof value === "boolean" ? "1" : value;
    };
    return (flag) => given(flag) ?? (env[variable(flag)] || undefined);
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

function originsOf(value: Values): ReadonlySet<string> {
  const origins = listOf(value("origins")).map((entry) => {
    const origin = normalOrigin(entry);
    if (origin === undefined)
      throw usage(`--origins takes https://HOST[:PORT], not ${JSON.stringify(entry)}`);
    return origin;
  });
  return new Set(origins);
}

function proxiesOf(value: Values): TrustedProxies {
  const result = trustedProxies(listOf(value("trusted-proxies")));
  if ("proxies" in result) return result.proxies;
  const wrong = JSON.stringify(result.wrong);
  throw usage(`--trusted-proxies takes addresses and ranges like 10.0.0.0/8, not ${wrong}`);
}

function certificateOf(value: Values): { certificate?: CertificateFiles } {
  const [cert, key] = [value("cert"), value("key")];
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined) throw usage("--cert and --key go together");
  return { certificate: { cert, key } };
}

function adminOf(value: Values): { admin?: Where } {
  const port = value("admin-port");
  if (port === undefined) return {};
  const host = value("admin-host") ?? DEFAULT_HOST;
  return { admin: { host, port: wholeNumber("admin-port", port, 0, PORT_MAX) } };
}

function logAddressesOf(value: Values): boolean {
  const text = value("log-addresses") ?? "none";
  if (text !== "none" && text !== "truncated")
    throw usage(`--log-addresses takes none or truncated, not ${JSON.stringify(text)}`);
  return text === "truncated";
}

function isOn(value: Values, flag: (typeof SWITCHES)[number]): boolean {
  const text = value(flag) ?? "0";
  if (text !== "0" && text !== "1")
    throw usage(`${variable(flag)} must be 0 or 1, not ${JSON.stringify(text)}`);
  return text === "1";
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
    port: wholeNumber("port", value("port") ?? String(DEFAULT_PORT), 0, PORT_MAX),
    origins: originsOf(value),
    proxies: proxiesOf(value),
    ...certificateOf(value),
    ...adminOf(value),
    logAddresses: logAddressesOf(value),
    servesPage: !isOn(value, "no-page"),
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
object a line and without rooms or addresses, goes to stderr. SIGTERM and SIGINT drain it:
newcomers go elsewhere, running transfers get --drain-ms. A second signal ends it at once.

  --host H                        address to listen on (${DEFAULT_HOST})
  --port P                        port to listen on; 0 = any free one (${DEFAULT_PORT})
  --origins A,B                   websites that may connect, e.g. https://relay.example
  --trusted-proxies A,B/N         addresses or ranges whose X-Forwarded-For is believed
  --cert FILE --key FILE          PEM files for TLS; read again when they change
  --admin-port P                  serve /healthz, /readyz and /metrics there; 0 = any free one
  --admin-host H                  address for these (${DEFAULT_HOST})
  --log-addresses none|truncated  whether the log names /24 and /48 networks (none)
  --no-page                       serves no page for browsers, only a word of explanation
  --page-hash                     prints the SHA-256 of the page's files, and ends
  --help                          this text

Limits (lowest to highest; default):
${Array.from(FLAGS, ([flag, name]) => limitHelp(flag, name)).join("\n")}

Each flag can be given as a variable too: --wait-ms is ${variable("wait-ms")}.
`;
}
