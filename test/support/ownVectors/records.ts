import { recordKey, rekeyed } from "../../../src/core/crypto/schedule";
import { paddedOffer, padme, recordPlan } from "../../../src/core/files/padding";
import { encodeControl } from "../../../src/core/session/control";
import {
  GoneReason,
  Kind,
  RecordBuilder,
  readFrames,
  repairBody,
  segmentBody,
} from "../../../src/core/session/plaintext";
import { RecordOpener, RecordSealer } from "../../../src/core/session/record";
import { createAead } from "../../../src/node/aead";
import { hexOf } from "../vectors";
import { fixed } from "./fixed";

const SECRET = fixed("traffic secret", 64);
const PLAINTEXTS = ["", "00", "0a000000", "6e6f7420612066726d65"].map((text) =>
  Uint8Array.from(Buffer.from(text, "hex")),
);
/** Small, so that the vectors show a rekeying; the protocol's is 2^20. */
const REKEY_AFTER = 3;

async function sealAll(rekeyAfter: number): Promise<Uint8Array[]> {
  const sealer = new RecordSealer(createAead(), SECRET.slice(), rekeyAfter);
  const frames: Uint8Array[] = [];
  for (const plaintext of PLAINTEXTS) {
    const frame = new Uint8Array(plaintext.length + 26);
    await sealer.seal(plaintext, frame);
    frames.push(frame);
  }
  return frames;
}

type Frames = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

function changed(frame: Uint8Array, at: number): Uint8Array {
  const copy = frame.slice();
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** Sequences of which the last frame must be refused. */
const REFUSED: Readonly<Record<string, (frames: Frames) => readonly Uint8Array[]>> = {
  replayed: ([a]) => [a, a],
  "first one missing": ([, b]) => [b],
  "one missing": ([a, , c]) => [a, c],
  "another version": ([a]) => [changed(a, 1)],
  "another number": ([a]) => [changed(a, 9)],
  "number of 2^63": ([a]) => [changed(a, 2)],
  "another ciphertext": ([a, b]) => [a, changed(b, 10)],
  "another tag": ([a]) => [changed(a, 25)],
  "tag cut to 4 bytes": ([a]) => [a.slice(0, 14)],
  "tag cut to 15 bytes": ([a]) => [a.slice(0, 25)],
  "a byte more": ([a]) => [Uint8Array.of(...a, 0)],
};

async function refusedSequence(what: string, sequence: readonly Uint8Array[]) {
  const opener = new RecordOpener(createAead(), SECRET.slice(), REKEY_AFTER);
  for (const [i, frame] of sequence.entries()) {
    const opened = await opener.open(frame, new Uint8Array(64));
    if ((opened === undefined) !== (i === sequence.length - 1)) throw new Error(what);
  }
  return { what, frames: sequence.map(hexOf) };
}

/** One frame of each kind in one record's plaintext. */
function plaintext(): Uint8Array {
  const builder = new RecordBuilder(new Uint8Array(512));
  const digest = fixed("digest", 32);
  builder.write(Kind.control, encodeControl({ t: "pause", paused: true }));
  builder.dataSpace(512).set([1, 2, 3]);
  builder.commitData(7, 2 ** 32 + 5, 3);
  builder.writeItemEnd(7, 2 ** 32 + 8, digest, 512);
  builder.writeItemGone(8, GoneReason.changed, 512);
  builder.writeNumbers(Kind.ack, 9, 2 ** 40);
  builder.writeNumbers(Kind.credit, undefined, 8_388_608);
  builder.write(Kind.segments, segmentBody({ item: 9, index: 1, length: 5, digest }));
  builder.write(Kind.repair, repairBody(9, 16_777_216, Uint8Array.of(9, 8)));
  builder.write(Kind.done);
  builder.write(Kind.cancel, Uint8Array.of(2));
  builder.write(Kind.ping);
  return builder.padTo(300).slice();
}

const NOT_FRAMES: Readonly<Record<string, string>> = {
  "kind unknown": "0c000000",
  "longer than the record": "0a000001",
  "rubbish behind the last frame": "0a000000000001",
  "DONE with a body": "0800000100",
  "CANCEL without a reason": "09000000",
  "CANCEL with an unknown reason": "0900000105",
  "CREDIT of 2^53": "050000080020000000000000",
  "ITEM_END too short": "0300002b".padEnd(8 + 86, "0"),
  "DATA without an offset": "0200000400000000",
  "ITEM_GONE with an unknown reason": "0b0000050000000004",
};

function shown(frame: object): object {
  const entries = Object.entries(frame).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? hexOf(value) : value,
  ]);
  return Object.fromEntries(entries);
}

export async function recordVectors() {
  const [a, b, c, d] = await sealAll(REKEY_AFTER);
  if (a === undefined || b === undefined || c === undefined || d === undefined)
    throw new Error("too few");
  const first = recordKey(SECRET);
  const next = rekeyed(SECRET.slice());
  const second = recordKey(next);
  const inside = plaintext();
  const frames = readFrames(inside);
  if (frames === undefined) throw new Error("unreadable");
  for (const [what, text] of Object.entries(NOT_FRAMES))
    if (readFrames(Buffer.from(text, "hex")) !== undefined) throw new Error(what);
  const refused = Object.entries(REFUSED).map(([what, of]) =>
    refusedSequence(what, of([a, b, c, d])),
  );
  return {
    secret: hexOf(SECRET),
    rekeyAfter: REKEY_AFTER,
    epochs: [
      { secret: hexOf(SECRET), key: hexOf(first.key), prefix: hexOf(first.prefix) },
      { secret: hexOf(next), key: hexOf(second.key), prefix: hexOf(second.prefix) },
    ],
    records: PLAINTEXTS.map((text, i) => ({
      plaintext: hexOf(text),
      frame: hexOf([a, b, c, d][i] ?? new Uint8Array(0)),
    })),
    refused: await Promise.all(refused),
    inside: { plaintext: hexOf(inside), frames: frames.map(shown) },
    notFrames: Object.entries(NOT_FRAMES).map(([what, text]) => ({ what, plaintext: text })),
    padding: {
      padme: [1, 2, 9, 100, 1_000, 65_537, 1_000_000, 2 ** 32 + 1, 2 ** 40 + 1].map((n) => [
        n,
        padme(n),
      ]),
      offer: [1, 65_536, 65_537, 1_000_000].map((n) => [n, paddedOffer(n)]),
      records: [65_536, 262_080, 262_081, 10_000_000].map((total) => ({
        total,
        plan: recordPlan(total, 262_144),
      })),
    },
  };
}
