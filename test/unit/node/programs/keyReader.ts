import { createInterface } from "node:readline";
import { wrappingKeyFile } from "../../../../src/node/state/wrappingKey";

/** Says the wrapping key of each state folder that it is told of. */
export async function run(): Promise<void> {
  for await (const folder of createInterface(process.stdin))
    console.log(Buffer.from(await wrappingKeyFile(folder)).toString("hex"));
}
