// One large incompressible file in memory, against the bare pipe and other programs.
import { medians } from "./figures.mjs";
import { floor } from "./floor.mjs";
import { otherPrograms } from "./others.mjs";
import { Bench } from "./programs.mjs";
import { cpuPerGib, GIB, MIB, race, randomFile } from "./race.mjs";
import { barePipe } from "./transfer.mjs";

const UNMASKED = "bare pipe with masks of zeros";
const FLOOR = "bare Node: read, hash, seal, TCP, open, hash, write";

/** @param {import("./bench.mjs").Report} report */
export function large({ tell, note, rounds }) {
  const bytes = GIB;
  return Bench.run("/dev/shm", async (bench) => {
    const source = bench.path("large.bin");
    const sha256 = await randomFile(source, bytes);
    const others = await otherPrograms(bench, [source], note);
    const zeroMask = await bench.relay();
    others.push({
      name: UNMASKED,
      run: async () => (await barePipe(bench, zeroMask, bytes, "zero-mask")).streaming,
    });
    /** @type {Awaited<ReturnType<typeof floor>>[]} */
    const floors = [];
    others.push({
      name: FLOOR,
      run: async (out) => {
        const least = await floor(bench, source, bytes, out, sha256);
        floors.push(least);
        return least.whole;
      },
    });
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
    const { [UNMASKED]: unmasked = 0, ...programs } = measured.others;
    for (const [name, seconds] of Object.entries(programs))
      tell({ what: `the same by ${name}`, value: seconds, unit: "s" });
    tell({ what: "from acceptance to the end", value: rate(ours.streaming), unit: "MiB/s" });
    tell({
      what: "bare ws pipe through the same relay",
      value: rate(pipe.streaming),
      unit: "MiB/s",
    });
    tell({ what: "the same with masks of zeros, as ours", value: rate(unmasked), unit: "MiB/s" });
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
    for (const [who, late] of Object.entries({
      sender: ours.senderLate,
      receiver: ours.receiverLate,
    })) {
      const what = `event loop late by, 99th percentile, ${who}`;
      tell({ what, value: late, unit: "ms", goal: "under 20", ok: late < 20 });
    }
    const least = cpuPerGib(medians(floors), bytes);
    tell({ what: `CPU of ${FLOOR}, all three`, value: least, unit: "s/GiB" });
    tell({ what: "CPU of the bare pipe, all three", value: cpuPerGib(pipe, bytes), unit: "s/GiB" });
    tell({ what: "CPU of the bare pipe, relay", value: pipe.relayCpu, unit: "s/GiB" });
  });
}
