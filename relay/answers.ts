/** Plain HTTP answers: for whatever is not a WebSocket, and for what must stay cheap. */
import {
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Duplex } from "node:stream";
import { roomOfPath } from "../src/core/wire/rooms";
import { splitTarget } from "./join";
import { type Page, pageFileAt, servePageFile } from "./page";

const HEALTH = /(?:^|\/)healthz$/;

/** What a link opens where no page is served: the code in its fragment never came here. */
const EXPLANATION = `This is a SecureShare relay. Copy the whole link from the address bar and paste it
into "SecureShare: Receive…" in VS Code, or into "secureshare receive".

Це ретранслятор SecureShare. Скопіюйте все посилання з адресного рядка та вставте його
в «SecureShare: Отримати…» у VS Code або в «secureshare receive».

Dies ist ein SecureShare-Relay. Kopieren Sie den ganzen Link aus der Adresszeile und fügen
Sie ihn in „SecureShare: Empfangen …“ in VS Code oder in „secureshare receive“ ein.
`;

function textOf(status: number): string {
  return `${STATUS_CODES[status] ?? "Error"}\n`;
}

function statusOf(request: IncomingMessage): number {
  const { path } = splitTarget(request.url);
  if (request.method !== "GET" && request.method !== "HEAD") return 405;
  if (roomOfPath(path) !== undefined) return 426;
  return HEALTH.test(path) || path.endsWith("/") ? 200 : 404;
}

/** Another content than the status in words. */
export interface Content {
  readonly type: string;
  readonly body: string;
}

/** Answers a request without reading its body, and ends the connection. */
export function plainAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  { type, body }: Content = { type: "text/plain; charset=utf-8", body: textOf(status) },
): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    connection: "close",
    ...(status === 426 ? { upgrade: "websocket" } : {}),
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

export interface Served {
  readonly page: Page | undefined;
  /** Whether anybody may send through this relay, which its page asks for in `about.json`. */
  readonly open: boolean;
}

/** Answers requests that ask for no upgrade: with the page, or plain words where none is served. */
export function answerer({ page, open }: Served): RequestListener {
  const about = { type: "application/json", body: JSON.stringify({ send: open }) };
  return (request, response) => {
    const { path } = splitTarget(request.url);
    const status = statusOf(request);
    if (page !== undefined && path.endsWith("/about.json") && status === 404)
      return plainAnswer(request, response, 200, about);
    const file = page && (status === 200 || status === 404) ? pageFileAt(page, path) : undefined;
    if (file !== undefined) return servePageFile(file, request, response);
    const body = status === 200 && path.endsWith("/") ? EXPLANATION : textOf(status);
    plainAnswer(request, response, status, { type: "text/plain; charset=utf-8", body });
  };
}

/** Refuses an upgrade without making a WebSocket of it. */
export function refuseUpgrade(socket: Duplex, status: 400 | 403 | 404 | 408 | 429 | 431): void {
  const body = textOf(status);
  // The client may be gone already, and nothing is left to do about it.
  socket.on("error", () => undefined);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nconnection: close\r\n` +
      `content-type: text/plain; charset=utf-8\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
