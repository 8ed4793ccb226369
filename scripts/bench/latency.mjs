// Waiting: for the code, for the first byte of a huge file, for the rest after a drop.
import { mkdir } from "node:fs/promises";
import { medians } from "./figures.mjs";
import { sparseFile } from "./memory.mjs";
import { Bench } from "./programs.mjs";
import { DelayingProxy } from "./proxy.mjs";

const GIB = 1024 ** 3;
const HUGE = 100 * GIB;

/** @typedef {import("./programs.mjs").Program} Program */

/**
 * Milliseconds from the command to the code.
 * @param {Bench} bench
 * @param {string} relay
 * @param {string} source
 */
async function timeToCode(bench, relay, source) {
  const sender = bench.cli(["send", source, "--relay", relay, "--yes"]);
  const { at } = await sender.hears("code");
  await sender.kill();
  return at - sender.startedAt;
}

/**
 * Milliseconds that Node takes to start and end with nothing to do: the machine's share.
 * @param {Bench} bench
 */
async function timeOfNode(bench) {
  const node = bench.start([process.execPath, "-e", "0"]);
  await node.done();
  return node.endedAt - node.startedAt;
}

/**
 * A file system on which that much seems free, for one process: what it writes is in memory.
 * @param {string} folder
 */
const roomy = (folder) => [
  "unshare",
  "--mount",
  "sh",
  "-c",
  `mount -t tmpfs -o size=${2 * HUGE} none '${folder}' && exec "$0" "$@"`,
];

/**
 * Milliseconds from the acceptance to the first byte of content, then both are ended.
 * @param {Bench} bench
 * @param {string} relay
 * @param {string} source
 */
async function timeToFirstByte(bench, relay, source) {
  const out = bench.path("huge");
  await mkdir(out, { recursive: true });
  const sender = bench.cli(["send", source, "--relay", relay, "--yes"]);
  const { event } = await sender.hears("code");
  const args = ["receive", event["code"], "--out", out, "--relay", relay];
  const receiver = bench.cli(args, roomy(out));
  await receiver.hears("verify");
  receiver.say({ answer: "verify", confirm: true });
  await receiver.hears("offer");
  const accepted = performance.now();
  receiver.say({ answer: "offer", accept: true });
  const { at } = await receiver.hears("progress", ({ bytes }) => bytes > 0);
  await Promise.all([receiver.kill(), sender.kill()]);
  return at - accepted;
}

/**
 * Milliseconds from a drop of the receiver's connection until content moves again.
 * @param {Bench} bench
 * @param {string} relay
 * @param {string} source
 */
async function timeToResume(bench, relay, source) {
  const proxy = await DelayingProxy.open(relay, 0);
  try {
    const out = bench.path("huge");
    await mkdir(out, { recursive: true });
    const sender = bench.cli(["send", source, "--relay", relay, "--yes"]);
    const { event } = await sender.hears("code");
    const args = ["receive", event["code"], "--out", out, "--relay", proxy.url, "--yes"];
    const receiver = bench.cli(args, roomy(out));
    await receiver.hears("progress", ({ bytes }) => bytes > GIB / 4);
    const dropped = performance.now();
    const from = receiver.heard.length;
    proxy.drop();
    await receiver.hears("resumed", undefined, from);
    const behind = receiver.heard.findLastIndex(({ event }) => event.event === "resumed");
    const { at } = await receiver.hears("progress", undefined, behind);
    await Promise.all([receiver.kill(), sender.kill()]);
    return at - dropped;
  } finally {
    await proxy.close();
  }
}

/** @param {import("./bench.mjs").Report} report */
export function latency({ tell, note, rounds }) {
  return Bench.run("/dev/shm", async (bench) => {
    const { url } = await bench.relay();
    const source = bench.path("sparse");
    await sparseFile(source, HUGE);
    const probe = bench.start([...roomy(bench.path()), "true"]);
    await probe.ended;
    if (probe.exitCode !== 0) {
      note("no mount namespaces here (needs root and util-linux): nothing has room for 100 GiB");
      return;
    }
    /** @type {{ code: number, node: number, first: number, resumed: number }[]} */
    const samples = [];
    for (let round = 0; round < rounds; round++)
      samples.push({
        code: await timeToCode(bench, url, source),
        node: await timeOfNode(bench),
        first: await timeToFirstByte(bench, url, source),
        resumed: await timeToResume(bench, url, source),
      });
    const { code, node, first, resumed } = medians(samples);
    tell({
      what: "from the command to the code",
      value: code,
      unit: "ms",
      goal: "at most 150",
      ok: code <= 150,
    });
    tell({ what: "of these, Node with nothing to do", value: node, unit: "ms" });
    tell({
      what: "from acceptance to the first byte of 100 GiB",
      value: first,
      unit: "ms",
      goal: "at most 300",
      ok: first <= 300,
    });
    tell({ what: "from a drop to content that moves again", value: resumed, unit: "ms" });
  });
}
