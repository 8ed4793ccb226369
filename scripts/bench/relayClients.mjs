// A process full of relay clients for the load harness: does what it is told over IPC, one
// order after the other, and answers with figures.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { constants, setPriority } from "node:os";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";

/**
 * @typedef {{ url: string, pid: number, from: string, count: number, concurrency: number,
 *   frame: number, bytes: number, ms: number }} Order
 * @typedef {{ sender: WebSocket, receiver: WebSocket }} Pair
 * @typedef {{ ms: number, own: number }} Pairing milliseconds in all, and without those in
 *   which the relay or its client waited for a core that the machine gave to somebody else
 */

const OPTIONS = {
  perMessageDeflate: false,
  maxPayload: 1 << 20,
  // What is measured is the relay, so the mask is zeros and costs nothing.
  generateMask: () => undefined,
};

/** @type {WebSocket[]} */
const waiting = [];
/** @type {Pair[]} */
const pairs = [];

let pairings = 0;

/** A loopback address for each pair, as if many people came. */
function addressOf(/** @type {number} */ n) {
  return `127.1.${(n >> 7) & 127}.${(n & 127) + 1}`;
}

const newRoom = () => randomBytes(16).toString("hex");

/**
 * Joins and settles with the socket once the relay has said this.
 * @param {Order} order
 * @param {string} room
 * @param {"sender" | "receiver"} role
 * @param {"hello" | "joined"} until
 * @returns {Promise<WebSocket>}
 */
function join({ url, from }, room, role, until) {
  return new Promise((resolve, reject) => {
    const options = { ...OPTIONS, localAddress: from };
    const ws = new WebSocket(`${url}/v1/rooms/${room}?role=${role}`, ["secureshare.v1"], options);
    const onMessage = (/** @type {Buffer} */ data, /** @type {boolean} */ isBinary) => {
      if (isBinary) return;
      const { type, state, code } = JSON.parse(data.toString());
      if (type === "error") reject(new Error(`refused with ${code}`));
      if (type !== until && state !== until) return;
      ws.off("message", onMessage);
      resolve(ws);
    };
    ws.on("message", onMessage);
    ws.on("error", reject);
  });
}

/**
 * @param {WebSocket} ws
 * @returns {Promise<void>}
 */
function heardJoined(ws) {
  return new Promise((resolve) => {
    const onMessage = (/** @type {Buffer} */ data, /** @type {boolean} */ isBinary) => {
      if (isBinary || JSON.parse(data.toString()).state !== "joined") return;
      ws.off("message", onMessage);
      resolve();
    };
    ws.on("message", onMessage);
  });
}

/**
 * Milliseconds that the relay's main thread and this one were ready to run and had no core,
 * since their start (run-queue time, the second figure of /proc/PID/schedstat, in ns).
 * @param {number} relay
 */
function withoutCore(relay) {
  const waited = ["self", relay].map((pid) => {
    const figures = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
    return Number(figures[1]) / 1e6;
  });
  return waited.reduce((sum, ms) => sum + ms, 0);
}

/**
 * From the receiver's first packet until both sides know of each other.
 * @param {Order} order
 */
async function pair({ from, ...others }) {
  const room = newRoom();
  pairings += 1;
  const order = { ...others, from: from === "many" ? addressOf(pairings) : from };
  const sender = await join(order, room, "sender", "hello");
  const told = heardJoined(sender);
  const [started, idle] = [performance.now(), withoutCore(order.pid)];
  const receiver = await join(order, room, "receiver", "joined");
  await told;
  const ms = performance.now() - started;
  const own = Math.max(ms - (withoutCore(order.pid) - idle), 0);
  return { ms, own, sender, receiver };
}

/**
 * Runs `act` so many times, some at once.
 * @param {Order} order
 * @param {() => Promise<void>} act
 */
