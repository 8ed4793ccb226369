import { ItemSet } from "../../../src/core/files/itemSet";
import { Manifest } from "../../../src/core/files/manifest";
import type { Offer } from "../../../src/core/session/events";
import { memorySpool } from "../../support/memory/files";

/** An offer of a file of one byte at each of `paths`; an empty path is a text. */
export async function offerOf(...paths: string[]): Promise<Offer> {
  const manifest = new Manifest(memorySpool());
  for (const path of paths)
    await manifest.append({
      path,
      kind: path === "" ? "text" : "file",
      size: 1,
      mtime: 0,
      executable: false,
    });
  await manifest.seal();
  const none = new ItemSet(paths.length);
  const found = { refused: new Map(), dangerous: none, conflicts: none, freeBytes: undefined };
  return { manifest, inspect: () => Promise.resolve(found) };
}
