import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { buildCli, CliBench } from "../../support/cli";
import { type CertificateFolder, certificateFolder } from "./certificates";
import {
  type Balancer,
  busiest,
  Node,
  nginxArgs,
  startCaddy,
  startHaproxy,
  startNginx,
  startNodes,
} from "./cluster";
import { JOINED, type JoinOptions, join, type Peer } from "./peer";
import { type RelayProgram, relayProgram } from "./program";
import {
  execute,
  type Folder,
  freePort,
  isInstalled,
  type ProxyProcess,
  temporaryFolder,
} from "./proxyProcess";
import { resumeRoom } from "./testServer";
import { CliTransfer, severalHalfWay } from "./transfers";

const FORGED = "203.0.113.77";
/** Clients that make their own addresses up, as they would like to. */
const hostile: JoinOptions = { headers: { "x-forwarded-for": FORGED } };

async function meet(url: string, room: string, options: JoinOptions): Promise<Peer[]> {
  const sender = await join(url, room, "sender", options);
  const receiver = await join(url, room, "receiver", options);
  assert.deepEqual([await sender.next(), await receiver.next()], [JOINED, JOINED]);
  return [sender, receiver];
}

/** A connection that is opened and ended again. */
async function knock(url: string, from: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), localAddress: from });
  await once(socket, "connect");
  socket.resetAndDestroy();
}

/** Both sides of many rooms meet, on all nodes, whatever the kind of room. */
async function manyMeet(url: string, nodes: readonly Node[], options: JoinOptions) {
  const rooms = Array.from({ length: 30 }, (_, n) => resumeRoom(n * 7_919));
  rooms.push("k7qm3", "aaaaa", "00000", "zzzzz");
  await Promise.all(rooms.map((room) => meet(url, room, options)));
  const counts = await Promise.all(nodes.map((node) => node.paired()));
  const sum = counts.reduce((total, count) => total + count, 0);
  assert.equal(sum, rooms.length);
  assert.ok(Math.min(...counts) > 0, counts.join());
}

