// One transfer, and the bare pipe of the same size: what they took and what they cost.
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { costOf } from "./relayLoad.mjs";

const PIPE_END = fileURLToPath(new URL("pipeEnd.mjs", import.meta.url));

/** @typedef {import("./programs.mjs").Bench} Bench */
/** @typedef {Awaited<ReturnType<Bench["relay"]>>} Relay */

/**
 * Times in seconds: `whole` from the sender's command until both have ended, `streaming` from
 * the acceptance until everything is verified. CPU in seconds, peaks in bytes.
 * @typedef {{ whole: number, streaming: number, code: number, senderCpu: number,
 *   receiverCpu: number, relayCpu: number, senderPeak: number, receiverPeak: number,
 *   relayPeak: number, senderLate: number, receiverLate: number }} Measured
 * `late`: 99th percentile of how late the event loop was while content moved. Milliseconds.
 */

/**
 * Sends `paths` to the folder `out`, both sides confirming by themselves. The receiver's
 * program starts when the sender has shown its code.
 * @param {Bench} bench
 * @param {Relay} relay
 * @param {string[]} paths
 * @param {string} out
 * @param {(file: import("./programs.mjs").Event) => void} [onFile] for each file that arrived
 * @param {string[]} [options] of both sides
 * @returns {Promise<Measured>}
 */
export async function transfer(bench, relay, paths, out, onFile = () => {}, options = []) {
  const before = await costOf(relay.pid);
  const both = ["--relay", relay.url, "--yes", ...options];
  const sender = bench.cli(["send", ...paths, ...both]);
  const code = await sender.hears("code");
  const receiver = bench.cli(["receive", code.event["code"], "--out", out, ...both]);
  for (const side of [sender, receiver])
    side.hears("progress").then(
      () => side.watchLoop(),
      // Nothing moved: its end says why.
      () => {},
    );
  const [sent, received] = await Promise.all([sender.done(), receiver.done()]);
  const after = await costOf(relay.pid);
  for (const { event } of receiver.heard) if (event.event === "file") onFile(event);
  const finished = await sender.hears("done");
  return {
    whole: (Math.max(sender.endedAt, receiver.endedAt) - sender.startedAt) / 1000,
    streaming: finished.event["seconds"],
    code: (code.at - sender.startedAt) / 1000,
    senderCpu: sent.cpuSeconds,
    receiverCpu: received.cpuSeconds,
    relayCpu: after.cpuSeconds - before.cpuSeconds,
    senderPeak: sent.peakBytes,
    receiverPeak: received.peakBytes,
    relayPeak: after.most,
    senderLate: sent.lateP99,
    receiverLate: received.lateP99,
  };
}

/**
 * The same amount in frames of a record's size, from one process to the other by `ws`.
 * @param {Bench} bench
 * @param {Relay} relay
 * @param {number} bytes
 * @param {"random-mask" | "zero-mask"} mask as ws comes, or as our own sockets on loopback
 */
export async function barePipe(bench, relay, bytes, mask = "random-mask") {
  const before = await costOf(relay.pid);
  const url = `${relay.url}/v1/rooms/${randomBytes(16).toString("hex")}`;
  const end = (/** @type {string} */ role) =>
    bench.start([process.execPath, PIPE_END, role, url, String(bytes), mask]);
  const sender = end("sender");
  await sender.hears("waits");
  const receiver = end("receiver");
  const { event } = await receiver.hears("done");
  const [received, sent] = await Promise.all([receiver.done(), sender.done()]);
  const after = await costOf(relay.pid);
  /** @type {number} */
  const streaming = event["seconds"];
  return {
    whole: (receiver.endedAt - sender.startedAt) / 1000,
    streaming,
    senderCpu: sent.cpuSeconds,
    receiverCpu: received.cpuSeconds,
    relayCpu: after.cpuSeconds - before.cpuSeconds,
  };
}
