/** The engine behind HTTP and WebSocket: one listening socket, opened and closed here. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import type { Duplex } from "node:stream";
import { type Server as SocketServer, WebSocketServer } from "ws";
import { SecureShareError } from "../src/core/errors";
import { FRAME_MAX } from "../src/core/wire/limits";
import { SUBPROTOCOL } from "../src/core/wire/rooms";
import { answer, refuseUpgrade } from "./answers";
import { clientOf, connect, RelaySocket } from "./connection";
import { parseRequest } from "./join";
import type { Log } from "./log";
import type { RelayLimitOptions } from "./options";
import { originAllowed } from "./origin";
import { Relay, type RelayStats } from "./relay";
import type { MayCreate } from "./rooms";

export interface ServerOptions {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly limits: RelayLimitOptions;
  /** Origins of websites that may connect, beside the relay's own page. */
  readonly origins: ReadonlySet<string>;
  readonly log: Log;
  readonly mayCreate: MayCreate;
}

export interface RelayServer {
  /** `ws://HOST:PORT` */
  readonly url: string;
  readonly port: number;
  readonly stats: () => RelayStats;
  /** Stops listening and ends every connection; pairs get `graceMs` to finish. */
  readonly close: (graceMs?: number) => Promise<void>;
}

const HEADER_BYTES = 16 * 1024;
/** How long a closing connection may take to say so. */
const CLOSE_MS = 2_000;
const KEEP_ALIVE_MS = 5_000;
const SWEEP_MS = 1_000;

function webSocketServer(limits: RelayLimitOptions): SocketServer<typeof RelaySocket> {
  const options = {
    noServer: true,
    WebSocket: RelaySocket,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: FRAME_MAX,
    maxFragments: limits.fragments,
    maxBufferedChunks: limits.chunks,
    maxPendingAutoPongs: 16,
    closeTimeout: CLOSE_MS,
    // Text is refused whatever is in it, and close reasons are not read.
    skipUTF8Validation: true,
    handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  } as const;
  return new WebSocketServer(options);
}

function httpServer(limits: RelayLimitOptions): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: limits.headerMs,
      requestTimeout: limits.headerMs,
      connectionsCheckingInterval: Math.min(limits.headerMs, SWEEP_MS),
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    answer,
  );
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) socket.destroy();
    else if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") refuseUpgrade(socket, 408);
    else refuseUpgrade(socket, error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400);
  });
  return server;
}

function upgradeHandler(relay: Relay, options: ServerOptions) {
  const webSockets = webSocketServer(options.limits);
  return (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const parsed = parseRequest(request);
    if (parsed.kind === "elsewhere") return refuseUpgrade(socket, 404);
    const { origin, host } = request.headers;
    if (!originAllowed(origin, host, options.origins)) return refuseUpgrade(socket, 403);
    const verdict = relay.judge(parsed);
    if (verdict.kind === "flooding") return refuseUpgrade(socket, 429);
    webSockets.handleUpgrade(request, socket, head, (ws) => {
      if (verdict.kind === "join") connect(ws, socket, relay.join(clientOf(ws), verdict.join));
      else relay.refuse(clientOf(ws), verdict.code);
    });
  };
}

function urlOf(host: string, port: number): string {
  return `ws://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reason = error.code ?? error.message;
      reject(new SecureShareError("E_RELAY_UNREACHABLE", { relay: urlOf(host, port), reason }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function startSweeping(relay: Relay, { pingMs, waitMs, idleMs }: RelayLimitOptions) {
  return setInterval(() => relay.sweep(), Math.min(SWEEP_MS, pingMs / 2, waitMs / 2, idleMs / 2));
}

/**
 * Listens on `host` and `port` and serves until closed.
 * @throws E_RELAY_UNREACHABLE when it cannot listen there
 */
export async function startServer(options: ServerOptions): Promise<RelayServer> {
  const { host, limits, log, mayCreate } = options;
  const relay = new Relay(limits, { now: () => performance.now(), log, mayCreate });
  const server = httpServer(limits);
  server.on("upgrade", upgradeHandler(relay, options));
  const port = await listen(server, host, options.port);
  const url = urlOf(host, port);
  log({ event: "listening", url });
  const sweeping = startSweeping(relay, limits);
  const end = async (graceMs: number) => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    relay.drain();
    await relay.empty(AbortSignal.timeout(graceMs));
    clearInterval(sweeping);
    relay.stop();
    server.closeAllConnections();
    await closed;
    log({ event: "stopped" });
  };
  let ending: Promise<void> | undefined;
  const close = (graceMs = 0) => (ending ??= end(graceMs));
  return { url, port, stats: () => relay.stats(), close };
}
