import { createHash } from "node:crypto";
import type { Random } from "../../../src/core/ports";

/** Bytes that look random and are the same everywhere: SHA-512 of a label and a counter. */
export function fixed(label: string, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 64) }, (_, i) =>
    createHash("sha512").update(`secureshare vectors ${label} ${i}`).digest(),
  );
  return Uint8Array.from(Buffer.concat(blocks).subarray(0, length));
}

/** Gives these values, in the order in which a side asks for them. */
export function scripted(...values: readonly Uint8Array[]): Random {
  const left = [...values];
  return {
    bytes(length) {
      const next = left.shift();
      if (next?.length !== length) throw new Error(`asked for ${length} bytes out of turn`);
      return next.slice();
    },
  };
}
