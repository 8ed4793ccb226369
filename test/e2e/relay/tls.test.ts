import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect as connectPlainly } from "node:net";
import { connect } from "node:tls";
import { type CertificateFolder, certificateFolder } from "./certificates";
import { JOINED, join } from "./peer";
import { type RelayProgram, relayProgram } from "./program";
import { resumeRoom, startTestServer } from "./testServer";

describe("relay: TLS", function () {
  this.timeout(60_000);
  let program: RelayProgram;
  let files: CertificateFolder;
  before(async () => {
    program = await relayProgram();
  });
  beforeEach(async () => {
    files = await certificateFolder();
  });
  afterEach(async () => {
    await program.killAll();
    await files.remove();
  });

  const start = async (...others: string[]) => {
    const tls = ["--cert", files.cert, "--key", files.key, "--cert-poll-ms", "100"];
    const started = await program.start([...tls, ...others]);
    await started.relay.logged("certificate");
    return started;
  };

  it("serves wss, and takes a renewed certificate without ending a session", async () => {
    const { relay, url } = await start();
    assert.match(url, /^wss:\/\/127\.0\.0\.1:\d+$/);
    const old = { ca: await readFile(files.cert, "utf8") };
    const sender = await join(url, resumeRoom(1), "sender", old);
    const receiver = await join(url, resumeRoom(1), "receiver", old);
    assert.deepEqual([await sender.next(), await receiver.next()], [JOINED, JOINED]);

    const ca = await files.renew();
    await relay.logged("certificate");
    await join(url, resumeRoom(2), "sender", { ca });
    await assert.rejects(join(url, resumeRoom(3), "sender", old), "the old one is gone");
    sender.send(5);
    assert.deepEqual(await receiver.next(), { kind: "frame", frame: Buffer.of(5) });
  });

  it("keeps the former certificate while new files do not fit together, and says so", async () => {
    const { relay, url } = await start();
    const ca = await readFile(files.cert, "utf8");
    await files.replaceKey();
    const { reason } = await relay.logged("certificateUnusable");
    assert.equal(reason, "the key is not the certificate's");
    await join(url, resumeRoom(1), "sender", { ca });
    const next = await files.renew();
    await relay.logged("certificate");
    await join(url, resumeRoom(2), "sender", { ca: next });
  });

  for (const taken of ["admin", "port"] as const)
    it(`leaves its files alone when it cannot listen: ${taken}`, async () => {
      const options = { certificate: files, limits: { certPollMs: 100 } };
      const servers = [await startTestServer()];
      try {
        const place = { host: "127.0.0.1", port: servers[0]?.port ?? 0 };
        let told = 0;
        const failed = startTestServer({
          ...options,
          ...(taken === "admin" ? { admin: place } : place),
          log: ({ event }) => void (event === "certificate" && told++),
        });
        await assert.rejects(failed, { code: "E_CANNOT_LISTEN" });
        // Looks at the same files, behind the other one if that does still.
        const seen = new EventEmitter();
        const log = ({ event }: { event: string }) => void seen.emit(event);
        servers.push(await startTestServer({ ...options, log }));
        for (let renewed = 0; renewed < 2; renewed++)
          await Promise.all([once(seen, "certificate"), files.renew()]);
        assert.equal(told, 1, "once, when it began");
      } finally {
        await Promise.all(servers.map((server) => server.close()));
      }
    });

  it("speaks no TLS before 1.2, and no plain HTTP", async () => {
    const { url } = await start();
    const port = Number(new URL(url).port);
    const alert = await new Promise<string | undefined>((resolve) => {
      const versions = { minVersion: "TLSv1", maxVersion: "TLSv1.1" } as const;
      const weakest = { ciphers: "ALL@SECLEVEL=0", rejectUnauthorized: false };
      const socket = connect({ port, host: "127.0.0.1", ...versions, ...weakest });
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
      socket.on("secureConnect", () => resolve(socket.getProtocol() ?? "none"));
    });
    assert.match(alert ?? "", /^ERR_SSL_/);
    await assert.rejects(join(url.replace("wss:", "ws:"), resumeRoom(1), "sender"));
  });

  it("ends a connection that does not finish its handshake", async () => {
    const { relay, url } = await start("--header-ms", "200", "--admin-port", "0");
    const admin = String((await relay.logged("admin"))["url"]);
    const socket = connectPlainly({ port: Number(new URL(url).port), host: "127.0.0.1" });
    socket.on("error", () => undefined);
    socket.resume();
    await once(socket, "close");
    const figures = await (await fetch(`${admin}/metrics`)).text();
    assert.ok(figures.includes('secureshare_relay_refusals_total{reason="badTls"} 1\n'));
    assert.equal(figures.includes("badHttp"), false);
  });

  it("stops without waiting for a connection that says nothing", async () => {
    const { relay, url } = await start("--header-ms", "60000");
    const silent = connectPlainly({ port: Number(new URL(url).port), host: "127.0.0.1" });
    silent.on("error", () => undefined);
    await once(silent, "connect");
    // Who came later is served, so the silent one has been taken as well.
    const ca = await readFile(files.cert, "utf8");
    await join(url, resumeRoom(1), "sender", { ca });
    relay.child.kill("SIGTERM");
    await relay.exit;
    silent.destroy();
  });

  it("spends nothing on the TLS of a connection that is one too many", async () => {
    const { relay, url } = await start("--connects-per-minute", "1", "--admin-port", "0");
    const admin = String((await relay.logged("admin"))["url"]);
    const ca = await readFile(files.cert, "utf8");
    await join(url, resumeRoom(1), "sender", { ca });
    for (let n = 0; n < 3; n += 1)
      await assert.rejects(join(url, resumeRoom(1), "receiver", { ca }), /1006/);
    const figures = await (await fetch(`${admin}/metrics`)).text();
    assert.ok(figures.includes('secureshare_relay_refusals_total{reason="connects"} 3\n'));
    assert.equal(figures.includes('reason="badTls"'), false);
  });

  it("explains at the start what is wrong with its files", async () => {
    await files.replaceKey();
    const wrong = await program.run(["--port", "0", "--cert", files.cert, "--key", files.key]).exit;
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^relay: --cert and --key: the key is not the certificate's$/m);
    const missing = await program.run(["--port", "0", "--cert", "/nowhere", "--key", files.key])
      .exit;
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /ENOENT/);
    const certificate = { cert: "/nowhere", key: files.key };
    await assert.rejects(startTestServer({ certificate }), { code: "E_USAGE" });
  });
});
