import type { Source } from "../../../src/core/ports";
import { never } from "./support";

/** An item's bytes, one character each, checked as the sender checks them. */
export async function readAll(source: Source, index: number, from = 0): Promise<string> {
  const reader = await source.open(index, await source.manifest.get(index), from, never);
  try {
    const into = Buffer.alloc(7);
    let all = "";
    for (let more = await reader.read(into); more > 0; more = await reader.read(into))
      all += into.toString("latin1", 0, more);
    await reader.verify();
    return all;
  } finally {
    await reader.close();
  }
}
