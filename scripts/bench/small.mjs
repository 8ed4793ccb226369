// Ten thousand files of 4 KiB in a hundred folders.
import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { medians } from "./figures.mjs";
import { otherPrograms } from "./others.mjs";
import { Bench } from "./programs.mjs";
import { transfer } from "./transfer.mjs";

const FOLDERS = 100;
const FILES = 100;
const SIZE = 4096;

/** @param {string} root */
async function makeTree(root) {
  for (let folder = 0; folder < FOLDERS; folder++) {
    const path = `${root}/folder-${folder}`;
    await mkdir(path, { recursive: true });
    for (let file = 0; file < FILES; file++)
      await writeFile(`${path}/file-${file}.bin`, randomBytes(SIZE));
  }
}

/** @param {import("./bench.mjs").Report} report */
export function small({ tell, note, rounds }) {
  return Bench.run("/dev/shm", async (bench) => {
    const tree = bench.path("tree");
    await makeTree(tree);
    const others = await otherPrograms(bench, [tree], note);
    const relay = await bench.relay();
    /** @type {import("./transfer.mjs").Measured[]} */
    const ours = [];
    /** @type {Record<string, number>[]} */
    const times = [];
    for (let round = 0; round < rounds; round++) {
      const out = bench.path("out");
      let arrived = 0;
      ours.push(
        await transfer(bench, relay, [tree], out, (file) => {
          if (file["outcome"] === "written" && file["sha256"] !== null) arrived++;
        }),
      );
      if (arrived !== FOLDERS * FILES) throw new Error(`${arrived} files arrived`);
      await rm(out, { recursive: true });
      /** @type {Record<string, number>} */
      const lap = {};
      for (const { name, run } of others) {
        lap[name] = await run(out);
        await rm(out, { recursive: true, force: true });
      }
      times.push(lap);
    }
    const result = medians(ours);
    const what = `${FOLDERS * FILES} files of 4 KiB`;
    tell({
      what: `${what}, from acceptance to the end`,
      value: result.streaming,
      unit: "s",
      goal: "at most 2 s",
      ok: result.streaming <= 2,
    });
    tell({ what: `${what}, from the command to the end`, value: result.whole, unit: "s" });
    for (const [name, seconds] of Object.entries(medians(times)))
      tell({ what: `the same by ${name}`, value: seconds, unit: "s" });
    tell({ what: "CPU, sender", value: result.senderCpu, unit: "s" });
    tell({ what: "CPU, relay", value: result.relayCpu, unit: "s" });
    tell({ what: "CPU, receiver", value: result.receiverCpu, unit: "s" });
  });
}
