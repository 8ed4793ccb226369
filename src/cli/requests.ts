/** What the command line asks for, after it has been read and checked. */
import type { LanguageSetting } from "../../l10n/language";
import type { ConflictPolicy } from "../core/ports";
import type { VerifyPolicy } from "../core/session/events";

interface CommonRequest {
  readonly language: LanguageSetting;
  /** `ws://` or `wss://` addresses, as given. */
  readonly relays: readonly string[];
  readonly verify: VerifyPolicy;
  /** A script runs us: verification and offer are confirmed by nobody. */
  readonly yes: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly exclude: readonly string[];
}

export interface SendRequest extends CommonRequest {
  readonly command: "send";
  readonly paths: readonly string[];
  /** `-` reads standard input. */
  readonly text: string | undefined;
  readonly respectGitignore: boolean;
  readonly padding: boolean;
  readonly codeLifetimeMs: number;
  /** Where an embedded relay listens; `undefined` picks an address of the network. */
  readonly relayHost: string | undefined;
  /** 0: any free port. */
  readonly relayPort: number;
}

export interface ReceiveRequest extends CommonRequest {
  readonly command: "receive";
  /** Code, `CODE@HOST:PORT` or link; `undefined` asks, or reads the environment. */
  readonly invitation: string | undefined;
  readonly folder: string;
  readonly conflict: ConflictPolicy | "ask";
  readonly acceptDangerous: boolean;
}

export interface RelayRequest {
  readonly command: "relay";
  /** For the relay's own command line, untouched. */
  readonly args: readonly string[];
}

export type Request = SendRequest | ReceiveRequest | RelayRequest;
