/**
 * The operator's port: health, readiness and figures. It names no rooms and no addresses, but
 * is not meant for the public either, so it listens on its own address.
 */
import { createServer, type Server } from "node:http";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { plainAnswer } from "./answers";
import { splitTarget } from "./join";
import { listen, urlOf } from "./listen";
import { exposition, type LoopDelay, type Snapshot } from "./metrics";

export interface AdminOptions {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Whether newcomers are taken. */
  readonly isReady: () => boolean;
  readonly snapshot: () => Omit<Snapshot, "loopDelay" | "process">;
}

export interface AdminServer {
  /** `http://HOST:PORT` */
  readonly url: string;
  readonly close: () => Promise<void>;
}

const HEADERS_MS = 5_000;
const CONNECTIONS_MAX = 64;
const LOOP_RESOLUTION_MS = 10;
const SECOND_NS = 1e9;
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Watches the event loop; each look begins a new measurement. */
function watchLoop(): { look: () => LoopDelay; end: () => void } {
  const histogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  histogram.enable();
  // What is measured is the time between two timers, so a loop that is on time shows one step.
  const late = (ns: number) => Math.max(ns / SECOND_NS - LOOP_RESOLUTION_MS / 1000, 0);
  const look = () => {
    const delay = {
      p50: late(histogram.percentile(50)),
      p99: late(histogram.percentile(99)),
      max: late(histogram.max),
    };
    histogram.reset();
    return delay;
  };
  return { look, end: () => histogram.disable() };
}

function processFigures(): Snapshot["process"] {
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
    startedAt: performance.timeOrigin / 1000,
  };
}

function adminHttp(options: AdminOptions, look: () => LoopDelay): Server {
  const server = createServer({ requestTimeout: HEADERS_MS }, (request, response) => {
    const { path } = splitTarget(request.url);
    const { method } = request;
    if (method !== "GET" && method !== "HEAD") plainAnswer(request, response, 405);
    else if (path === "/healthz") plainAnswer(request, response, 200);
    else if (path === "/readyz") plainAnswer(request, response, options.isReady() ? 200 : 503);
    else if (path === "/metrics") {
      const snapshot = { ...options.snapshot(), loopDelay: look(), process: processFigures() };
      plainAnswer(request, response, 200, { type: METRICS_TYPE, body: exposition(snapshot) });
    } else plainAnswer(request, response, 404);
  });
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

/**
 * Answers until closed.
 * @throws E_CANNOT_LISTEN when it cannot listen there
 */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const { look, end } = watchLoop();
  const server = adminHttp(options, look);
  const port = await listen(server, options, "http").catch((error: unknown) => {
    end();
    throw error;
  });
  const close = async () => {
    end();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return { url: urlOf("http", options.host, port), close };
}
