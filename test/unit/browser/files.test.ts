import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { BATCHES_MAX, batchesTo } from "../../../src/browser/files/batches";
import { Room } from "../../../src/browser/files/room";
import { pickedSource } from "../../../src/browser/files/source";
import { memorySpool } from "../../../src/browser/system";

const MIB = 1024 * 1024;

/** What a picked folder gives, as far as it is used; it keeps what it was written. */
function writable(failAt = Infinity) {
  const pieces: Uint8Array[] = [];
  let closed = false;
  const stream = {
    write: async (bytes: Uint8Array) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (pieces.length === failAt) throw new DOMException("full", "QuotaExceededError");
      pieces.push(bytes.slice());
    },
    close: async () => {
      closed = true;
    },
    abort: async () => {},
  };
  return {
    stream: stream as unknown as FileSystemWritableFileStream,
    pieces,
    isClosed: () => closed,
  };
}

describe("batches to a picked folder", () => {
  for (const size of [0, 1, 300_000, 4 * MIB, 9 * MIB + 7])
    it(`hold what came, in order and in large pieces: ${size} bytes`, async () => {
      const content = randomBytes(size);
      const { stream, pieces, isClosed } = writable();
      const batches = batchesTo(stream, size, new Room(BATCHES_MAX));
      const buffer = new Uint8Array(262_144);
      for (let at = 0; at < size; at += buffer.length) {
        const part = content.subarray(at, at + buffer.length);
        buffer.set(part);
        await batches.write(buffer.subarray(0, part.length));
        buffer.fill(0);
      }
      await batches.close();
      assert.ok(Buffer.concat(pieces).equals(content));
      assert.equal(pieces.length, Math.ceil(size / (4 * MIB)));
      assert.ok(isClosed());
    });

  it("end with the failure of any piece, and put nothing in the file's place", async () => {
    const { stream, isClosed } = writable(1);
    const batches = batchesTo(stream, 16 * MIB, new Room(BATCHES_MAX));
    const writeAll = async () => {
      for (let n = 0; n < 16; n++) await batches.write(new Uint8Array(MIB));
      await batches.close();
    };
    await assert.rejects(writeAll(), { name: "QuotaExceededError" });
    assert.equal(isClosed(), false);
  });
});

describe("files that a page's user has picked", () => {
  const never = new AbortController().signal;
  const content = randomBytes(3 * MIB + 5);

  async function readFrom(from: number, room: number, Kind = File): Promise<Buffer> {
    const file = new Kind([content], "a.bin", { lastModified: 5 });
    const source = await pickedSource([{ kind: "file", path: "a.bin", file }], memorySpool());
    const item = await source.manifest.get(0);
    assert.deepEqual([item.size, item.mtime], [content.length, 5]);
    const reader = await source.open(0, item, from, never);
    const parts: Buffer[] = [];
    const into = new Uint8Array(room);
    for (let length = -1; length !== 0; ) {
      length = await reader.read(into);
      parts.push(Buffer.from(into.subarray(0, length)));
    }
    await reader.verify();
    await reader.close();
    return Buffer.concat(parts);
  }

  for (const from of [0, 1, 2 * MIB, content.length])
    it(`are read from byte ${from} on, in pieces of any length`, async () => {
      for (const room of [100_000, 262_103, 4 * MIB])
        assert.ok((await readFrom(from, room)).equals(content.subarray(from)));
    });

  /** Whose first `silent` streams never answer, as a browser's sometimes do not. */
  function fileThatIsSilent(silent: number): File {
    const file = new File([content], "a.bin");
    const slice = (from?: number, to?: number): Blob => {
      const part = Blob.prototype.slice.call(file, from, to);
      if (to !== undefined || silent-- <= 0) return part;
      return Object.assign(part, { stream: () => new ReadableStream({ type: "bytes" }) });
    };
    return Object.assign(file, { slice });
  }

  it("are asked for anew when the browser does not answer", async () => {
    const picked = [{ kind: "file", path: "a.bin", file: fileThatIsSilent(1) }] as const;
    const source = await pickedSource(picked, memorySpool());
    const reader = await source.open(0, await source.manifest.get(0), 7, never);
    const into = new Uint8Array(1000);
    const length = await reader.read(into);
    assert.ok(length > 0);
    assert.deepEqual(into.subarray(0, length), Uint8Array.from(content.subarray(7, 7 + length)));
    await reader.close();
  });

  it("need no answer for a transfer to be cancelled", async () => {
    const picked = [{ kind: "file", path: "a.bin", file: fileThatIsSilent(Infinity) }] as const;
    const source = await pickedSource(picked, memorySpool());
    const life = new AbortController();
    const reader = await source.open(0, await source.manifest.get(0), 0, life.signal);
    const reading = reader.read(new Uint8Array(10));
    life.abort(new Error("cancelled"));
    await assert.rejects(reading, /cancelled/);
    await reader.close();
  });

  it("can be looked at again where the browser gave a handle, and are read as they were taken", async () => {
    let file: File | undefined = new File(["as it was"], "a.txt", { lastModified: 5 });
    const getFile = async () => {
      if (file === undefined) throw new DOMException("gone", "NotFoundError");
      return file;
    };
    const handle = { getFile } as unknown as FileSystemFileHandle;
    const picked = [
      { kind: "file", path: "a.txt", file, handle },
      { kind: "file", path: "b.txt", file },
    ] as const;
    const source = await pickedSource(picked, memorySpool());
    const [a, b] = [await source.manifest.get(0), await source.manifest.get(1)];
    const text = async () => {
      const reader = await source.open(0, a, 0, never);
      const into = new Uint8Array(100);
      const length = await reader.read(into);
      await reader.close();
      return new TextDecoder().decode(into.subarray(0, length));
    };
    file = new File(["as it is"], "a.txt", { lastModified: 6 });
    const found = await source.changes?.look(0, a);
    assert.deepEqual(found, { size: 8, mtime: 6, identity: "8 6" });
    assert.equal(await text(), "as it was", "nobody has agreed");
    source.changes?.take(0, "9 5");
    assert.equal(await text(), "as it was", "that is another form of it");
    source.changes?.take(0, "8 6");
    assert.equal(await text(), "as it is");
    assert.equal(await source.changes?.look(1, b), undefined);
    file = undefined;
    assert.equal(await source.changes?.look(0, a), undefined);
  });

  it("are read where a browser cannot read into memory of ours", async () => {
    assert.ok((await readFrom(7, 100_000, OldFile)).equals(content.subarray(7)));
  });
});

/** Streams that are no byte streams, as older browsers have them. */
class OldFile extends File {
  override slice(from?: number, to?: number): Blob {
    const blob = super.slice(from, to);
    const stream = () =>
      new ReadableStream({
        async start(controller) {
          controller.enqueue(new Uint8Array(await blob.arrayBuffer()));
          controller.close();
        },
      });
    return Object.defineProperty(blob, "stream", { value: stream });
  }
}
