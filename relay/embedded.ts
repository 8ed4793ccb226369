/** The relay inside another program: the same engine and limits, for its owner's rooms. */
import type { Log } from "./log";
import { type RelayLimitOptions, resolveLimits } from "./options";
import type { Page } from "./page";
import { NO_PROXIES } from "./proxies";
import type { RelayStats } from "./relay";
import type { MayCreate } from "./rooms";
import { startServer } from "./server";

export interface EmbeddedRelayOptions extends Partial<RelayLimitOptions> {
  /** Address of the interface to listen on. */
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /**
   * Whether this code room is the owner's: only the process that runs the relay knows the
   * claims that it will join with. Others are closed with `notAllowed`.
   */
  readonly mayCreate: MayCreate;
  /** Websites that may connect, beside the relay's own page. */
  readonly origins?: readonly string[];
  /** What browsers are shown; plain words without it. */
  readonly page?: Page | undefined;
  /** Without rooms, claims and addresses; nothing is logged by default. */
  readonly log?: Log;
}

export interface EmbeddedRelay {
  /** `ws://HOST:PORT` */
  readonly url: string;
  readonly port: number;
  readonly stats: () => RelayStats;
  /** Ends every connection with `draining` and stops listening. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/**
 * Starts a relay in this process.
 * @throws E_USAGE for a limit out of bounds, E_CANNOT_LISTEN when it cannot listen
 */
export async function startEmbeddedRelay(options: EmbeddedRelayOptions): Promise<EmbeddedRelay> {
  const { host, port, mayCreate, origins = [], page, log = () => undefined, ...limits } = options;
  const {
    url,
    port: bound,
    stats,
    close,
  } = await startServer({
    host,
    port,
    limits: resolveLimits(limits),
    origins: new Set(origins),
    page,
    proxies: NO_PROXIES,
    log,
    logAddresses: false,
    mayCreate,
  });
  return { url, port: bound, stats, close: () => close() };
}
