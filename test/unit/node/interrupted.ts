import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { OfferItem } from "../../../src/core/files/manifest";
import type { PartialItem } from "../../../src/core/ports";
import { Diary } from "./diary";
import { file, folder, inFolder } from "./support";

export const BIG = 200_000;
export const big = file("sub/big", BIG);

/** An item's content, or a part of it. */
export function bytes(item: OfferItem, from = 0, to = item.size): Uint8Array {
  return Uint8Array.from({ length: to - from }, (_, i) => (from + i) % 251);
}

/** The partial file's content, read as the core does. */
export async function contentOf(partial: PartialItem): Promise<Uint8Array> {
  const into = new Uint8Array(partial.length);
  for (let at = 0; at < into.length; ) at += await partial.read(at, into.subarray(at, at + 10_000));
  return into;
}

/** A target with a run that was suspended while `big` had 150,000 bytes. */
export async function interrupted(
  task: (place: { root: string; target: string; diary: Diary; partial: string }) => Promise<void>,
): Promise<void> {
  await inFolder(async (root) => {
    const target = join(root, "t");
    mkdirSync(target);
    mkdirSync(join(root, "outside"));
    const items = [file("small", 5), big, folder("made", 1_400_000_000_000)];
    const diary = new Diary(target, items);
    const sink = await diary.begin();
    const writer = await sink.open(1, big);
    await writer.write(bytes(big, 0, 150_000));
    await sink.suspend();
    const staging = readdirSync(target).find((name) => name.startsWith(".")) ?? "";
    const [partial = ""] = readdirSync(join(target, staging));
    await task({ root, target, diary, partial: join(target, staging, partial) });
    assert.deepEqual(readdirSync(join(root, "outside")), []);
  });
}
