// A transfer and the bare pipe of the same size, in turns through one relay, and what their
// ratios say of us whatever the machine is and does beside.
import { createHash, randomBytes } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { median, medians } from "./figures.mjs";
import { Bench } from "./programs.mjs";
import { barePipe, transfer } from "./transfer.mjs";

export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;

/**
 * Random bytes in a file, and their SHA-256.
 * @param {string} path
 * @param {number} bytes
 */
export async function randomFile(path, bytes) {
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
export async function race(bench, bytes, rounds, others, source, sha256) {
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
  return {
    pipe: medians(pipes),
    ours: medians(ours),
    others: medians(times),
    rounds: { pipes, ours },
  };
}

/**
 * CPU seconds of all three processes for a GiB.
 * @param {{ senderCpu: number, receiverCpu: number, relayCpu: number }} costs
 * @param {number} bytes
 */
export const cpuPerGib = ({ senderCpu, receiverCpu, relayCpu }, bytes) =>
  ((senderCpu + receiverCpu + relayCpu) * GIB) / bytes;

/**
 * How our costs and our throughput compare with the bare pipe's: medians over rounds.
 * @param {{ bytes: number, rounds: number }} size
 */
export function ratios({ bytes, rounds }) {
  return Bench.run("/dev/shm", async (bench) => {
    const source = bench.path("large.bin");
    const sha256 = await randomFile(source, bytes);
    const { rounds: all } = await race(bench, bytes, rounds, [], source, sha256);
    const each = all.ours.flatMap((ours, i) => {
      const pipe = all.pipes[i];
      if (pipe === undefined) return [];
      const cpu = cpuPerGib(ours, bytes) / cpuPerGib(pipe, bytes);
      return [{ cpu, throughput: pipe.streaming / ours.streaming }];
    });
    return {
      cpu: median(each.map(({ cpu }) => cpu)),
      throughput: median(each.map(({ throughput }) => throughput)),
    };
  });
}
