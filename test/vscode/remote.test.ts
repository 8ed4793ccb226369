import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, isInstalled, type ProxyProcess, startProxy } from "../e2e/relay/proxyProcess";
import { describeTree } from "../support/tree";
import { eventually } from "../support/vscode/eventually";
import { PATIENCE_MS, TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import { confirmed } from "../support/vscode/users";

/**
 * A front like the ones of servers that play VS Code: everything goes to the editor but
 * `/proxy/PORT/…`, which goes to that port without its prefix.
 */
const front = (port: number, editor: number) => `
defaults
  mode http
  timeout connect 5s
  timeout client 90s
  timeout server 90s
  timeout tunnel 90s
frontend front
  bind 127.0.0.1:${port}
  use_backend ports if { path_reg ^/proxy/[0-9]+(/|$) }
  default_backend editor
backend editor
  server editor 127.0.0.1:${editor}
backend ports
  http-request set-dst str(127.0.0.1)
  http-request set-dst-port path,field(3,/)
  http-request replace-path /proxy/[0-9]+(.*) \\1
  server port 0.0.0.0:0
`;

const SHOW = "SecureShare: Show Transfers";

describe("a remote window", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({
    sender: { extension: TEST_ROOT, settings },
    receiver: { extension: TEST_ROOT },
  });

  it("says that a login keeps others from its relay, and offers to set one", async () => {
    const sender = await stage.sitDown("sender", { "лист.txt": "1" });
    await sender.send("лист.txt");
    const { root } = sender.sent;
    await root.getByText("only those who are logged in there reach this relay").waitFor();
    assert.equal(await root.locator(".forwarded").count(), 0);
    await root.locator("[data-action=setRelay]").waitFor();
    await sender.window.screenshot("waiting-login");

    // This server's own scheme: an editor of another kind opens links of its own kind only.
    await root.locator("[data-action^=copy-editorLink]").click();
    await eventually(PATIENCE_MS, async () => {
      const link = await sender.window.page.evaluate(() => navigator.clipboard.readText());
      assert.match(link, /^code-oss:\/\/secureshare\.secureshare\/receive#/);
    });
  });

  describe("behind a front that needs no login", () => {
    let folder: string;
    let proxy: ProxyProcess;
    let origin: string;

    before(async function () {
      if (!(await isInstalled("haproxy", "-v"))) this.skip();
      folder = await mkdtemp(join(tmpdir(), "secureshare-front-"));
      const config = join(folder, "haproxy.cfg");
      // Somebody else may be given the port before it listens there.
      proxy = await eventually(PATIENCE_MS, async () => {
        const port = await freePort();
        origin = `http://127.0.0.1:${port}`;
        await writeFile(config, front(port, stage.port("sender")));
        return startProxy("haproxy", ["-db", "-f", config], port);
      });
    });
    after(async () => {
      await proxy?.stop();
      if (folder !== undefined) await rm(folder, { recursive: true });
    });

    it("is reached by the user's other window through the editor's own address", async () => {
      const sender = await stage.sitDown("sender", { "лист.txt": "зміст" }, { origin });
      const receiver = await stage.sitDown("receiver");
      await sender.send("лист.txt");
      const forwarded = await sender.sent.root.locator(".forwarded").innerText();
      const { host } = new URL(origin);
      assert.match(forwarded, new RegExp(`^[\\w-]{14}@${host}/proxy/\\d+$`));
      await sender.window.screenshot("waiting-forwarded");
      await receiver.receive(forwarded);
      await confirmed(sender, receiver);
      await receiver.window.page.goto("about:blank");
      await sender.sent.reaches("reconnecting");
      await sender.window.reload();
      await sender.window.runCommand(SHOW);
      await sender.sent.reaches("reconnecting");
      const again = await sender.sent.root.locator(".forwarded").innerText();
      assert.equal(
        again,
        forwarded.slice(forwarded.indexOf("@") + 1),
        "the tunnel is asked for anew",
      );
      await sender.window.screenshot("reconnecting-forwarded");
      await receiver.window.page.goBack();
      await receiver.window.restored();
      await receiver.window.runCommand(SHOW);
      await receiver.received.reaches("offer");
      await receiver.received.press("accept");
      await Promise.all([receiver.received.reaches("done"), sender.sent.reaches("done")]);
      assert.deepEqual(await describeTree(receiver.folder), await describeTree(sender.folder));
    });
  });
});
