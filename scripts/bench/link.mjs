// A long fat link: 1 Gbit/s by the kernel's token bucket between two network namespaces of our
// own, and 50 ms each way by a proxy at its far end, where the relay and the receiver are.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sparseFile } from "./memory.mjs";
import { Bench } from "./programs.mjs";

const SELF = fileURLToPath(import.meta.url);
const PROXY = fileURLToPath(new URL("proxyProcess.mjs", import.meta.url));
const RATE = 1e9 / 8;
const DELAY_MS = 50;
const BYTES = 2 * 1024 ** 3;
const MIB = 1024 * 1024;
const NEAR = "10.99.0.1";
const FAR = "10.99.0.2";

/** @param {string[]} command */
function must([program = "", ...args]) {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
}

/**
 * Joins this process's namespace to another by a shaped link.
 * @param {number} far a process in the other one
 * @param {string[]} there runs a command in the other one
 */
function shape(far, there) {
  must(["ip", "link", "add", "near", "type", "veth", "peer", "name", "far", "netns", String(far)]);
  const shaping = ["root", "tbf", "rate", "1gbit", "burst", "1mb", "latency", "50ms"];
  for (const [run, device, address] of /** @type {const} */ ([
    [[], "near", NEAR],
    [there, "far", FAR],
  ])) {
    must([...run, "ip", "address", "add", `${address}/24`, "dev", device]);
    must([...run, "ip", "link", "set", device, "up"]);
    must([...run, "ip", "link", "set", "lo", "up"]);
    must([...run, "tc", "qdisc", "add", "dev", device, ...shaping]);
  }
}

/**
 * Bytes a second over the last `ms` before each moment at which progress was told.
 * @param {import("./programs.mjs").Heard[]} heard
 * @param {number} ms
 */
function ratesOf(heard, ms) {
  const told = heard.filter(({ event }) => event.event === "progress");
  return told.flatMap(({ at, event }) => {
    const before = told.findLast((earlier) => earlier.at <= at - ms);
    if (before === undefined) return [];
    return [{ at, rate: ((event["bytes"] - before.event["bytes"]) / (at - before.at)) * 1000 }];
  });
}

/** To be run in a network namespace of its own: prints the figures. */
async function measure() {
  await Bench.run("/dev/shm", async (bench) => {
    const far = bench.start(["unshare", "--net", "sh", "-c", 'echo \'{"event":"up"}\'; read _']);
    await far.hears("up");
    const there = ["nsenter", `--target=${far.child.pid}`, "--net"];
    shape(far.child.pid ?? 0, there);
    const relay = await bench.relay("127.0.0.1", there);
    const proxy = bench.start([
      ...there,
      process.execPath,
      PROXY,
      relay.url,
      String(DELAY_MS),
      FAR,
    ]);
    const { event } = await proxy.hears("listening");
    const source = bench.path("sparse");
    await sparseFile(source, BYTES);
    const sender = bench.cli(["send", source, "--relay", event["url"], "--yes"]);
    const code = await sender.hears("code");
    const args = ["receive", code.event["code"], "--out", bench.path("out"), "--yes"];
    const receiver = bench.cli([...args, "--relay", relay.url], there);
    const [sent, received] = await Promise.all([sender.done(), receiver.done()]);
    const begun = await receiver.hears("progress");
    const rates = ratesOf(receiver.heard, 500);
    const full = rates.find(({ rate }) => rate >= 0.9 * RATE);
    const half = rates.slice(rates.length / 2).map(({ rate }) => rate);
    const steady = half.reduce((sum, rate) => sum + rate, 0) / half.length;
    console.log(
      JSON.stringify({
        steady,
        secondsToFull: full === undefined ? -1 : (full.at - begun.at) / 1000,
        senderPeak: sent.peakBytes,
        receiverPeak: received.peakBytes,
      }),
    );
  });
}

/** @param {import("./bench.mjs").Report} report */
export async function link({ tell, note }) {
  const able = spawnSync("unshare", ["--net", "tc", "qdisc", "show"]).status === 0;
  if (!able) return note("no network namespaces here (needs root, iproute2 and util-linux)");
  await Bench.run("/dev/shm", async (bench) => {
    const { child, ended } = bench.start(["unshare", "--net", process.execPath, SELF]);
    const [line] = await once(createInterface(child.stdout), "line");
    await ended;
    const { steady, secondsToFull, senderPeak, receiverPeak } = JSON.parse(line);
    const share = steady / RATE;
    tell({ what: "1 Gbit/s and 100 ms: steady rate", value: steady / MIB, unit: "MiB/s" });
    tell({
      what: "share of the link",
      value: share,
      unit: "",
      goal: "at least 0.9",
      ok: share >= 0.9,
    });
    const ok = secondsToFull >= 0 && secondsToFull <= 5;
    tell({
      what: "from the first byte to 90 % of the link",
      value: secondsToFull,
      unit: "s",
      goal: "within seconds",
      ok,
    });
    for (const [who, bytes] of Object.entries({ sender: senderPeak, receiver: receiverPeak }))
      tell({
        what: `peak memory, ${who}`,
        value: bytes / MIB,
        unit: "MiB",
        goal: "under 200",
        ok: bytes < 200 * MIB,
      });
  });
}

if (process.argv[1] === SELF) {
  process.once("SIGTERM", () => process.exit(1));
  await measure();
}
