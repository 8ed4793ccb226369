import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { DirectSocket } from "../../../src/node/directSocket";

/** A connection to a server of the test's own, and the server's end of it. */
async function connected() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const direct = new DirectSocket();
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const socket = direct.connect(new URL(`ws://127.0.0.1:${port}`), { path: "/not/a/pipe" });
  const [peer] = await accepted;
  server.close();
  const end = () => {
    socket.destroy();
    peer.destroy();
  };
  return { direct, socket, peer, end };
}

/** Takes a record of `length` bytes as soon as it has seen its mark, "<". */
class Records {
  space: Uint8Array | undefined;
  #have = 0;
  #memory: Uint8Array;
  readonly between: string[] = [];
  /** Bytes that were read straight to where they belong. */
  direct = 0;
  done: ((record: string) => void) | undefined;

  constructor(length: number) {
    this.#memory = new Uint8Array(length);
  }

  push(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString("latin1");
    const mark = text.indexOf("<");
    this.between.push(mark < 0 ? text : text.slice(0, mark));
    if (mark < 0) return;
    const some = bytes.subarray(mark + 1);
    this.#memory.set(some);
    this.#grow(some.length);
  }

  filled(length: number): void {
    this.direct += length;
    this.#grow(length);
  }

  #grow(length: number): void {
    this.#have += length;
    const whole = this.#have === this.#memory.length;
    this.space = whole ? undefined : this.#memory.subarray(this.#have);
    if (whole) this.done?.(Buffer.from(this.#memory).toString("latin1"));
  }
}

describe("a socket that reads to where bytes belong", () => {
  it("is a stream until somebody takes over, and keeps what it has given", async () => {
    const { socket, peer, end } = await connected();
    try {
      const chunks: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      for (const word of ["one", "two"]) {
        peer.write(word);
        await once(socket, "data");
      }
      assert.equal(Buffer.concat(chunks).toString(), "onetwo");
    } finally {
      end();
    }
  });

  it("reads a record into its memory, and what is between into its own", async () => {
    const { direct, socket, peer, end } = await connected();
    try {
      const records = new Records(300_000);
      const read = new Promise<string>((resolve) => {
        records.done = resolve;
      });
      direct.take(records);
      socket.resume();
      const record = "r".repeat(300_000);
      peer.write(`before<${record}`);
      assert.equal(await read, record);
      assert.equal(records.between.join(""), "before");
      assert.ok(records.direct > 300_000 - 16_384, `${records.direct} bytes`);
    } finally {
      end();
    }
  });

  it("gives what waits in the stream before what comes after it", async () => {
    const { direct, socket, peer, end } = await connected();
    try {
      socket.pause();
      const heard: string[] = [];
      const all = new Promise<void>((resolve) => {
        const records = new Records(1);
        const push = (bytes: Uint8Array) => {
          heard.push(Buffer.from(bytes).toString());
          if (heard.join("").length === 8) resolve();
        };
        records.push = push;
        socket.on("data", push);
        socket.unshift(Buffer.from("head"));
        direct.take(records);
      });
      peer.write("tail");
      socket.resume();
      await all;
      assert.equal(heard.join(""), "headtail");
    } finally {
      end();
    }
  });

  it("reads nothing while it is paused", async () => {
    const { direct, socket, peer, end } = await connected();
    try {
      const records = new Records(8 * 1024 * 1024);
      direct.take(records);
      socket.resume();
      socket.pause();
      const sent = new Promise<void>((resolve) => peer.write("<", () => resolve()));
      await sent;
      const more = new Promise<string>((resolve) => {
        records.done = resolve;
      });
      peer.write("x".repeat(8 * 1024 * 1024));
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(records.direct, 0);
      assert.ok(peer.writableLength > 0, "the kernel cannot hold it all");
      socket.resume();
      assert.equal((await more).length, 8 * 1024 * 1024);
    } finally {
      end();
    }
  });
});
