// What the guard among the tests judges, to be recorded in recorded.json when it changes with
// good reason.
import { ratios } from "./race.mjs";

/** @param {import("./bench.mjs").Report} report */
export async function guard({ tell, rounds }) {
  const { cpu, throughput } = await ratios({ bytes: 128 * 1024 * 1024, rounds });
  tell({ what: "CPU of 128 MiB, against the bare pipe's", value: cpu, unit: "" });
  tell({ what: "throughput, against the bare pipe's", value: throughput, unit: "" });
}
