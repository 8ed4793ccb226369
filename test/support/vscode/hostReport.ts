/** What a run of tests inside an extension host leaves for the run that started it. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";

/** The report's name; it lies beside the tests' runner. */
export const REPORT = "report.json";

const hostReport = v.variant("outcome", [
  v.object({ outcome: v.picklist(["passed", "skipped"]), path: v.array(v.string()) }),
  v.object({ outcome: v.literal("failed"), path: v.array(v.string()), error: v.string() }),
]);

/** One test: the titles of its groups and its own, and how it went. */
export type HostReport = v.InferOutput<typeof hostReport>;

/** @param runner absolute path of the module whose `run` was called */
export async function readReports(runner: string): Promise<HostReport[]> {
  const text = await readFile(join(dirname(runner), REPORT), "utf8");
  return v.parse(v.array(hostReport), JSON.parse(text));
}
