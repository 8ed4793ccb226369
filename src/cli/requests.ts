/** What the command line asks for, after it has been read and checked. */
import type { LanguageSetting } from "../../l10n/language";
import type { ConflictPolicy } from "../core/ports";
import type { VerifyPolicy } from "../core/session/events";

interface CommonRequest {
  readonly language: LanguageSetting;
  /** How long an interrupted transfer is kept and waited for; 0: a drop ends it. Milliseconds. */
  readonly keepForMs: number;
  /** `ws://` or `wss://` addresses, as given. */
  readonly relays: readonly string[];
  /** A script runs us: verification and offer are confirmed by nobody. */
  readonly yes: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly exclude: readonly string[];
}

export interface SendRequest extends CommonRequest {
  readonly command: "send";
  readonly verify: VerifyPolicy;
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

/** How offers are answered and where they go. */
export interface TakingRequest extends CommonRequest {
  readonly folder: string;
  readonly conflict: ConflictPolicy | "ask";
  readonly acceptDangerous: boolean;
}

export interface ReceiveRequest extends TakingRequest {
  readonly command: "receive";
  readonly verify: VerifyPolicy;
  /** Code, `CODE@HOST:PORT` or link; `undefined` asks, or reads the environment. */
  readonly invitation: string | undefined;
}

/** What it says about offers is for a transfer whose offer was not answered yet. */
export interface ResumeRequest extends TakingRequest {
  readonly command: "resume";
  readonly action: "resume" | "list" | "forget";
  /** The start of a transfer's id; `undefined`: the only one there is. */
  readonly id: string | undefined;
}

export interface RelayRequest {
  readonly command: "relay";
  /** For the relay's own command line, untouched. */
  readonly args: readonly string[];
}

export type TransferRequest = SendRequest | ReceiveRequest | ResumeRequest;

export type Request = TransferRequest | RelayRequest;
