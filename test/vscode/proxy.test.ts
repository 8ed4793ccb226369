import assert from "node:assert/strict";
import { CliBench, unusedPort } from "../support/cli";
import { type Authority, createAuthority, loaded } from "../support/proxy/authority";
import {
  type ProxyOptions,
  type ProxyServer,
  startProxyServer,
} from "../support/proxy/proxyServer";
import { describeTree } from "../support/tree";
import { TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import { SEND, type User } from "../support/vscode/users";

const LOGIN = "anna:s3cret";
/** A name that only the proxy knows: VS Code takes the addresses of loopback past every proxy. */
const RELAY = "wss://relay.test";
const FILE = "лист.txt";

describe("a window behind a proxy", function () {
  this.timeout(TEST_MS);
  let bench: CliBench;
  let authority: Authority;
  let proxy: ProxyServer;
  /** The relay's address for those who need no proxy. */
  let direct: string;
  let names: Readonly<Record<string, number>>;
  const env: NodeJS.ProcessEnv = {};

  before(async () => {
    bench = await CliBench.open();
    authority = await createAuthority("Our own authority");
    env["NODE_EXTRA_CA_CERTS"] = authority.file;
    const { cert, key } = await authority.issue("DNS:relay.test,IP:127.0.0.1");
    direct = (await bench.relay(["--cert", cert, "--key", key])).url;
    names = { "relay.test": Number(new URL(direct).port) };
    proxy = await startProxyServer();
  });
  after(async () => {
    await proxy.close();
    await bench.close();
    await authority.remove();
  });

  const settings = {
    "secureshare.relay.urls": [RELAY],
    // With the system's authorities, VS Code drops those of NODE_EXTRA_CA_CERTS.
    "http.systemCertificates": false,
  };
  const stage = useStage({
    sender: { extension: TEST_ROOT, settings, env },
    // Trusts what everyone trusts, and has no relay of its own.
    stranger: {
      extension: TEST_ROOT,
      settings: { "secureshare.relay.embedded.host": "127.0.0.2" },
    },
  });

  async function behind(address: string, name: "sender" | "stranger" = "sender"): Promise<User> {
    await stage.prefer(name, { "http.proxy": address });
    return stage.sitDown(name, { [FILE]: "зміст" });
  }

  /** Sends through a proxy that behaves like this; the error that comes of it. */
  async function failure(sender: User, options: ProxyOptions) {
    proxy.become({ names, ...options });
    await sender.window.chooseFromContextMenu([FILE], SEND);
    const failed = await sender.sent.failure();
    await sender.sent.dismiss();
    assert.doesNotMatch(failed.text, /s3cret/);
    return failed;
  }

  it("reaches the relay through it, with a certificate of its own authority", async () => {
    proxy.become({ names, login: LOGIN });
    const sender = await behind(proxy.urlFor(LOGIN));
    await sender.window.chooseFromContextMenu([FILE], SEND);
    const code = await sender.sent.code();
    const receiver = bench.start(["receive", code, "--relay", direct, "--yes", "--out", "to"], {
      env: { NODE_EXTRA_CA_CERTS: authority.file },
    });
    await sender.sent.digits();
    await sender.sent.press("confirm");
    await sender.sent.reaches("done");
    assert.equal((await receiver.ended).exitCode, 0);
    assert.ok(proxy.tunnels.includes("relay.test:443"));
    assert.deepEqual(await describeTree(bench.path("to")), await describeTree(sender.folder));
  });

  it("says what the proxy does not like, and what to do about it", async () => {
    const sender = await behind(proxy.urlFor("anna:guess"));
    const login = await failure(sender, { login: LOGIN });
    assert.equal(login.code, "E_PROXY_LOGIN");
    assert.match(login.text, /http\.proxy/);

    const refused = await failure(sender, { refuses: 403 });
    assert.equal(refused.code, "E_PROXY");
    assert.match(refused.text, /HTTP 403.*http\.noProxy/s);

    const inside = await createAuthority("The proxy's authority");
    try {
      const certificate = await loaded(await inside.issue("DNS:relay.test"));
      const replaced = await failure(sender, { certificate });
      assert.equal(replaced.code, "E_CERTIFICATE_REPLACED");
      assert.match(replaced.text, /trust its authority/);
    } finally {
      await inside.remove();
    }
  });

  it("says so when the proxy is not there", async () => {
    const sender = await behind(`http://${LOGIN}@127.0.0.1:${await unusedPort()}`);
    assert.equal((await failure(sender, {})).code, "E_PROXY");
  });

  it("reaches its own relay past the proxy, whatever address that has", async () => {
    proxy.become({ refuses: 403 });
    const sender = await behind(proxy.url, "stranger");
    await sender.window.chooseFromContextMenu([FILE], SEND);
    assert.match(await sender.sent.spoken(), /@127\.0\.0\.2:\d+$/);
    // VS Code itself may have asked for other things.
    assert.doesNotMatch(proxy.requests.join(), /127\.0\.0\.2/);
  });

  it("tells a relay whose authority it does not know", async () => {
    const receiver = await stage.sitDown("stranger");
    await receiver.receive(`k7qm-3x9d-t2v7@${direct}`);
    assert.equal((await receiver.received.failure()).code, "E_CERTIFICATE");
  });
});
