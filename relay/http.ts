/** The HTTP server below the WebSockets: plain or TLS, with its timeouts and its bounds. */
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { SecureShareError } from "../src/core/errors";
import { answerer, refuseUpgrade } from "./answers";
import {
  type Certificate,
  type CertificateFiles,
  readCertificate,
  watchCertificate,
} from "./certificate";
import { type Connecting, endOf } from "./connecting";
import type { Counters } from "./counters";
import type { Log } from "./log";
import type { RelayLimitOptions } from "./options";
import type { Page } from "./page";

export interface HttpParts {
  readonly limits: RelayLimitOptions;
  readonly counters: Counters;
  readonly connecting: Connecting;
  readonly log: Log;
  /** What browsers are shown; plain words without it. */
  readonly page: Page | undefined;
  /** Whether the page offers to send. */
  readonly open: boolean;
}

/** A server that does not listen yet. */
export interface RelayHttp {
  readonly server: Server;
  readonly scheme: "ws" | "wss";
  /** When the certificate in use ends. */
  readonly expires: () => Date | undefined;
  /** Ends the connections that are no WebSockets. */
  readonly closeOthers: () => void;
  /** Stops looking for renewed certificates. */
  readonly unwatch: () => void;
}

const HEADER_BYTES = 16 * 1024;
const KEEP_ALIVE_MS = 5_000;
const CHECK_MS = 1_000;
const TLS_OLDEST = "TLSv1.2";

function timeouts({ headerMs }: RelayLimitOptions) {
  return {
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: headerMs,
    requestTimeout: headerMs,
    connectionsCheckingInterval: Math.min(headerMs, CHECK_MS),
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
}

function refuseRequest(error: NodeJS.ErrnoException, socket: Duplex, counters: Counters): void {
  if (socket.destroyed) return;
  const slow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  counters.refused(slow ? "slowHeaders" : "badHttp");
  if (!socket.writable) socket.destroy();
  else if (slow) refuseUpgrade(socket, 408);
  else refuseUpgrade(socket, error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400);
}

/** Stands before TLS and HTTP, so that nothing is spent on a connection that is not taken. */
function guard(server: Server, { limits, counters, connecting }: HttpParts): void {
  server.maxConnections = limits.connections;
  server.on("drop", () => counters.refused("connections"));
  const serve = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const excess = connecting.add(socket);
    if (excess === undefined) {
      for (const listener of serve) listener.call(server, socket);
      return;
    }
    counters.refused(excess);
    // It may be gone already, and nobody else listens for that.
    socket.on("error", () => undefined);
    // A reset leaves nothing behind, neither here nor in the kernel.
    socket.resetAndDestroy();
  });
  server.on("clientError", (error, socket) => refuseRequest(error, socket, counters));
}

function plainHttp(parts: HttpParts): RelayHttp {
  const server = createServer(timeouts(parts.limits), answerer(parts));
  guard(server, parts);
  return {
    server,
    scheme: "ws",
    expires: () => undefined,
    closeOthers: () => server.closeAllConnections(),
    unwatch: () => undefined,
  };
}

function tlsServer(parts: HttpParts, { cert, key }: Certificate): TlsServer {
  const { limits, counters } = parts;
  const options = { ...timeouts(limits), handshakeTimeout: limits.headerMs };
  const server = createTlsServer(
    { ...options, cert, key, minVersion: TLS_OLDEST },
    answerer(parts),
  );
  guard(server, parts);
  // Before Node's own listener, which would answer in HTTP where there is no TLS yet.
  server.prependListener("tlsClientError", (_error, socket) => {
    counters.refused("badTls");
    socket.destroy();
  });
  return server;
}

/** Ends, when it is called, the connections that have not come through TLS: Node keeps no list. */
function handshakeCloser(server: TlsServer): () => void {
  const shaking = new Map<string, Socket>();
  server.on("connection", (socket: Socket) => {
    const end = endOf(socket);
    shaking.set(end, socket);
    socket.once("close", () => {
      if (shaking.get(end) === socket) shaking.delete(end);
    });
  });
  server.on("secureConnection", (socket) => shaking.delete(endOf(socket)));
  return () => {
    for (const socket of shaking.values()) socket.destroy();
  };
}

/** Takes new files as they come; half-written ones are not taken, and told. */
async function tlsHttp(parts: HttpParts, files: CertificateFiles): Promise<RelayHttp> {
  const { limits, log } = parts;
  let current = await readCertificate(files);
  const server = tlsServer(parts, current);
  const told = () => log({ event: "certificate", expires: current.expires.toISOString() });
  const renew = async () => {
    try {
      const renewed = await readCertificate(files);
      server.setSecureContext({ ...renewed, minVersion: TLS_OLDEST });
      current = renewed;
      told();
    } catch (error) {
      log({ event: "certificateUnusable", reason: reasonOf(error) });
    }
  };
  told();
  const unwatch = watchCertificate(files, limits.certPollMs, () => void renew());
  const closeHandshakes = handshakeCloser(server);
  const closeOthers = () => {
    server.closeAllConnections();
    closeHandshakes();
  };
  return { server, scheme: "wss", expires: () => current.expires, closeOthers, unwatch };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Plain HTTP, or TLS where there is a certificate.
 * @throws E_USAGE when the certificate cannot be used
 */
export async function relayHttp(parts: HttpParts, files?: CertificateFiles): Promise<RelayHttp> {
  if (files === undefined) return plainHttp(parts);
  try {
    return await tlsHttp(parts, files);
  } catch (error) {
    throw new SecureShareError("E_USAGE", { reason: `--cert and --key: ${reasonOf(error)}` });
  }
}
