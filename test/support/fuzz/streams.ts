/** Fuzz targets that read more than one thing, or wait for it. */
import assert from "node:assert/strict";
import { jsonAnswers } from "../../../src/cli/answers/json";
import type { Lines } from "../../../src/cli/lines";
import { parseNumbers } from "../../../src/cli/numbers";
import { inspectOffer } from "../../../src/cli/offer";
import { SecureShareError } from "../../../src/core/errors";
import { Manifest } from "../../../src/core/files/manifest";
import { RecordOpener, RecordSealer } from "../../../src/core/session/record";
import { LargeMessages } from "../../../src/core/wire/largeMessages";
import { FRAME_MAX, RECORD_HEADER, RECORD_TAG } from "../../../src/core/wire/limits";
import { createAead } from "../../../src/node/aead";
import { fileItem, offerOf } from "../fakeCli";
import { memorySpool } from "../memory/files";
import type { Target } from "./loop";

const aead = createAead();
const secret = () => new Uint8Array(64).fill(7);
/** Longer answers of a reader are not looked at item by item. */
const LOOKED_AT = 50;

/** The first records of a direction, as its sender seals them. */
async function sealed(...contents: readonly string[]): Promise<Buffer[]> {
  const sealer = new RecordSealer(aead, secret());
  const frames: Buffer[] = [];
  for (const content of contents) {
    const frame = Buffer.alloc(RECORD_HEADER + content.length + RECORD_TAG);
    await sealer.seal(Buffer.from(content), frame);
    frames.push(frame);
  }
  return frames;
}
const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = await sealed("first", "the second");

/** What comes out of these pieces: messages and all other bytes, in order, and how it ended. */
function unpacked(pieces: readonly Uint8Array[]): string {
  const out: string[] = [];
  const messages = new LargeMessages({
    masked: false,
    max: FRAME_MAX,
    pieces: Infinity,
    frames: 64,
    refused: () => out.push("refused"),
    wanted: () => true,
    memory: () => new Uint8Array(FRAME_MAX),
    message: (bytes) => out.push(`message ${Buffer.from(bytes).toString("hex")}`),
    rest: (bytes) => {
      const hex = Buffer.from(bytes).toString("hex");
      const last = out.at(-1);
      if (last?.startsWith("rest ")) out.splice(-1, 1, last + hex);
      else out.push(`rest ${hex}`);
    },
  });
  for (const piece of pieces) messages.push(Uint8Array.from(piece));
  return out.join("\n");
}

/** The lines of a script that answers, without a stream. */
function linesOf(input: Buffer): Lines {
  const lines = input.toString("utf8").split("\n");
  const ignore = () => {};
  return {
    next: () => Promise.resolve(lines.shift()),
    listen: ignore,
    discardPending: ignore,
    close: ignore,
  };
}

/** What it gives; `undefined` when it refuses as it does for a script's mistake. */
async function answered<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SecureShareError && /^E_(USAGE|CANCELLED)$/.test(error.code))
      return undefined;
    throw error;
  }
}

/** Item 1 is dangerous, 2 is refused. */
const offered = inspectOffer(
  await offerOf(
    ["a", ".git/config", "bad\n"].map((path) => fileItem(path)),
    { dangerous: [1], refused: [[2, "control"]] },
  ),
  "/home/x",
);
const rules = {
  conflict: "rename",
  acceptDangerous: false,
  excludes: undefined,
  resolve: (folder: string) => folder,
  notUnderstood: "",
} as const;
const question = {
  digits: "482109",
  mode: "compare",
  peer: { policy: "compare", automated: false },
} as const;

export const streams: Readonly<Record<string, Target>> = {
  records: {
    seeds: [first, second, Buffer.concat([first, second])],
    words: [],
    async run(input) {
      const out = new Uint8Array(input.length);
      const opener = new RecordOpener(aead, secret());
      const good = input.equals(first);
      assert.equal((await opener.open(input, out)) !== undefined, good, "a record was forged");
      const next = await opener.open(good ? second : first, new Uint8Array(64));
      assert.equal(next !== undefined, good, "it goes on after a wrong record");
      opener.wipe();
    },
  },
  webSocketFrames: {
    seeds: [
      Buffer.from("0203616263800264658900", "hex"),
      Buffer.from("810161827f000000000001000001", "hex"),
      Buffer.from("0200010103800102", "hex"),
      Buffer.from("827e00ff", "hex"),
    ],
    words: [],
    run(input) {
      const whole = unpacked([input]);
      assert.equal(unpacked(Array.from(input, (byte) => Uint8Array.of(byte))), whole);
      const passed = whole.replace(/^\w+ ?/gm, "").replaceAll("\n", "").length / 2;
      assert.ok(passed <= input.length, "more came out than went in");
    },
  },
  keptOffers: {
    seeds: [
      Buffer.from('[["a",1,0,1,0],["a/b",0,9,1,1]]\n[["c",0,1,2,0]]\n'),
      Buffer.from('[["",2,3,0,0]]\n'),
    ],
    words: ["[", "]", ",", '"', "\n", "1e999", "-1", "9007199254740992", "null", "\\ud800"],
    async run(input) {
      const spool = memorySpool();
      await spool.append(input);
      const manifest = await Manifest.restore(spool, input.length);
      if (manifest === undefined) return;
      assert.ok(Number.isSafeInteger(manifest.totalBytes) && manifest.totalBytes >= 0);
      for (let i = 0; i < Math.min(manifest.length, LOOKED_AT); i++) {
        const { size } = await manifest.get(i);
        assert.ok(size <= manifest.totalBytes);
      }
      await assert.rejects(manifest.get(manifest.length), RangeError);
    },
  },
  answers: {
    seeds: [
      Buffer.from('{"answer":"verify","confirm":true}\n{"answer":"changed","again":true}'),
      Buffer.from('{"answer":"verify","digits":"482109"}\n{"answer":"offer","accept":true}'),
      Buffer.from('{"answer":"offer","accept":true,"items":[0,1,2],"folder":"x"}\n1-3, 7'),
    ],
    words: [
      '"all"',
      '"__proto__"',
      "[",
      "]",
      "{",
      "}",
      "null",
      "true",
      "\n",
      "1e9",
      "-",
      "9999999",
    ],
    async run(input) {
      const [line = ""] = input.toString("utf8").split("\n");
      const { signal } = new AbortController();
      const asked = () => jsonAnswers(linesOf(input), rules);
      const typed = await answered(asked().verify(question, 3, signal));
      assert.ok(typed?.kind !== "confirmed", "confirmed without the digits");
      const said = await answered(asked().verify(question, undefined, signal));
      if (said?.kind === "confirmed") assert.match(line, /true|482109|\\u/);
      await answered(asked().changed(true, signal));
      const decision = await answered(asked().decide(await offered, signal));
      if (decision?.kind === "accepted") assert.ok(!decision.items.has(2), "took what is refused");
      const numbers = parseNumbers(line, 5);
      for (const number of numbers ?? []) assert.ok(number >= 0 && number < 5);
    },
  },
};
