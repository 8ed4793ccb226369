/**
 * The browser page that a relay serves: files that the build made, read once, and how
 * browsers must treat them. The relay knows nothing of what is in them.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** The same by gzip, where that is shorter. */
  readonly zipped: Buffer | undefined;
  readonly etag: string;
  /** Its name changes with its content. */
  readonly immutable: boolean;
}

export interface Page {
  /** SHA-256 in hex of what `LC_ALL=C sha256sum *` prints in its folder. */
  readonly sha256: string;
  readonly files: ReadonlyMap<string, PageFile>;
}

const INDEX = "index.html";
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  ttf: "font/ttf",
};
const HASHED_NAME = /-[A-Z0-9]{8}\.\w+$/;
/** A host that a policy can name (Content Security Policy Level 3, `host-source`). */
const HOST = /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

const sha256 = (body: Buffer | string) => createHash("sha256").update(body);

function pageFile(name: string, body: Buffer): PageFile {
  const zipped = gzipSync(body);
  return {
    type: TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream",
    body,
    zipped: zipped.length < body.length ? zipped : undefined,
    etag: `"${sha256(body).digest("base64url")}"`,
    immutable: HASHED_NAME.test(name),
  };
}

/** The page in a folder; `undefined` when there is none. */
export async function readPage(folder: string): Promise<Page | undefined> {
  // What is missing is the page of a relay that was installed without one.
  const names = await readdir(folder).catch((): string[] => []);
  if (!names.includes(INDEX)) return undefined;
  const files = new Map<string, PageFile>();
  let listing = "";
  for (const name of names.sort()) {
    const body = await readFile(join(folder, name));
    listing += `${sha256(body).digest("hex")}  ${name}\n`;
    files.set(name, pageFile(name, body));
  }
  return { sha256: sha256(listing).digest("hex"), files };
}

/** The file that a path asks for; any path prefix may stand before it. */
export function pageFileAt(page: Page, path: string): PageFile | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return page.files.get(name === "" ? INDEX : name);
}

/**
 * Everything from the relay itself, nothing inline, nobody's frame; WebAssembly for SHA-256.
 * WebSockets are named by the host that the browser has asked for, since not all take `'self'`
 * for them; those that do are content with a host that no policy can name, such as `my_relay`.
 */
function contentPolicy(host: string | undefined): string {
  const own = host !== undefined && HOST.test(host) ? ` ws://${host} wss://${host}` : "";
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    `connect-src 'self'${own}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types lit-html secureshare",
  ].join("; ");
}

const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  vary: "accept-encoding",
  connection: "close",
} as const;

function acceptsGzip({ headers }: IncomingMessage): boolean {
  return /(?:^|,)\s*gzip\s*(?:$|,|;(?!\s*q=0(?:\.0*)?\s*(?:$|,)))/i.test(
    headers["accept-encoding"] ?? "",
  );
}

/** Answers a GET or HEAD with a file of the page. */
export function servePageFile(
  file: PageFile,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { type, body, zipped, etag, immutable } = file;
  const headers = {
    ...HEADERS,
    "content-security-policy": contentPolicy(request.headers.host),
    "cache-control": immutable ? "public, max-age=31536000, immutable" : "no-cache",
    etag,
  };
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  const packed = acceptsGzip(request) ? zipped : undefined;
  const content = packed ?? body;
  response.writeHead(200, {
    ...headers,
    "content-type": type,
    "content-length": content.length,
    ...(packed === undefined ? {} : { "content-encoding": "gzip" }),
  });
  response.end(request.method === "HEAD" ? undefined : content);
}
