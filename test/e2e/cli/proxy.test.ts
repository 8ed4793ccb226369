import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { buildCli, CliBench, failsWith, unusedPort } from "../../support/cli";
import { type Authority, createAuthority, loaded } from "../../support/proxy/authority";
import {
  type ProxyOptions,
  type ProxyServer,
  startProxyServer,
} from "../../support/proxy/proxyServer";
import { makeTree } from "../../support/tree";

const LOGIN = "anna:s3cret";

describe("command line: through a proxy", function () {
  this.timeout(180_000);
  let bench: CliBench;
  let proxy: ProxyServer;
  before(buildCli);
  beforeEach(async () => {
    bench = await CliBench.open();
    await makeTree(bench.path("from"), { a: "one" });
  });
  afterEach(async () => {
    await bench.close();
    await proxy.close();
  });

  const through = async (options: ProxyOptions = {}) => {
    proxy = await startProxyServer(options);
  };
  const send = (relay: string, env: Readonly<Record<string, string>>) =>
    bench.start(["send", "from/a", "--relay", relay, "--yes", "--json"], { env });

  /** A file gets from one to the other with these environments. */
  async function transfers(
    relay: string,
    env: Readonly<Record<string, string>>,
    receiverEnv = env,
  ): Promise<void> {
    const sender = send(relay, env);
    const { code } = await sender.event("code");
    const args = ["receive", code, "--relay", relay, "--yes", "--out", "to"];
    const received = await bench.run(args, { env: receiverEnv });
    assert.equal(received.exitCode, 0, received.stderr);
    assert.equal((await sender.ended).exitCode, 0);
    assert.equal(await readFile(bench.path("to", "a"), "utf8"), "one");
  }

  it("tunnels to the relay when the environment names one, and not where it exempts", async () => {
    await through();
    const { url } = await bench.relay();
    const exempt = { http_proxy: proxy.url, NO_PROXY: "127.0.0.1" };
    await transfers(url, { HTTP_PROXY: proxy.url }, exempt);
    assert.deepEqual(proxy.tunnels, [new URL(url).host]);
  });

  it("reaches its own relay directly all the same", async () => {
    await through();
    const args = ["send", "from/a", "--relay-host", "127.0.0.1", "--yes", "--json"];
    const sender = bench.start(args, { env: { HTTP_PROXY: proxy.url, ALL_PROXY: proxy.url } });
    await sender.event("code");
    assert.deepEqual(proxy.tunnels, []);
  });

  it("tells the proxy who one is, and says so when it has to be told", async () => {
    await through({ login: LOGIN });
    const { url } = await bench.relay();
    for (const wrong of [proxy.url, proxy.urlFor("anna:guess")]) {
      const ended = await send(url, { HTTP_PROXY: wrong }).ended;
      failsWith(ended, "E_PROXY_LOGIN");
      assert.doesNotMatch(ended.stdout + ended.stderr, /guess|s3cret/);
    }
    assert.deepEqual(proxy.tunnels, []);
    await transfers(url, { HTTP_PROXY: proxy.urlFor(LOGIN) });
  });

  it("says so when the proxy refuses, is not there, or has no address", async () => {
    await through({ refuses: 403 });
    const { url } = await bench.relay();
    const refused = await send(url, { HTTP_PROXY: proxy.url }).ended;
    failsWith(refused, "E_PROXY");
    assert.match(refused.stdout, /HTTP 403/);
    const nobody = `http://anna:s3cret@127.0.0.1:${await unusedPort()}`;
    const missing = await send(url, { HTTP_PROXY: nobody }).ended;
    failsWith(missing, "E_PROXY");
    assert.match(missing.stdout, /ECONNREFUSED/);
    const wrong = await send(url, { HTTP_PROXY: "http://anna:s3cret@127.0.0.1:port" }).ended;
    failsWith(wrong, "E_PROXY");
    for (const { stdout, stderr } of [missing, wrong])
      assert.doesNotMatch(stdout + stderr, /s3cret/);
  });

  describe("to a relay with a certificate of an authority of one's own", () => {
    let authority: Authority;
    let relay: string;
    before(async () => {
      authority = await createAuthority("Our own authority");
    });
    after(() => authority.remove());
    beforeEach(async () => {
      const { cert, key } = await authority.issue("IP:127.0.0.1");
      relay = (await bench.relay(["--cert", cert, "--key", key])).url;
    });

    it("connects once that is trusted, and says so before", async () => {
      await through();
      failsWith(await send(relay, {}).ended, "E_CERTIFICATE");
      await transfers(relay, { NODE_EXTRA_CA_CERTS: authority.file });
    });

    it("tells a certificate that the proxy put in its place, until its authority is trusted", async () => {
      const inside = await createAuthority("The proxy's authority");
      try {
        const certificate = await loaded(await inside.issue("IP:127.0.0.1"));
        await through({ certificate });
        const trustsRelay = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: authority.file };
        failsWith(await send(relay, trustsRelay).ended, "E_CERTIFICATE_REPLACED");
        const trustsProxy = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: inside.file };
        await transfers(relay, trustsProxy);
      } finally {
        await inside.remove();
      }
    });

    it("takes no certificate for another name", async () => {
      await through();
      const { cert, key } = await authority.issue("IP:127.0.0.2");
      const { url } = await bench.relay(["--cert", cert, "--key", key]);
      const ended = await send(url, { NODE_EXTRA_CA_CERTS: authority.file }).ended;
      failsWith(ended, "E_CERTIFICATE");
      assert.match(ended.stdout, /ALTNAME/);
    });
  });
});
