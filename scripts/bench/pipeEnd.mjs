// One end of the bare pipe: frames of a record's size through the relay by `ws`, with nothing
// of ours around them. node pipeEnd.mjs sender|receiver URL BYTES [zero-mask]
import { performance } from "node:perf_hooks";
import { WebSocket } from "ws";

const FRAME = 256 * 1024 + 26;
const HIGH_WATER = 1024 * 1024;
const [role, url, total, mask] = process.argv.slice(2);
const bytes = Number(total);
const ws = new WebSocket(`${url}?role=${role}`, ["secureshare.v1"], {
  perMessageDeflate: false,
  // As our own sockets do on loopback; else as ws does it by itself.
  ...(mask === "zero-mask" && { generateMask: (/** @type {Buffer} */ bytes) => bytes.fill(0) }),
});
const say = (/** @type {object} */ event) => console.log(JSON.stringify(event));

function send() {
  const payload = Buffer.alloc(FRAME, 7);
  let sent = 0;
  const more = () => {
    while (sent < bytes && ws.bufferedAmount < HIGH_WATER) {
      sent += FRAME;
      ws.send(payload, more);
    }
  };
  more();
}

let [got, started] = [0, 0];
ws.on("message", (/** @type {Buffer} */ data, binary) => {
  if (!binary) {
    const word = JSON.parse(data.toString());
    if (word.type === "hello") say({ event: "waits" });
    if (word.state === "joined" && role === "sender") send();
    if (word.state === "left") ws.close();
    return;
  }
  if (got === 0) started = performance.now();
  got += data.length;
  if (got < bytes) return;
  say({ event: "done", seconds: (performance.now() - started) / 1000 });
  ws.close();
});
