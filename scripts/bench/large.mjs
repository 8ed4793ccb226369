// One large incompressible file in memory, against the bare pipe and other programs.
import { createHash, randomBytes } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { medians } from "./figures.mjs";
import { otherPrograms } from "./others.mjs";
import { Bench } from "./programs.mjs";
import { barePipe, transfer } from "./transfer.mjs";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/**
 * Random bytes in a file, and their SHA-256.
 * @param {string} path
 * @param {number} bytes
 */
async function randomFile(path, bytes) {
  const hash = createHash("sha256");
  const file = await open(path, "wx");
  try {
    for (let at = 0; at < bytes; at += 16 * MIB) {
      const block = randomBytes(Math.min(16 * MIB, bytes - at));
      hash.update(block);
      await file.write(block);
    }
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}

/**
 * Rounds of the pipe and a transfer, one after the other, through one relay.
 * @param {Bench} bench
 * @param {number} bytes
 * @param {number} rounds
 * @param {{ name: string, run: (out: string) => Promise<number> }[]} others
 * @param {string} source
 * @param {string} sha256
 */
async function race(bench, bytes, rounds, others, source, sha256) {
  const relay = await bench.relay();
  /** @type {Awaited<ReturnType<typeof barePipe>>[]} */
  const pipes = [];
  /** @type {import("./transfer.mjs").Measured[]} */
  const ours = [];
  /** @type {Record<string, number>[]} */
  const times = [];
  for (let round = 0; round < rounds; round++) {
    pipes.push(await barePipe(bench, relay, bytes));
    const out = bench.path("out");
    ours.push(
      await transfer(bench, relay, [source], out, (file) => {
        if (file["sha256"] !== sha256) throw new Error("what arrived is not what was sent");
      }),
    );
    await rm(out, { recursive: true });
    /** @type {Record<string, number>} */
    const lap = {};
    for (const { name, run } of others) {
      lap[name] = await run(out);
      await rm(out, { recursive: true, force: true });
    }
    times.push(lap);
  }
  return { pipe: medians(pipes), ours: medians(ours), others: medians(times) };
}

/**
 * CPU seconds of all three processes for a GiB.
 * @param {{ senderCpu: number, receiverCpu: number, relayCpu: number }} costs
 * @param {number} bytes
 */
const cpuPerGib = ({ senderCpu, receiverCpu, relayCpu }, bytes) =>
  ((senderCpu + receiverCpu + relayCpu) * GIB) / bytes;

/** @param {import("./bench.mjs").Report} report */
export function large({ tell, note, rounds }) {
  const bytes = GIB;
  return Bench.run("/dev/shm", async (bench) => {
    const source = bench.path("large.bin");
    const sha256 = await randomFile(source, bytes);
    const others = await otherPrograms(bench, [source], note);
    const measured = await race(bench, bytes, rounds, others, source, sha256);
    const { ours, pipe } = measured;
    const rate = (/** @type {number} */ seconds) => bytes / MIB / seconds;
    const scp = measured.others["scp"];
    const whole = { what: "1 GiB, from the command to the verified file", value: ours.whole };
    tell({
      ...whole,
      unit: "s",
      ...(scp !== undefined && { goal: "no longer than scp", ok: ours.whole <= scp }),
    });
    for (const [name, seconds] of Object.entries(measured.others))
      tell({ what: `the same by ${name}`, value: seconds, unit: "s" });
    tell({ what: "from acceptance to the end", value: rate(ours.streaming), unit: "MiB/s" });
    tell({
      what: "bare ws pipe through the same relay",
      value: rate(pipe.streaming),
      unit: "MiB/s",
    });
    const share = pipe.streaming / ours.streaming;
    tell({
      what: "share of the bare pipe",
      value: share,
      unit: "",
      goal: "at least 0.8",
      ok: share >= 0.8,
    });
    const cpu = cpuPerGib(ours, bytes);
    tell({ what: "CPU, all three", value: cpu, unit: "s/GiB", goal: "at most 5", ok: cpu <= 5 });
    tell({ what: "CPU, sender", value: ours.senderCpu, unit: "s/GiB" });
    tell({ what: "CPU, relay", value: ours.relayCpu, unit: "s/GiB" });
    tell({ what: "CPU, receiver", value: ours.receiverCpu, unit: "s/GiB" });
    tell({ what: "CPU of the bare pipe, all three", value: cpuPerGib(pipe, bytes), unit: "s/GiB" });
    tell({ what: "CPU of the bare pipe, relay", value: pipe.relayCpu, unit: "s/GiB" });
  });
}
