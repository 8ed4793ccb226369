import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { type CertificateFolder, certificateFolder } from "./certificates";
import { JOINED, type JoinOptions, join, type Peer } from "./peer";
import { type RelayProcess, type RelayProgram, relayProgram } from "./program";
import {
  execute,
  type Folder,
  freePort,
  isInstalled,
  type ProxyProcess,
  shipped,
  startProxy,
  temporaryFolder,
} from "./proxyProcess";
import { allOf, startTransfer } from "./resumingPair";
import { resumeRoom } from "./testServer";

const NODES = ["relay1", "relay2", "relay3"] as const;
const FRAMES = 60;
const FORGED = "203.0.113.77";

interface Node {
  readonly relay: RelayProcess;
  readonly host: string;
  readonly admin: string;
}

/** Clients that make their own addresses up, as they would like to. */
const hostile: JoinOptions = { headers: { "x-forwarded-for": FORGED } };

async function pairedOn({ admin }: Node): Promise<number> {
  const text = await (await fetch(`http://${admin}/metrics`)).text();
  return Number(/^secureshare_relay_rooms_paired (\d+)$/m.exec(text)?.[1]);
}

async function meet(url: string, room: string, options: JoinOptions): Promise<Peer[]> {
  const sender = await join(url, room, "sender", options);
  const receiver = await join(url, room, "receiver", options);
  assert.deepEqual([await sender.next(), await receiver.next()], [JOINED, JOINED]);
  return [sender, receiver];
}

