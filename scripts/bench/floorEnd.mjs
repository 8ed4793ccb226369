// A part of the least that a transfer can be in Node: no protocol, no WebSocket, no journal.
// node floorEnd.mjs relay | sink FILE RECORDS PORT | source FILE RECORDS PORT
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { connect, createServer } from "node:net";

const RECORD = 256 * 1024;
const TAG = 16;
const SLICE = 32 * 1024;
/** Records under way between network and file. */
const BUFFERS = 8;
const KEY = Buffer.alloc(32, 1);
const ALGORITHM = "aes-256-gcm";

const [role, ...args] = process.argv.slice(2);
const say = (/** @type {object} */ event) => console.log(JSON.stringify(event));

/** @param {number} seq */
function nonce(seq) {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(seq, 8);
  return bytes;
}

/**
 * @param {import("node:crypto").Cipher | import("node:crypto").Decipher} cipher
 * @param {Uint8Array} from
 * @param {Uint8Array} to
 */
function transform(cipher, from, to) {
  for (let at = 0; at < from.length; at += SLICE)
    to.set(cipher.update(from.subarray(at, at + SLICE)), at);
}

/** Reads records from the network right into their memory, opens, hashes and writes them. */
async function sink(/** @type {string} */ path, /** @type {number} */ records) {
  const file = await open(path, "wx");
  const hash = createHash("sha256");
  const free = Array.from({ length: BUFFERS }, () => new Uint8Array(RECORD));
  const frame = new Uint8Array(RECORD + TAG);
  let [have, seq, written] = [0, 0, 0];
  /** @type {Promise<unknown>} */
  let chain = Promise.resolve();

  const socket = connect({
    host: "127.0.0.1",
    port: Number(args[2]),
    onread: {
      buffer: () => frame.subarray(have),
      callback(length) {
        have += length;
        if (have < frame.length) return true;
        have = 0;
        const buffer = free.pop();
        if (buffer === undefined) throw new Error("no buffer is free");
        const decipher = createDecipheriv(ALGORITHM, KEY, nonce(seq), { authTagLength: TAG });
        decipher.setAuthTag(frame.subarray(RECORD));
        transform(decipher, frame.subarray(0, RECORD), buffer);
        decipher.final();
        hash.update(buffer);
        const at = seq++ * RECORD;
        chain = chain.then(async () => {
          await file.write(buffer, 0, RECORD, at);
          free.push(buffer);
          socket.resume();
          if (++written < records) return;
          await file.sync();
          await file.close();
          socket.destroy();
          say({ event: "done", sha256: hash.digest("hex") });
        });
        if (free.length === 0) socket.pause();
        return true;
      },
    },
  });
}

/** Passes on what comes from the one to the other: the sink is the first that connects. */
async function relay() {
  /** @type {import("node:net").Socket | undefined} */
  let first;
  const server = createServer((socket) => {
    if (first !== undefined) {
      server.close();
      socket.pipe(first);
    } else {
      first = socket;
      say({ event: "waits" });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  say({ event: "listening", port: typeof address === "object" ? address?.port : 0 });
}

/** Reads the next record while the last one is hashed, sealed and sent. */
async function source(/** @type {string} */ path, /** @type {number} */ records) {
  const file = await open(path);
  const hash = createHash("sha256");
  const socket = connect(Number(args[2]), "127.0.0.1");
  const buffers = [new Uint8Array(RECORD), new Uint8Array(RECORD)];
  /** @type {Uint8Array[]} */
  const frames = [];
  const read = (/** @type {number} */ seq) => {
    const buffer = buffers[seq % 2] ?? new Uint8Array(RECORD);
    return file.read(buffer, 0, RECORD, seq * RECORD);
  };
  let next = read(0);
  for (let seq = 0; seq < records; seq++) {
    const { buffer } = await next;
    if (seq + 1 < records) next = read(seq + 1);
    hash.update(buffer);
    const frame = frames.pop() ?? new Uint8Array(RECORD + TAG);
    const cipher = createCipheriv(ALGORITHM, KEY, nonce(seq), { authTagLength: TAG });
    transform(cipher, buffer, frame);
    cipher.final();
    frame.set(cipher.getAuthTag(), RECORD);
    if (!socket.write(frame, () => frames.push(frame)) && socket.writableLength > 4 * RECORD)
      await once(socket, "drain");
  }
  await file.close();
  socket.end();
  say({ event: "sent", sha256: hash.digest("hex") });
}

const [path = "", count = "0"] = args;
if (role === "sink") await sink(path, Number(count));
else if (role === "source") await source(path, Number(count));
else await relay();
