import { SecureShareError } from "../../core/errors";
import { Manifest } from "../../core/files/manifest";
import type { Source, Spool } from "../../core/ports";
import { TEXT_MAX } from "../../core/wire/limits";

/** A text message as the only item. @throws E_NOTHING_TO_SEND, E_OFFER_TOO_LARGE */
export async function textSource(text: string, spool: Spool, now: number): Promise<Source> {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length === 0) throw new SecureShareError("E_NOTHING_TO_SEND", {});
  if (bytes.length > TEXT_MAX) throw new SecureShareError("E_OFFER_TOO_LARGE", { items: 1 });
  const manifest = new Manifest(spool);
  const item = {
    path: "",
    kind: "text",
    size: bytes.length,
    mtime: now,
    executable: false,
  } as const;
  await manifest.append(item);
  await manifest.seal();
  return { manifest, open: async (_index, _item, from) => textReader(bytes, from) };
}

function textReader(bytes: Uint8Array, from: number) {
  let position = from;
  return {
    read: async (into: Uint8Array) => {
      const piece = bytes.subarray(position, position + into.length);
      into.set(piece);
      position += piece.length;
      return piece.length;
    },
    verify: async () => {},
    close: async () => {},
  };
}