describe("relay: several behind a balancer", function () {
  this.timeout(30_000);
  let program: RelayProgram;
  let folder: Folder;
  let files: CertificateFolder;
  let nodes: Node[];
  let proxy: ProxyProcess | undefined;
  before(async () => {
    program = await relayProgram();
  });
  beforeEach(async () => {
    [folder, files] = await Promise.all([temporaryFolder(), certificateFolder()]);
    nodes = await Promise.all(NODES.map(() => startNode()));
  });
  afterEach(async () => {
    await proxy?.stop();
    proxy = undefined;
    await program.killAll();
    await Promise.all([folder.remove(), files.remove()]);
  });

  const startNode = async (): Promise<Node> => {
    const trusted = ["--trusted-proxies", "127.0.0.1", "--log-addresses", "truncated"];
    const args = ["--admin-port", "0", "--drain-ms", "3000", ...trusted];
    const { relay, url } = await program.start(args);
    const admin = new URL(String((await relay.logged("admin"))["url"])).host;
    return { relay, host: new URL(url).host, admin };
  };

  /** HAProxy with its shipped configuration, but plain and on a port of ours. */
  const startHaproxy = async (): Promise<string> => {
    const port = await freePort();
    const addresses = NODES.map((name, i) => {
      const node = nodes[i];
      const [, adminPort] = (node?.admin ?? "").split(":");
      return [`${name}.internal:4711`, `${node?.host} port ${adminPort}`] as const;
    });
    const text = await shipped("haproxy.cfg", {
      "bind :443 ssl crt /etc/haproxy/relay.pem alpn http/1.1": `bind 127.0.0.1:${port}`,
      "maxconn 100000": "maxconn 500",
      "check port 9711": "check",
      ...Object.fromEntries(addresses),
    });
    const config = await folder.write("haproxy.cfg", text);
    proxy = await startProxy("haproxy", ["-db", "-f", config], port);
    return `ws://127.0.0.1:${port}`;
  };

  const nginxConfig = async (port: number): Promise<string> => {
    const text = await shipped("nginx.conf", {
      "listen 443 ssl": `listen 127.0.0.1:${port} ssl`,
      "/etc/nginx/relay-cert.pem": files.cert,
      "/etc/nginx/relay-key.pem": files.key,
      ...Object.fromEntries(
        NODES.map((name, i) => [`${name}.internal:4711`, nodes[i]?.host ?? ""]),
      ),
    });
    return folder.write("nginx.conf", text);
  };
  const nginxArgs = (config: string) => ["-c", config, "-p", folder.path];

  /** nginx with its shipped configuration, TLS and all, on a port of ours. */
  const startNginx = async (): Promise<string> => {
    const port = await freePort();
    const config = await nginxConfig(port);
    const foreground = ["-g", `daemon off; pid ${folder.path}/nginx.pid;`];
    proxy = await startProxy("nginx", [...nginxArgs(config), ...foreground], port);
    return `wss://127.0.0.1:${port}`;
  };

  /** Both sides of many rooms meet, on all nodes, whatever the kind of room. */
  const manyMeet = async (url: string, options: JoinOptions) => {
    const rooms = Array.from({ length: 30 }, (_, n) => resumeRoom(n * 7_919));
    rooms.push("k7qm3", "aaaaa", "00000", "zzzzz");
    await Promise.all(rooms.map((room) => meet(url, room, options)));
    const counts = await Promise.all(nodes.map(pairedOn));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      rooms.length,
    );
    assert.ok(
      counts.every((count) => count > 0),
      counts.join(),
    );
  };

  /** Transfers on all nodes, stopped half-way while something is done to one node. */
  const survive = async (url: string, harm: (node: Node) => void, options: JoinOptions = {}) => {
    const transfers = Array.from({ length: 12 }, (_, n) =>
      startTransfer(url, resumeRoom(n * 7_919), FRAMES, options),
    );
    await Promise.all(transfers.map(({ half }) => half));
    const [victim] = nodes;
    assert.ok(victim !== undefined && (await pairedOn(victim)) > 0);
    harm(victim);
    for (const { release } of transfers) release();
    const results = await Promise.all(transfers.map(({ received }) => received));
    for (const numbers of results) assert.deepEqual(numbers, allOf(FRAMES));
    return transfers.map(({ joins }) => joins());
  };

  describe("HAProxy", () => {
    before(async function () {
      if (!(await isInstalled("haproxy", "-v"))) this.skip();
    });

    it("brings both sides of a room to the same relay, and lets nobody forge an address", async () => {
      await manyMeet(await startHaproxy(), hostile);
      await program.killAll();
      for (const { relay } of nodes) {
        const { stderr } = await relay.exit;
        assert.ok(stderr.includes('"address":"127.0.0.0/24"'));
        assert.equal(stderr.includes("203.0.113"), false);
      }
    });

    it("finishes on the others what was running on a relay that was killed", async () => {
      const url = await startHaproxy();
      const joins = await survive(url, ({ relay }) => relay.child.kill("SIGKILL"));
      assert.ok(
        joins.some((count) => count > 2),
        "nobody had to join again",
      );
      assert.ok(
        joins.some((count) => count === 2),
        "nobody was left in peace",
      );
    });

    it("lets sessions of a relay that drains finish there, and sends newcomers elsewhere", async () => {
      const url = await startHaproxy();
      const joins = await survive(url, ({ relay }) => relay.child.kill("SIGTERM"));
      assert.deepEqual(
        joins,
        joins.map(() => 2),
      );
      await nodes[0]?.relay.exit;
      await Promise.all(
        Array.from({ length: 20 }, (_, n) => meet(url, resumeRoom(n * 104_729 + 1), {})),
      );
    });
  });

  describe("nginx", () => {
    before(async function () {
      if (!(await isInstalled("nginx", "-v"))) this.skip();
    });

    it("accepts its configuration", async () => {
      const config = await nginxConfig(await freePort());
      const { stderr } = await execute("nginx", ["-t", ...nginxArgs(config)]);
      assert.match(stderr, /syntax is ok/);
    });

    it("brings both sides of a room to the same relay, through TLS", async () => {
      const ca = await readFile(files.cert, "utf8");
      await manyMeet(await startNginx(), { ...hostile, ca });
    });

    it("finishes on the others what was running on a relay that was killed", async () => {
      const ca = await readFile(files.cert, "utf8");
      const url = await startNginx();
      await survive(url, ({ relay }) => relay.child.kill("SIGKILL"), { ca });
    });
  });

  describe("Caddy", () => {
    before(async function () {
      if (!(await isInstalled("caddy", "version"))) this.skip();
    });

    it("gives one relay TLS", async () => {
      const [port, httpPort] = [await freePort(), await freePort()];
      const data = `${folder.path}/data`;
      const args = ["run", "--adapter", "caddyfile", "--config", `${TEST_ROOT}deploy/Caddyfile`];
      proxy = await startProxy("caddy", args, port, {
        XDG_DATA_HOME: data,
        XDG_CONFIG_HOME: `${folder.path}/config`,
        RELAY_SITE: "https://127.0.0.1",
        RELAY_TLS: "tls internal",
        RELAY_BIND: "127.0.0.1",
        RELAY_HTTP_PORT: String(httpPort),
        RELAY_HTTPS_PORT: String(port),
        RELAY_UPSTREAM: nodes[0]?.host ?? "",
      });
      const ca = await readFile(`${data}/caddy/pki/authorities/local/root.crt`, "utf8");
      const url = `wss://127.0.0.1:${port}`;
      const [sender, receiver] = await meet(url, "k7qm3", { ...hostile, ca });
      sender?.send(1);
      assert.deepEqual(await receiver?.next(), { kind: "frame", frame: Buffer.of(1) });
      const transfer = startTransfer(url, resumeRoom(1), FRAMES, { ca });
      transfer.release();
      assert.deepEqual(await transfer.received, allOf(FRAMES));
      await program.killAll();
      const log = (await nodes[0]?.relay.exit)?.stderr ?? "";
      assert.ok(log.includes('"address":"127.0.0.0/24"') && !log.includes("203.0.113"));
    });
  });
});
