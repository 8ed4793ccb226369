/** A forward proxy of the tests' own: tunnels, asks who one is, refuses, looks inside. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { TLSSocket, connect as tlsConnect } from "node:tls";

export interface ProxyOptions {
  /** Lets in only who says this: `NAME:PASSWORD`. */
  readonly login?: string;
  /** Answers every CONNECT with this status in place of a tunnel. */
  readonly refuses?: number;
  /** Opens TLS inside its tunnels with this certificate, and passes on what it reads. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Where a name leads, as in a network whose names only the proxy knows: name to port. */
  readonly names?: Readonly<Record<string, number>>;
}

export interface ProxyServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The same with a login in it. */
  readonly urlFor: (login: string) => string;
  /** `HOST:PORT` of each tunnel that was opened. */
  readonly tunnels: readonly string[];
  /** What came without CONNECT: the method and the address. */
  readonly requests: readonly string[];
  /** Behaves like this from now on. */
  become(options: ProxyOptions): void;
  close(): Promise<void>;
}

export async function startProxyServer(first: ProxyOptions = {}): Promise<ProxyServer> {
  let options = first;
  const tunnels: string[] = [];
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const hold = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const note = (request: IncomingMessage) => requests.push(`${request.method} ${request.url}`);
  const server = createServer((request, response) => {
    note(request);
    response.writeHead(405).end();
  });
  server.on("connection", hold);
  server.on("upgrade", (request: IncomingMessage, socket: Socket) => {
    note(request);
    socket.end("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n");
  });
  server.on("connect", (request: IncomingMessage, client: Socket) => {
    const refusal = refusalOf(request, options);
    if (refusal !== undefined) return void client.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
    const target = request.url ?? "";
    tunnels.push(target);
    const upstream = open(target, options);
    hold(upstream);
    upstream.once("connect", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      const { certificate } = options;
      const inside = certificate === undefined ? client : lookInside(client, certificate);
      if (inside !== client) hold(inside);
      upstream.pipe(inside).pipe(upstream);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    urlFor: (login) => `http://${login}@127.0.0.1:${port}`,
    tunnels,
    requests,
    become: (next) => {
      options = next;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function refusalOf({ headers }: IncomingMessage, { login, refuses }: ProxyOptions) {
  if (refuses !== undefined) return `${refuses} No\r\nContent-Length: 0`;
  if (login === undefined) return undefined;
  const expected = `Basic ${Buffer.from(login).toString("base64")}`;
  if (headers["proxy-authorization"] === expected) return undefined;
  return '407 Who are you\r\nProxy-Authenticate: Basic realm="test"\r\nContent-Length: 0';
}

/** To the port that the name stands for; with TLS where the proxy reads along. */
function open(target: string, { names = {}, certificate }: ProxyOptions): Socket {
  const { hostname, port } = new URL(`http://${target}`);
  const known = names[hostname];
  const to = { host: known === undefined ? hostname : "127.0.0.1", port: known ?? Number(port) };
  return certificate === undefined
    ? connect(to)
    : tlsConnect({ ...to, rejectUnauthorized: false, servername: "" });
}

/** The plain side of a TLS connection that the client believes to have with the relay. */
function lookInside(client: Socket, certificate: { cert: string; key: string }): Socket {
  return new TLSSocket(client, { isServer: true, ...certificate });
}