describe("relay: several behind a balancer", function () {
  this.timeout(240_000);
  let program: RelayProgram;
  let folder: Folder;
  let files: CertificateFolder;
  let bench: CliBench;
  let proxy: ProxyProcess | undefined;
  let transfers: CliTransfer[];
  before(async () => {
    [program] = await Promise.all([relayProgram(), buildCli()]);
  });
  beforeEach(async () => {
    transfers = [];
    [folder, files, bench] = await Promise.all([
      temporaryFolder(),
      certificateFolder(),
      CliBench.open(),
    ]);
  });
  afterEach(async () => {
    await bench.close();
    await Promise.all(transfers.map((transfer) => transfer.close()));
    await proxy?.stop();
    proxy = undefined;
    await program.killAll();
    await Promise.all([folder.remove(), files.remove()]);
  });

  const through = ({ url, process }: Balancer): string => {
    proxy = process;
    return url;
  };
  const begin = async (name: string, url: string, env: Readonly<Record<string, string>> = {}) => {
    const transfer = await CliTransfer.begin(bench, name, { relays: [url], env });
    transfers.push(transfer);
    return transfer;
  };

  /**
   * Transfers on all nodes; in the middle, something is done to the busiest node.
   * @returns how many ran there, and how many of all were interrupted
   */
  const survive = async (
    url: string,
    nodes: readonly Node[],
    harm: (node: Node) => unknown,
    env: Readonly<Record<string, string>> = {},
  ) => {
    const running = await severalHalfWay((name) => begin(name, url, env));
    const victim = await busiest(nodes);
    const there = await victim.paired();
    await harm(victim);
    for (const transfer of running) await transfer.completes();
    const interrupted = running.filter(({ wasInterrupted }) => wasInterrupted).length;
    return { there, interrupted, victim };
  };

  describe("HAProxy", () => {
    before(async function () {
      if (!(await isInstalled("haproxy", "-v"))) this.skip();
    });

    it("brings both sides of a room to the same relay, and lets nobody forge an address", async () => {
      const nodes = await startNodes(program);
      await manyMeet(through(await startHaproxy(nodes, folder)), nodes, hostile);
      await program.killAll();
      for (const { relay } of nodes) {
        const { stderr } = await relay.exit;
        assert.ok(stderr.includes('"address":"127.0.0.0/24"'));
        assert.equal(stderr.includes("203.0.113"), false);
      }
    });

    it("a flood from one address ends at the balancer, and nobody else notices", async () => {
      const [flooder, other] = ["127.0.0.2", "127.0.0.3"];
      const url = through(await startHaproxy(await startNodes(program), folder));
      let knocks = 0;
      const isLetIn = () =>
        join(url, resumeRoom(knocks), "sender", { from: flooder }).then(
          () => true,
          (error: unknown) => {
            assert.match(String(error), /1006/);
            return false;
          },
        );
      // The balancer's minute slides: what began in the one before counts in part.
      while (knocks < 1_200 || (await isLetIn())) {
        assert.ok(knocks < 4_800, "the flood has no end");
        await Promise.all(Array.from({ length: 50 }, () => knock(url, flooder)));
        knocks += 50;
      }
      await meet(url, "k7qm3", { from: other });
    });

    it("a relay is killed: its transfers finish on the others, and no other is disturbed", async () => {
      const nodes = await startNodes(program);
      const url = through(await startHaproxy(nodes, folder));
      const { there, interrupted } = await survive(url, nodes, (node) => node.kill());
      assert.ok(there >= 2, "nobody was there");
      assert.equal(interrupted, there);
    });

    it("a relay drains: its transfers finish there, newcomers go elsewhere", async () => {
      const nodes = await startNodes(program, ["--drain-ms", "120000"]);
      const url = through(await startHaproxy(nodes, folder));
      const newcomers = ["newcomer1", "newcomer2"];
      const { there, interrupted, victim } = await survive(url, nodes, async (node) => {
        node.drain();
        await node.relay.logged("draining");
        await Promise.all(newcomers.map((name) => begin(name, url)));
      });
      assert.ok(there >= 2, "nobody was there");
      assert.equal(interrupted, 0);
      for (const transfer of transfers) await transfer.completes();
      const { code, stderr } = await victim.relay.exit;
      assert.equal(code, 0);
      assert.doesNotMatch(stderr.slice(stderr.indexOf('"draining"')), /"event":"(joined|paired)"/);
    });

    it("a relay drains for too short a time: its transfers finish on the others", async () => {
      const nodes = await startNodes(program, ["--drain-ms", "100"]);
      const url = through(await startHaproxy(nodes, folder));
      const { there, interrupted, victim } = await survive(url, nodes, (node) => node.drain());
      assert.equal(interrupted, there);
      assert.equal((await victim.relay.exit).code, 0);
    });

    it("a relay comes back: who waits for it elsewhere is met there", async () => {
      const nodes = await startNodes(program);
      const url = through(await startHaproxy(nodes, folder));
      const [gone] = nodes;
      await gone?.kill();
      const rooms = Array.from({ length: 16 }, (_, n) => `r00m${"0123456789abcdef"[n]}`);
      const senders = await Promise.all(rooms.map((room) => join(url, room, "sender")));
      const back = await gone?.again(program);
      // Slowly: who asks too often is refused by the relays.
      for (let n = 0; (await back?.paired()) === 0; n += 1, await delay(200))
        await meet(url, resumeRoom(n), {});
      const receivers = await Promise.all(rooms.map((room) => join(url, room, "receiver")));
      for (const peer of [...senders, ...receivers]) assert.deepEqual(await peer.next(), JOINED);
    });
  });

  describe("nginx", () => {
    before(async function () {
      if (!(await isInstalled("nginx", "-v"))) this.skip();
    });

    it("accepts its configuration", async () => {
      const nodes = await startNodes(program);
      const args = await nginxArgs(nodes, folder, files, await freePort());
      const { stderr } = await execute("nginx", ["-t", ...args]);
      assert.match(stderr, /syntax is ok/);
    });

    it("brings both sides of a room to the same relay, through TLS", async () => {
      const nodes = await startNodes(program);
      const ca = await readFile(files.cert, "utf8");
      await manyMeet(through(await startNginx(nodes, folder, files)), nodes, { ...hostile, ca });
    });

    it("a relay is killed: its transfers finish on the others, and no other is disturbed", async () => {
      const nodes = await startNodes(program);
      const url = through(await startNginx(nodes, folder, files));
      const env = { NODE_EXTRA_CA_CERTS: files.cert };
      const { there, interrupted } = await survive(url, nodes, (node) => node.kill(), env);
      assert.ok(there >= 2, "nobody was there");
      assert.equal(interrupted, there);
    });
  });

  describe("Caddy", () => {
    before(async function () {
      if (!(await isInstalled("caddy", "version"))) this.skip();
    });

    it("starts as it is shipped, on every address", async function () {
      // A network of its own: ports 80 and 443, and no address but loopback.
      const alone = ["--map-root-user", "--net", "--pid", "--fork", "--kill-child"];
      const possible = await execute("unshare", [...alone, "ip", "link", "set", "lo", "up"]).then(
        () => true,
        () => false,
      );
      if (!possible) this.skip();
      const start = `ip link set lo up && caddy start --adapter caddyfile --config ${TEST_ROOT}deploy/Caddyfile`;
      const { stderr } = await execute("unshare", [...alone, "sh", "-c", start], {
        env: {
          ...process.env,
          XDG_DATA_HOME: folder.path,
          XDG_CONFIG_HOME: folder.path,
          RELAY_SITE: "https://localhost",
          RELAY_TLS: "tls internal",
        },
      });
      assert.match(stderr, /enabling HTTP\/3 listener/);
    });

    it("gives one relay TLS", async () => {
      const node = await Node.start(program);
      const { authority, ...balancer } = await startCaddy(node, folder);
      const url = through(balancer);
      await meet(url, "k7qm3", { ...hostile, ca: await readFile(authority, "utf8") });
      await (await begin("transfer", url, { NODE_EXTRA_CA_CERTS: authority })).completes();
      await program.killAll();
      const log = (await node.relay.exit).stderr;
      assert.ok(log.includes('"address":"127.0.0.0/24"') && !log.includes("203.0.113"));
    });
  });
});
