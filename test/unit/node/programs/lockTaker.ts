import { createInterface } from "node:readline";
import { takeLock } from "../../../../src/node/state/lock";

/** Tries to take each lock that it is told of, says how that went, and keeps it. */
export async function run(): Promise<void> {
  for await (const path of createInterface(process.stdin))
    console.log((await takeLock(path)) === undefined ? "lost" : "won");
}
