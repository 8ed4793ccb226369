import { isAbsolute } from "node:path";
import * as v from "valibot";
import { LANGUAGE_SETTINGS, type LanguageSetting } from "../../l10n/language";
import { SecureShareError } from "../core/errors";
import type { ConflictPolicy } from "../core/ports";
import type { VerifyPolicy } from "../core/session/events";
import { relayAddress } from "../core/wire/invitation";

/** The settings `secureshare.*`, checked. What is not valid counts as the default. */
export interface Settings {
  /** As the user wrote them; see `configuredRelays`. */
  readonly relayUrls: readonly string[];
  readonly embeddedPort: number;
  /** The address to bind; empty: the user is asked once. */
  readonly embeddedHost: string;
  readonly codeLifetimeMs: number;
  readonly verification: VerifyPolicy;
  readonly receiveFolder: string | undefined;
  readonly onConflict: ConflictPolicy;
  readonly exclude: readonly string[];
  readonly respectGitignore: boolean;
  readonly padding: boolean;
  /** How long an interrupted transfer can go on; 0: a drop ends it. */
  readonly keepForMs: number;
  readonly language: LanguageSetting;
}

const texts = v.array(v.pipe(v.string(), v.maxLength(2048)));
const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));
const minutes = v.pipe(v.number(), v.minValue(1), v.maxValue(24 * 60));
const hours = v.pipe(v.number(), v.minValue(0), v.maxValue(30 * 24));
const folder = v.pipe(v.string(), v.trim(), v.check(isAbsolute));

const fields = {
  "relay.urls": v.fallback(texts, []),
  "relay.embedded.port": v.fallback(port, 0),
  "relay.embedded.host": v.fallback(v.pipe(v.string(), v.trim(), v.maxLength(255)), ""),
  "code.expireAfterMinutes": v.fallback(minutes, 10),
  verification: v.fallback(v.picklist(["compare", "type", "code-only"]), "compare"),
  "receive.folder": v.fallback(v.optional(folder), undefined),
  "receive.onConflict": v.fallback(v.picklist(["rename", "overwrite", "skip"]), "rename"),
  "send.exclude": v.fallback(texts, []),
  "send.respectGitignore": v.fallback(v.boolean(), false),
  padding: v.fallback(v.boolean(), true),
  "resume.keepForHours": v.fallback(hours, 72),
  language: v.fallback(v.picklist(LANGUAGE_SETTINGS), "auto"),
} as const;

/** Reads all settings; `get` returns a raw value by its key below `secureshare`. */
export function readSettings(get: (key: string) => unknown): Settings {
  const read = <K extends keyof typeof fields>(key: K): v.InferOutput<(typeof fields)[K]> =>
    v.parse(fields[key], get(key)) as v.InferOutput<(typeof fields)[K]>;
  return {
    relayUrls: read("relay.urls").filter((url) => url.trim() !== ""),
    embeddedPort: read("relay.embedded.port"),
    embeddedHost: read("relay.embedded.host"),
    codeLifetimeMs: read("code.expireAfterMinutes") * 60_000,
    verification: read("verification"),
    receiveFolder: read("receive.folder"),
    onConflict: read("receive.onConflict"),
    exclude: read("send.exclude"),
    respectGitignore: read("send.respectGitignore"),
    padding: read("padding"),
    keepForMs: read("resume.keepForHours") * 3_600_000,
    language: read("language"),
  };
}

/**
 * The configured relays' addresses; empty when an embedded relay is to be used.
 * @throws E_USAGE when one of them is no address: bytes must not silently go elsewhere
 */
export function configuredRelays({ relayUrls }: Settings): string[] {
  return relayUrls.map((url) => {
    const address = relayAddress(url);
    if (address !== undefined) return address;
    throw new SecureShareError("E_USAGE", { reason: `secureshare.relay.urls: ${url}` });
  });
}
