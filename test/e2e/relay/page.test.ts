import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { type RelayProgram, relayProgram } from "./program";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A request with headers that `fetch` would not send. */
function ask(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    asked.on("error", reject);
    asked.end();
  });
}

const upgrade = (origin: string, host: string) => ({
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  "sec-websocket-protocol": "secureshare.v1",
  origin,
  host,
});

describe("relay: the page", function () {
  this.timeout(60_000);
  let program: RelayProgram;
  let url: string;
  const start = async (...args: string[]) => {
    const { relay, url: address } = await program.start(args);
    url = address.replace(/^ws/, "http");
    return relay;
  };
  before(async () => {
    program = await relayProgram();
  });
  afterEach(() => program.killAll());

  it("is served under any prefix with a strict policy and no way to be framed or kept stale", async () => {
    await start();
    for (const path of ["/", "/some/prefix/"]) {
      const { status, headers, body } = await ask(url + path, { host: "share.example:99" });
      assert.equal(status, 200);
      assert.equal(headers["content-type"], "text/html; charset=utf-8");
      assert.equal(headers["cache-control"], "no-cache");
      const policy = String(headers["content-security-policy"]).split("; ");
      for (const rule of [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "connect-src 'self' ws://share.example:99 wss://share.example:99",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ])
        assert.ok(policy.includes(rule), rule);
      assert.equal(headers["cross-origin-opener-policy"], "same-origin");
      assert.equal(headers["referrer-policy"], "no-referrer");
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.doesNotMatch(body.toString(), /(?:src|href)="(?:\/|http)/, "relative addresses");
    }
  });

  it("lets no Host header write into its policy", async () => {
    await start();
    for (const host of ["a.example; script-src *", "my_relay:99", "a.example."]) {
      const { headers } = await ask(`${url}/`, { host });
      assert.match(String(headers["content-security-policy"]), /connect-src 'self';/, host);
    }
  });

  it("vouches for its script and style, which browsers may keep for ever", async () => {
    await start();
    const { headers, body } = await ask(`${url}/`);
    const parts = [...body.toString().matchAll(/(?:src|href)="([^"]+)" integrity="sha384-[^"]+"/g)];
    assert.equal(parts.length, 2);
    for (const [, name] of parts) {
      const part = await ask(`${url}/prefix/${name}`);
      assert.equal(part.headers["cache-control"], "public, max-age=31536000, immutable");
      const packed = await ask(`${url}/${name}`, { "accept-encoding": "br, gzip" });
      assert.equal(packed.headers["content-encoding"], "gzip");
      assert.ok(packed.body.length < part.body.length / 2);
    }
    const again = await ask(`${url}/`, { "if-none-match": String(headers["etag"]) });
    assert.deepEqual([again.status, again.body.length], [304, 0]);
    const head = await ask(`${url}/`, {}, "HEAD");
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    assert.equal((await ask(`${url}/`, {}, "POST")).status, 405);
    assert.equal((await ask(`${url}/nothing.js`)).status, 404);
  });

  it("is known by a hash that the build wrote, the program prints and the log holds", async () => {
    const built = (await readFile(`${TEST_ROOT}dist/page.sha256`, "utf8")).trim();
    const printed = await program.run(["--page-hash"]).exit;
    assert.deepEqual([printed.code, printed.stdout.trim()], [0, built]);
    const relay = await start();
    assert.equal((await relay.logged("page"))["sha256"], built);
  });

  it("is not served where it is switched off", async () => {
    const relay = await start("--no-page");
    assert.equal((await relay.logged("page"))["sha256"], null);
    const { headers, body } = await ask(`${url}/`);
    assert.match(String(headers["content-type"]), /^text\/plain/);
    assert.match(body.toString(), /This is a SecureShare relay/);
    const name = "share.example";
    const room = `${url}/v1/rooms/k7qm3?role=sender`;
    assert.equal((await ask(room, upgrade(`http://${name}`, name))).status, 403);
  });

  it("may connect by the relay's host name, and another website may not", async () => {
    await start();
    const room = `${url}/v1/rooms/k7qm3?role=sender`;
    const refused = await ask(room, upgrade("http://evil.example", "share.example"));
    assert.equal(refused.status, 403);
    const taken = new Promise<number | undefined>((resolve, reject) => {
      const asked = request(room, { headers: upgrade("http://share.example", "share.example") });
      asked.on("upgrade", (response, socket) => {
        socket.destroy();
        resolve(response.statusCode);
      });
      asked.on("response", (response) => resolve(response.statusCode));
      asked.on("error", reject);
      asked.end();
    });
    assert.equal(await taken, 101);
  });
});
