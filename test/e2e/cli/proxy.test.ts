import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { buildCli, CliBench } from "../../support/cli";
import { makeTree } from "../../support/tree";

/** A proxy that tunnels, and remembers where to. */
async function startProxy(): Promise<{
  url: string;
  tunnels: string[];
  close: () => Promise<void>;
}> {
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((_, response) => response.writeHead(405).end());
  server.on("connect", (request, client: Socket) => {
    tunnels.push(request.url ?? "");
    const [host = "", port = ""] = (request.url ?? "").split(":");
    const upstream = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [upstream, client]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    url: `http://127.0.0.1:${address.port}`,
    tunnels,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

describe("command line: through a proxy", function () {
  this.timeout(60_000);
  let bench: CliBench;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  before(buildCli);
  beforeEach(async () => {
    bench = await CliBench.open();
    await makeTree(bench.path("from"), { a: "one" });
    proxy = await startProxy();
  });
  afterEach(async () => {
    await bench.close();
    await proxy.close();
  });

  it("tunnels to the relay when the environment names one, and not where it exempts", async () => {
    const { url } = await bench.relay();
    const sender = bench.start(["send", "from/a", "--relay", url, "--yes", "--json"], {
      env: { HTTP_PROXY: proxy.url },
    });
    const { code } = await sender.event("code");
    const received = await bench.run(["receive", code, "--relay", url, "--yes", "--out", "to"], {
      env: { http_proxy: proxy.url, NO_PROXY: "127.0.0.1" },
    });
    assert.equal(received.exitCode, 0, received.stderr);
    assert.equal((await sender.ended).exitCode, 0);
    assert.deepEqual(proxy.tunnels, [new URL(url).host]);
  });

  it("reaches its own relay directly all the same", async () => {
    const args = ["send", "from/a", "--relay-host", "127.0.0.1", "--yes", "--json"];
    const sender = bench.start(args, { env: { HTTP_PROXY: proxy.url, ALL_PROXY: proxy.url } });
    await sender.event("code");
    assert.deepEqual(proxy.tunnels, []);
  });
});
