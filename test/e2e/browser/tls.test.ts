import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createServer } from "node:tls";
import type { Browser } from "playwright-core";
import { CliBench } from "../../support/cli";
import { Opened } from "../../support/opened";
import {
  type Authority,
  createAuthority,
  type IssuedFiles,
  loaded,
} from "../../support/proxy/authority";
import { openTab, type Tab } from "../../support/tab";
import { makeTree } from "../../support/tree";
import { launchBrowser } from "../../support/vscode/browser";
import { TEST_MS } from "../../support/vscode/patience";

const MIB = 1024 * 1024;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Takes TLS off, as a proxy in front of a relay does. */
async function terminator(files: IssuedFiles, relayPort: number) {
  const open = new Set<Socket>();
  const server = createServer(await loaded(files), (client) => {
    const relay = connect(relayPort, "127.0.0.1");
    for (const [from, to] of [
      [client, relay],
      [relay, client],
    ] as const) {
      open.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => open.delete(from));
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("browser page: over TLS", function () {
  this.timeout(TEST_MS);
  let browser: Browser;
  let authority: Authority;
  let files: IssuedFiles;
  let opened: Opened;
  let bench: CliBench;
  let tab: Tab;
  before(async () => {
    [browser, authority] = await Promise.all([launchBrowser(), createAuthority("page")]);
    files = await authority.issue("IP:127.0.0.1,DNS:localhost");
  });
  after(async () => {
    await browser.close();
    await authority.remove();
  });
  beforeEach(async () => {
    opened = new Opened();
    bench = opened.add(await CliBench.open());
  });
  afterEach(() => opened.close());

  /** One file there and another back, in a tab that trusts the relay's certificate. */
  async function thereAndBack(relay: string): Promise<void> {
    const env = { NODE_EXTRA_CA_CERTS: authority.file };
    const [there, back] = [randomBytes(MIB), randomBytes(MIB)];
    await makeTree(bench.path("from"), { "a.bin": { content: there }, "b.bin": { content: back } });
    const options = ["--relay", relay, "--yes", "--json"];
    const sender = bench.start(["send", "from/a.bin", ...options], { env });
    const { link } = await sender.event("code");
    tab = opened.add(await openTab(browser, link, { trustsAll: true }));
    opened.check(async () => assert.deepEqual(await tab.problems(), []));
    assert.match(tab.page.url(), /^https:/);
    assert.ok(await tab.page.evaluate(() => isSecureContext && crossOriginIsolated));
    await tab.press("receive");
    await tab.press("confirm");
    await tab.press("accept");
    await tab.card("done");
    const saved = await tab.download("save");
    assert.equal(sha256(await readFile(await saved.path())), sha256(there));
    await tab.press("dismiss");

    await tab.page.locator("#pick-files").setInputFiles(bench.path("from/b.bin"));
    const receiver = bench.start(["receive", await tab.code(), "--out", "to", ...options], { env });
    await tab.press("confirm");
    assert.equal((await receiver.ended).exitCode, 0);
    assert.equal(sha256(await readFile(bench.path("to/b.bin"))), sha256(back));
  }

  it("comes from the relay itself, and goes through it both ways", async () => {
    const { url } = await bench.relay(["--cert", files.cert, "--key", files.key]);
    assert.match(url, /^wss:/);
    await thereAndBack(url);
  });

  it("comes through a proxy that takes TLS off, under a prefix", async () => {
    const { url } = await bench.relay();
    const proxy = opened.add(await terminator(files, Number(new URL(url).port)));
    await thereAndBack(`wss://localhost:${proxy.port}/some/prefix`);
  });
});
