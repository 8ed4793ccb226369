// A TCP proxy that delays both ways and can drop what it carries. Nothing is lost on the way
// and nothing is limited but by memory: what is delayed waits here.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/** What may wait in one direction: more than a window of 64 MiB. Bytes. */
const QUEUED_MAX = 96 * 1024 * 1024;

/**
 * @param {import("node:net").Socket} from
 * @param {import("node:net").Socket} to
 * @param {number} ms
 */
function carry(from, to, ms) {
  let queued = 0;
  from.on("data", (chunk) => {
    queued += chunk.length;
    if (queued > QUEUED_MAX) from.pause();
    const deliver = () => {
      to.write(chunk, () => {
        queued -= chunk.length;
        if (from.isPaused() && queued < QUEUED_MAX / 2) from.resume();
      });
    };
    if (ms === 0) deliver();
    else setTimeout(deliver, ms);
  });
  from.on("end", () => setTimeout(() => to.end(), ms));
  from.on("error", () => to.destroy());
  from.on("close", () => setTimeout(() => to.destroySoon(), ms));
}

export class DelayingProxy {
  /** @type {Set<import("node:net").Socket>} */
  #sockets = new Set();
  /** @type {import("node:net").Server} */
  #server;
  url = "";

  /**
   * @param {string} relay its URL
   * @param {number} ms in each direction
   */
  constructor(relay, ms) {
    const { hostname, port } = new URL(relay);
    this.#server = createServer((client) => {
      const server = connect(Number(port), hostname);
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.setNoDelay(true);
        socket.on("close", () => this.#sockets.delete(socket));
      }
      carry(client, server, ms);
      carry(server, client, ms);
    });
  }

  /**
   * @param {string} relay
   * @param {number} ms
   * @param {string} [host]
   */
  static async open(relay, ms, host = "127.0.0.1") {
    const proxy = new DelayingProxy(relay, ms);
    proxy.#server.listen(0, host);
    await once(proxy.#server, "listening");
    const address = proxy.#server.address();
    const port = typeof address === "object" ? address?.port : 0;
    proxy.url = `ws://${host}:${port}`;
    return proxy;
  }

  /** Cuts every connection. */
  drop() {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close() {
    this.drop();
    this.#server.close();
    await once(this.#server, "close");
  }
}
