// The largest resident memory of each process, by the size of a sparse file, on disk.
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { Bench } from "./programs.mjs";
import { transfer } from "./transfer.mjs";

const MIB = 1024 * 1024;
const LIMIT = 200 * MIB;

/**
 * @param {string} path
 * @param {number} bytes
 */
export async function sparseFile(path, bytes) {
  const file = await open(path, "wx");
  await file.truncate(bytes);
  await file.close();
}

/** @param {import("./bench.mjs").Report} report */
export function memory({ tell }) {
  return Bench.run(tmpdir(), async (bench) => {
    for (const mebibytes of [64, 1024, 16 * 1024]) {
      const source = bench.path(`sparse-${mebibytes}`);
      await sparseFile(source, mebibytes * MIB);
      const relay = await bench.relay();
      const out = bench.path("out");
      const peaks = await transfer(bench, relay, [source], out);
      await relay.program.kill();
      await rm(out, { recursive: true });
      for (const [who, bytes] of [
        ["sender", peaks.senderPeak],
        ["relay", peaks.relayPeak],
        ["receiver", peaks.receiverPeak],
      ]) {
        const what = `peak memory for ${mebibytes} MiB, ${who}`;
        const value = Number(bytes) / MIB;
        tell({ what, value, unit: "MiB", goal: "under 200", ok: Number(bytes) < LIMIT });
      }
    }
  });
}
