import { explainReason } from "../../l10n";
import { format } from "../../l10n/message";
import { visible } from "../core/files/names";
import type { HumanOutput } from "./humanReporter";
import type { InspectedOffer } from "./offer";

/** As many as a person reads; the rest is counted. */
const SHOWN = 50;

/** The offer as a numbered list with what to know about each item, and its sums. */
export async function printOffer(
  looked: InspectedOffer,
  { texts, language, formats }: Pick<HumanOutput, "texts" | "language" | "formats">,
  print: (line: string) => void,
): Promise<void> {
  const { offer, inspection, folder } = looked;
  const { length, totalBytes } = offer.manifest;
  const shown = Math.min(length, SHOWN);
  const width = String(shown).length;
  print(format(language, texts.offer, { count: length, bytes: formats.bytes(totalBytes) }));
  for (let index = 0; index < shown; index++) {
    const item = await offer.manifest.get(index);
    const name = item.kind === "text" ? texts.textItem : visible(item.path);
    const size = item.kind === "folder" ? texts.folderItem : formats.bytes(item.size);
    const marks = marksOf(looked, index, { texts, language }).join("; ");
    const number = String(index + 1).padStart(width);
    print(`  ${number}  ${name}  (${size})${marks === "" ? "" : `  ${marks}`}`);
  }
  if (length > shown) print(format(language, texts.offerMore, { count: length - shown }));
  print(format(language, texts.into, { folder: visible(folder) }));
  const { freeBytes } = inspection;
  if (freeBytes !== undefined)
    print(format(language, texts.free, { free: formats.bytes(freeBytes) }));
}

function marksOf(
  { inspection }: InspectedOffer,
  index: number,
  { texts, language }: Pick<HumanOutput, "texts" | "language">,
): string[] {
  const refused = inspection.refused.get(index);
  const marks: string[] = [];
  if (refused !== undefined)
    marks.push(format(language, texts.refused, { reason: explainReason(language, refused) }));
  if (inspection.dangerous.has(index)) marks.push(explainReason(language, "dangerous"));
  if (inspection.conflicts.has(index)) marks.push(texts.exists);
  return marks;
}
