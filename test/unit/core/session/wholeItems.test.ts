import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Kind } from "../../../../src/core/session/plaintext";
import { drawCode } from "../../../../src/core/wire/code";
import { dataBody, endBody, HostilePeer } from "../../../support/hostile/peer";
import { settle } from "../../../support/memory/clock";
import { memorySource, TogetherSink } from "../../../support/memory/files";
import { Bench, random } from "../../../support/memory/session";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/** Frames of one record, as they stand in its plaintext. */
function run(...frames: readonly [Kind, Buffer][]): Buffer {
  return Buffer.concat(
    frames.map(([kind, body]) => {
      const head = Buffer.alloc(4);
      head.writeUInt32BE((kind << 24) | body.length);
      return Buffer.concat([head, body]);
    }),
  );
}

const pair = (item: number, content: Buffer, said = content): [Kind, Buffer][] => [
  [Kind.data, dataBody(item, 0n, content)],
  [Kind.itemEnd, endBody(item, BigInt(content.length), sha256(said))],
];

/** What a receiver of four files of one byte, `a` to `d`, makes of one record. */
async function receiving(record: Buffer) {
  const bench = new Bench();
  const sink = new TogetherSink();
  const code = drawCode((n) => random.bytes(n));
  const meeting = HostilePeer.sender(bench, code);
  await settle();
  const receiver = bench.receive(code, { sink });
  const ended = receiver.outcome.catch((error: unknown) => error);
  const sender = await meeting;
  await sender.control({ t: "hello", policy: "compare", automated: false });
  const items = ["a", "b", "c", "d"].map((path) => [path, 0, 1, 0, 0]);
  await sender.control({ t: "offer", items });
  await sender.control({ t: "offer-end", items: 4, bytes: 4 });
  await sender.until("accept");
  await sender.raw(record);
  await bench.clock.advance(15_000);
  return { sink, receiver, ended: await Promise.race([ended, settle()]) };
}

const [A, B, C, D] = ["A", "B", "C", "D"].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

const TWO = Buffer.from("AA");

describe("files that lie whole in a record", () => {
  it("are published together, also beside large, empty and split ones", async () => {
    const bench = new Bench();
    const sink = new TogetherSink();
    const small = Array.from({ length: 300 }, (_, i) => [`f${i}`, randomBytes(i % 3 ? 4096 : 0)]);
    const tree = {
      folder: "folder" as const,
      "folder/large": randomBytes(700_000),
      ...Object.fromEntries(small),
    };
    const sender = bench.send(await memorySource(tree));
    const receiver = bench.receive(await sender.code, { sink });
    await Promise.all([sender.outcome, receiver.outcome]);
    assert.deepEqual(new Map(Object.entries(tree)), sink.published);
    const told = receiver.events.flatMap((event) => (event.kind === "item" ? [event] : []));
    assert.deepEqual(
      told.map(({ item }) => item.path),
      Object.keys(tree),
    );
    for (const { item, sha256: digest } of told)
      if (item.kind === "file")
        assert.equal(digest, sha256(tree[item.path as "folder/large"]).toString("hex"));
    // A few are split between two records.
    assert.ok(sink.together.reduce((sum, count) => sum + count, 0) > 290);
    assert.ok(sink.together.every((count) => count <= 32));
    assert.ok(sink.together.length < 30, `${sink.together.length} times`);
  });

  it("are judged each by its own digest", async () => {
    const record = run(...pair(0, A), ...pair(1, B, A), ...pair(2, C), ...pair(3, D));
    const { sink, receiver } = await receiving(record);
    assert.deepEqual([...sink.published.keys()], ["a", "c", "d"]);
    const failed = receiver.events.flatMap((event) =>
      event.kind === "item" && event.outcome === "failed" ? [[event.item.path, event.error]] : [],
    );
    assert.deepEqual(failed, [["b", "E_INTEGRITY"]]);
  });

  for (const [what, record] of [
    ["an item twice", run(...pair(0, A), ...pair(0, A))],
    ["items out of order", run(...pair(1, B), ...pair(0, A))],
    ["an end of another item", run([Kind.data, dataBody(0, 0n, A)], ...pair(1, B).slice(1))],
    [
      "an end of another size",
      run([Kind.data, dataBody(0, 0n, A)], [Kind.itemEnd, endBody(0, 2n, sha256(A))]),
    ],
    [
      "more than was declared",
      run(...pair(0, TWO).slice(0, 1), [Kind.itemEnd, endBody(0, 1n, sha256(TWO))]),
    ],
    ["content at another offset", run([Kind.data, dataBody(0, 1n, A)], ...pair(0, A).slice(1))],
    ["content behind the last", run(...[A, B, C, D, A].flatMap((bytes, i) => pair(i, bytes)))],
  ] as const)
    it(`end the transfer with ${what}`, async () => {
      const { sink, ended } = await receiving(record);
      assert.equal((ended as { code?: string }).code, "E_PROTOCOL");
      for (const [path, bytes] of sink.published)
        assert.equal(Buffer.from(bytes as Uint8Array).toString(), path.toUpperCase());
    });
});
