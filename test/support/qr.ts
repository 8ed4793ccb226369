import { decodeQR } from "qr/decode.js";
import type { QrShape } from "../../webview/ui/qr";

/** Draws the path into pixels, four for each module, as a camera would see it. */
function pixels({ size, path }: QrShape) {
  const scale = 4;
  const width = size * scale;
  const data = new Uint8Array(width * width * 3).fill(255);
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
      const from = (row * width + Number(x) * scale) * 3;
      data.fill(0, from, from + Number(run) * scale * 3);
    }
  }
  return { width, height: width, data };
}

/** What a QR code says. */
export function readQr(shape: QrShape): string {
  return decodeQR(pixels(shape));
}
