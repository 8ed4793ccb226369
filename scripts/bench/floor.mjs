// What a transfer costs at least in Node: read, SHA-256, AES-256-GCM, TCP, a pipe in the middle,
// and the reverse. Three processes as ours, and nothing else of ours.
import { fileURLToPath } from "node:url";

const END = fileURLToPath(new URL("floorEnd.mjs", import.meta.url));
const RECORD = 256 * 1024;

/**
 * Copies `source`, whose size is a multiple of a record's. Seconds as in a transfer's figures.
 * @param {import("./programs.mjs").Bench} bench
 * @param {string} source
 * @param {number} bytes
 * @param {string} out a file
 * @param {string} sha256
 */
export async function floor(bench, source, bytes, out, sha256) {
  const records = String(bytes / RECORD);
  const end = (/** @type {string[]} */ ...args) => bench.start([process.execPath, END, ...args]);
  const relay = end("relay");
  const { event } = await relay.hears("listening");
  const port = String(event["port"]);
  const sink = end("sink", out, records, port);
  await relay.hears("waits");
  const sender = end("source", source, records, port);
  const done = await sink.hears("done");
  if (done.event["sha256"] !== sha256) throw new Error("what arrived is not what was sent");
  const costs = await Promise.all([sender.done(), relay.done(), sink.done()]);
  const [senderCpu, relayCpu, receiverCpu] = costs.map(({ cpuSeconds }) => cpuSeconds);
  return {
    whole: (sink.endedAt - sender.startedAt) / 1000,
    senderCpu: senderCpu ?? 0,
    relayCpu: relayCpu ?? 0,
    receiverCpu: receiverCpu ?? 0,
  };
}