async function repeat({ count, concurrency }, act) {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await act();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/**
 * Sends so many bytes and settles when the receiver has them all.
 * @param {Pair} session
 * @param {Order} order
 * @returns {Promise<void>}
 */
function transfer({ sender, receiver }, { bytes, frame }) {
  return new Promise((resolve) => {
    let [sent, got] = [0, 0];
    const payload = Buffer.alloc(frame, 7);
    receiver.on("message", (/** @type {Buffer} */ data) => {
      got += data.length;
      if (got >= bytes) resolve();
    });
    const send = () => {
      while (sent < bytes && sender.bufferedAmount < 1 << 20) {
        sent += frame;
        sender.send(payload, send);
      }
    };
    send();
  });
}

/** @type {Record<string, (order: Order) => Promise<unknown>>} */
const orders = {
  async wait(order) {
    await repeat(order, async () => {
      waiting.push(await join(order, newRoom(), "sender", "hello"));
    });
  },
  /** Pairs, and keeps them. */
  async pair(order) {
    /** @type {Pairing[]} */
    const times = [];
    await repeat(order, async () => {
      const { ms, own, ...session } = await pair(order);
      times.push({ ms, own });
      pairs.push(session);
    });
    return times;
  },
  /** Pairs, leaves again, and rests for `ms`, so that this process is not what is measured. */
  async pairAndLeave(order) {
    /** @type {Pairing[]} */
    const times = [];
    await repeat(order, async () => {
      const { ms, own, sender, receiver } = await pair(order);
      times.push({ ms, own });
      sender.terminate();
      receiver.terminate();
      await delay(order.ms);
    });
    return times;
  },
  /** Bytes through the first pairs, all at once. */
  async transfer(order) {
    await Promise.all(pairs.slice(0, order.count).map((session) => transfer(session, order)));
  },
  /** Small frames through all pairs, both ways, for so long. */
  async chatter(order) {
    let frames = 0;
    const payload = Buffer.alloc(order.frame);
    for (const { sender, receiver } of pairs) receiver.on("message", () => sender.send(payload));
    const end = performance.now() + order.ms;
    for (let n = 0; performance.now() < end; n += 1) {
      for (let i = n % 20; i < pairs.length; i += 20) {
        pairs[i]?.receiver.send(payload);
        frames += 1;
      }
      await delay(50);
    }
    return frames;
  },
  /** Readers that stop, and senders that send whatever is taken. */
  async stall(order) {
    let taken = 0;
    for (const { sender, receiver } of pairs.slice(0, order.count)) {
      receiver.pause();
      const send = () => {
        taken += order.frame;
        if (sender.bufferedAmount < 1 << 20) sender.send(Buffer.alloc(order.frame), send);
      };
      send();
    }
    await delay(order.ms);
    return taken;
  },
  /**
   * Connections that ask for a room as fast as they are answered, whatever the answer, for so
   * long, and at least `count` of them.
   */
  async flood({ url, from, concurrency, ms, count }) {
    // Whoever floods has machines of his own and takes no time from the relay's.
    setPriority(constants.priority.PRIORITY_LOW);
    const { hostname, port } = new URL(url);
    const end = performance.now() + ms;
    let attempts = 0;
    const once = () =>
      new Promise((resolve) => {
        const socket = connect({ host: hostname, port: Number(port), localAddress: from });
        const path = `/v1/rooms/${newRoom()}?role=receiver`;
        const upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13";
        const key = "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==";
        const protocol = "sec-websocket-protocol: secureshare.v1";
        socket.write(
          `GET ${path} HTTP/1.1\r\nhost: relay\r\n${upgrade}\r\n${key}\r\n${protocol}\r\n\r\n`,
        );
        socket.on("data", () => socket.resetAndDestroy());
        socket.on("error", () => undefined);
        socket.on("close", resolve);
      });
    const worker = async () => {
      for (; performance.now() < end || attempts < count; attempts += 1) await once();
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    return attempts;
  },
  async leave() {
    for (const ws of waiting.splice(0)) ws.terminate();
    for (const { sender, receiver } of pairs.splice(0)) {
      sender.terminate();
      receiver.terminate();
    }
  },
};

process.on("message", async (/** @type {{ do: string } & Order} */ order) => {
  try {
    const act = orders[order.do];
    process.send?.({ result: await act?.(order) });
  } catch (error) {
    process.send?.({ error: String(error) });
  }
});
