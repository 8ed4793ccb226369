/** The engine behind HTTP and WebSocket: its listening sockets, opened and closed here. */
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { type AdminServer, startAdmin } from "./admin";
import type { CertificateFiles } from "./certificate";
import { Connecting } from "./connecting";
import { Counters } from "./counters";
import { relayHttp } from "./http";
import { listen, urlOf, type Where } from "./listen";
import type { Log } from "./log";
import type { RelayLimitOptions } from "./options";
import type { Page } from "./page";
import type { TrustedProxies } from "./proxies";
import { Relay, type RelayStats } from "./relay";
import type { MayCreate } from "./rooms";
import { upgradeHandler } from "./upgrade";

export interface ServerOptions extends Where {
  readonly limits: RelayLimitOptions;
  /** Origins of websites that may connect, beside the relay's own page. */
  readonly origins: ReadonlySet<string>;
  /**
   * Meant for everybody: the page may be known by a host name (docs/RELAY.md, "The page"), and
   * offers to send.
   */
  readonly open?: boolean;
  /** What browsers are shown; plain words without it. */
  readonly page?: Page | undefined;
  /** Whose X-Forwarded-For is believed. */
  readonly proxies: TrustedProxies;
  readonly log: Log;
  /** Whether the log may name shortened addresses. */
  readonly logAddresses: boolean;
  readonly mayCreate: MayCreate;
  /** For TLS; read again when they change. */
  readonly certificate?: CertificateFiles;
  /** Where /healthz, /readyz and /metrics are served, if anywhere. */
  readonly admin?: Where;
}

export interface RelayServer {
  /** `ws://HOST:PORT`, `wss://` with a certificate */
  readonly url: string;
  readonly port: number;
  readonly stats: () => RelayStats;
  /**
   * Not ready at once; after `delayMs` stops listening and ends those who wait; pairs get
   * another `graceMs` to finish. Settles when all is closed. Safe to call twice.
   */
  readonly close: (graceMs?: number, delayMs?: number) => Promise<void>;
}

/** Every client is looked at as often as this, a slice of them at a time. */
const SWEEP_MS = 1_000;
const SLICES = 20;

function after(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
}

function startSweeping({ relay, connecting }: Assembled, limits: RelayLimitOptions) {
  const { pingMs, waitMs, idleMs } = limits;
  const period = Math.min(SWEEP_MS, pingMs / 2, waitMs / 2, idleMs / 4);
  let slice = 0;
  return setInterval(() => {
    relay.sweep(slice, SLICES);
    if (slice === 0) connecting.sweep();
    slice = (slice + 1) % SLICES;
  }, period / SLICES);
}

/** The engine with what feeds it; nothing listens yet. */
async function assemble(options: ServerOptions) {
  const { limits, log, logAddresses, mayCreate, proxies, page, open = false } = options;
  const counters = new Counters();
  const now = () => performance.now();
  const connecting = new Connecting(limits, proxies, now);
  const relay = new Relay(limits, { now, after, log, logAddresses, counters, mayCreate });
  const http = await relayHttp(
    { limits, counters, connecting, log, page, open },
    options.certificate,
  );
  http.server.on("upgrade", upgradeHandler(relay, { ...options, open, counters, connecting }));
  return { relay, http, connecting, counters };
}

type Assembled = Awaited<ReturnType<typeof assemble>>;

/** `ready` is asked at every look. */
async function openAdmin(
  { limits, log, admin }: ServerOptions,
  { relay, http, counters }: Assembled,
  isReady: () => boolean,
): Promise<AdminServer | undefined> {
  if (admin === undefined) return undefined;
  const server = await startAdmin({
    ...admin,
    isReady,
    snapshot: () => ({
      stats: relay.stats(),
      counters,
      limits,
      certificateExpires: http.expires(),
    }),
  });
  log({ event: "admin", url: server.url });
  return server;
}

/** Listens for the operator and for clients; what is open by then is closed when that fails. */
async function listenOrClose(
  options: ServerOptions,
  assembled: Assembled,
  isReady: () => boolean,
): Promise<{ admin: AdminServer | undefined; port: number }> {
  const { http } = assembled;
  let admin: AdminServer | undefined;
  try {
    admin = await openAdmin(options, assembled, isReady);
    return { admin, port: await listen(http.server, options, http.scheme) };
  } catch (error) {
    http.unwatch();
    await admin?.close();
    throw error;
  }
}

/**
 * Listens on `host` and `port` and serves until closed.
 * @throws E_CANNOT_LISTEN when it cannot listen there
 * @throws E_USAGE when its certificate cannot be used
 */
export async function startServer(options: ServerOptions): Promise<RelayServer> {
  const assembled = await assemble(options);
  const { relay, http } = assembled;
  const { server } = http;
  let ready = false;
  const { admin, port } = await listenOrClose(options, assembled, () => ready);
  const url = urlOf(http.scheme, options.host, port);
  ready = true;
  options.log({ event: "listening", url });
  options.log({ event: "page", sha256: options.page?.sha256 ?? null });
  const sweeping = startSweeping(assembled, options.limits);
  const end = async (graceMs: number, delayMs: number) => {
    ready = false;
    if (delayMs > 0) await delay(delayMs);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    relay.drain();
    await relay.empty(AbortSignal.timeout(graceMs));
    clearInterval(sweeping);
    relay.stop();
    http.closeOthers();
    http.unwatch();
    await Promise.all([closed, admin?.close()]);
    options.log({ event: "stopped" });
  };
  let ending: Promise<void> | undefined;
  const close = (graceMs = 0, delayMs = 0) => (ending ??= end(graceMs, delayMs));
  return { url, port, stats: () => relay.stats(), close };
}
