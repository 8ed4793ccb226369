/** Three relays behind a balancer that runs with its shipped configuration. */
import type { CertificateFolder } from "./certificates";
import type { RelayProcess, RelayProgram } from "./program";
import { type Folder, freePort, type ProxyProcess, shipped, startProxy } from "./proxyProcess";

const NAMES = ["relay1", "relay2", "relay3"] as const;

export class Node {
  private constructor(
    readonly relay: RelayProcess,
    /** `127.0.0.1:PORT` */
    readonly host: string,
    /** The same for its operator's port. */
    readonly admin: string,
  ) {}

  /** `port` 0 is any free one. */
  static async start(
    program: RelayProgram,
    args: readonly string[] = [],
    { port, adminPort } = { port: 0, adminPort: 0 },
  ): Promise<Node> {
    const ports = ["--port", String(port), "--admin-port", String(adminPort)];
    const trusted = ["--trusted-proxies", "127.0.0.1", "--log-addresses", "truncated"];
    const { relay, url } = await program.start([...ports, ...trusted, ...args]);
    const admin = new URL(String((await relay.logged("admin"))["url"])).host;
    return new Node(relay, new URL(url).host, admin);
  }

  /** Another process in the place of this one, which is gone. */
  again(program: RelayProgram): Promise<Node> {
    const portOf = (host: string) => Number(host.split(":")[1]);
    return Node.start(program, [], { port: portOf(this.host), adminPort: portOf(this.admin) });
  }

  /** Rooms in which both sides are. */
  async paired(): Promise<number> {
    const text = await (await fetch(`http://${this.admin}/metrics`)).text();
    return Number(/^secureshare_relay_rooms_paired (\d+)$/m.exec(text)?.[1]);
  }

  /** As a power cut ends it. */
  async kill(): Promise<void> {
    this.relay.child.kill("SIGKILL");
    await this.relay.exit;
  }

  drain(): void {
    this.relay.child.kill("SIGTERM");
  }
}

export function startNodes(program: RelayProgram, args: readonly string[] = []): Promise<Node[]> {
  return Promise.all(NAMES.map(() => Node.start(program, args)));
}

/** The one with most sessions: what happens to it concerns somebody. */
export async function busiest(nodes: readonly Node[]): Promise<Node> {
  const counted = await Promise.all(
    nodes.map(async (node) => [await node.paired(), node] as const),
  );
  const [first] = counted.sort(([a], [b]) => b - a);
  if (first === undefined) throw new Error("no nodes");
  return first[1];
}

export interface Balancer {
  readonly url: string;
  readonly process: ProxyProcess;
}

/** HAProxy, but plain and on a port of ours. */
export async function startHaproxy(nodes: readonly Node[], folder: Folder): Promise<Balancer> {
  const port = await freePort();
  const addresses = NAMES.map((name, i) => {
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
  const process = await startProxy("haproxy", ["-db", "-f", config], port);
  return { url: `ws://127.0.0.1:${port}`, process };
}

/** nginx's arguments for its configuration on a port of ours, TLS and all. */
export async function nginxArgs(
  nodes: readonly Node[],
  folder: Folder,
  files: CertificateFolder,
  port: number,
): Promise<string[]> {
  const text = await shipped("nginx.conf", {
    "listen 443 ssl": `listen 127.0.0.1:${port} ssl`,
    "/etc/nginx/relay-cert.pem": files.cert,
    "/etc/nginx/relay-key.pem": files.key,
    ...Object.fromEntries(NAMES.map((name, i) => [`${name}.internal:4711`, nodes[i]?.host ?? ""])),
  });
  return ["-c", await folder.write("nginx.conf", text), "-p", folder.path];
}

export async function startNginx(
  nodes: readonly Node[],
  folder: Folder,
  files: CertificateFolder,
): Promise<Balancer> {
  const port = await freePort();
  const args = await nginxArgs(nodes, folder, files, port);
  const foreground = ["-g", `daemon off; pid ${folder.path}/nginx.pid;`];
  const process = await startProxy("nginx", [...args, ...foreground], port);
  return { url: `wss://127.0.0.1:${port}`, process };
}

/** Caddy before one relay, with a certificate of its own authority: the PEM file of that. */
export async function startCaddy(
  node: Node,
  folder: Folder,
): Promise<Balancer & { readonly authority: string }> {
  const [port, httpPort] = [await freePort(), await freePort()];
  const data = `${folder.path}/data`;
  const args = ["run", "--adapter", "caddyfile", "--config", `${TEST_ROOT}deploy/Caddyfile`];
  const env = {
    XDG_DATA_HOME: data,
    XDG_CONFIG_HOME: `${folder.path}/config`,
    RELAY_SITE: "https://127.0.0.1",
    RELAY_TLS: "tls internal",
    RELAY_BIND: "bind 127.0.0.1",
    RELAY_HTTP_PORT: String(httpPort),
    RELAY_HTTPS_PORT: String(port),
    RELAY_UPSTREAM: node.host,
  };
  const process = await startProxy("caddy", args, port, { env, ready: /certificate obtained/ });
  const authority = `${data}/caddy/pki/authorities/local/root.crt`;
  return { url: `wss://127.0.0.1:${port}`, process, authority };
}
