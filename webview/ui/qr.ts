/** QR codes (ISO/IEC 18004) as one SVG path. */
import { encode } from "uqr";

export interface QrShape {
  /** Width and height in modules, with the quiet zone of four that the standard asks for. */
  readonly size: number;
  /** `d` of a path that fills the dark modules, one module a unit. */
  readonly path: string;
}

/** @param text at most some 2 kB */
export function qrShape(text: string): QrShape {
  const { data, size } = encode(text, { ecc: "M", border: 4 });
  const path = data.map((row, y) => rowPath(row, y)).join("");
  return { size, path };
}

/** Runs of dark modules as rectangles one module high. */
function rowPath(row: readonly boolean[], y: number): string {
  let path = "";
  for (let x = 0; x < row.length; x++) {
    if (row[x] !== true) continue;
    const start = x;
    while (row[x + 1] === true) x++;
    const width = x + 1 - start;
    path += `M${start} ${y}h${width}v1h-${width}z`;
  }
  return path;
}
