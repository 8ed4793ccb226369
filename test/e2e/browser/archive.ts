/** Reads a ZIP archive whose entries are stored as they are (APPNOTE.TXT, section 4.3). */

const END = 0x06054b50;
const ENTRY = 0x02014b50;

/** Content by path; `null` for folders. */
export function readStoredZip(zip: Buffer): ReadonlyMap<string, Buffer | null> {
  const end = zip.length - 22;
  if (zip.readUInt32LE(end) !== END) throw new Error("no end of central directory");
  const entries = new Map<string, Buffer | null>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== ENTRY) throw new Error("no entry");
    const [nameLength, extraLength] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30)];
    const path = zip.toString("utf8", at + 46, at + 46 + nameLength);
    entries.set(path, path.endsWith("/") ? null : contentOf(zip, at));
    at += 46 + nameLength + extraLength;
  }
  return entries;
}

function contentOf(zip: Buffer, entry: number): Buffer {
  if (zip.readUInt16LE(entry + 10) !== 0) throw new Error("compressed");
  const local = zip.readUInt32LE(entry + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  return zip.subarray(start, start + zip.readUInt32LE(entry + 20));
}
