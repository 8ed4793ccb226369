import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { addressKey } from "../../../relay/address";
import { splitTarget } from "../../../relay/join";
import { originAllowed } from "../../../relay/origin";
import { clientAddress, trustedProxies } from "../../../relay/proxies";
import { parseViewMessage } from "../../../src/bridge/messages";
import { SecureShareError } from "../../../src/core/errors";
import { isDangerous } from "../../../src/core/files/dangerous";
import { ItemSet } from "../../../src/core/files/itemSet";
import { parseDocument, parseProgress } from "../../../src/core/files/journal";
import { decodeItem, PATH_MAX } from "../../../src/core/files/manifest";
import { refusePath, usualTraits, visible } from "../../../src/core/files/names";
import { OfferNames } from "../../../src/core/files/offerNames";
import { decodeControl, encodeControl } from "../../../src/core/session/control";
import {
  codeCredentials,
  ReceiverHandshake,
  SenderHandshake,
} from "../../../src/core/session/handshake";
import {
  type Frame,
  Kind,
  RecordBuilder,
  readFrames,
  repairBody,
  segmentBody,
} from "../../../src/core/session/plaintext";
import { formatCode, parseCode } from "../../../src/core/wire/code";
import { classifyFrame, FrameType } from "../../../src/core/wire/frames";
import { parseInvitation, relayAddress } from "../../../src/core/wire/invitation";
import { CONTROL_MAX, FRAME_MAX } from "../../../src/core/wire/limits";
import { parseRelayMessage } from "../../../src/core/wire/relayMessages";
import { claimOf, roomKind, roomOfPath } from "../../../src/core/wire/rooms";
import { random } from "../memory/session";
import { smallVectors } from "../vectors";
import type { Target } from "./loop";
import { streams } from "./streams";

const text = (input: Buffer) => input.toString("utf8");
const seed = (value: unknown): Buffer =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value));

/** What it gives; `undefined` when it refuses with one of our own codes. */
function refusable<T>(codes: readonly string[], parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SecureShareError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/** Writes a frame as it was read. */
function write(builder: RecordBuilder, frame: Frame): void {
  switch (frame.kind) {
    case "control":
      builder.write(Kind.control, frame.json);
      break;
    case "data":
      builder.write(Kind.data, repairBody(frame.item, frame.offset, frame.bytes));
      break;
    case "repair":
      builder.write(Kind.repair, repairBody(frame.item, frame.offset, frame.bytes));
      break;
    case "itemEnd":
      builder.writeItemEnd(frame.item, frame.size, frame.sha256, 1e6);
      break;
    case "itemGone":
      builder.writeItemGone(frame.item, frame.reason, 1e6);
      break;
    case "segment":
      builder.write(Kind.segments, segmentBody(frame));
      break;
    case "ack":
      builder.writeNumbers(Kind.ack, frame.item, frame.offset);
      break;
    case "credit":
      builder.writeNumbers(Kind.credit, undefined, frame.bytes);
      break;
    case "cancel":
      builder.write(Kind.cancel, Uint8Array.of(frame.reason));
      break;
    default:
      builder.write(
        frame.kind === "pad" ? Kind.pad : frame.kind === "done" ? Kind.done : Kind.ping,
      );
  }
}

/** Views and copies of them compare by their bytes. */
const plain = (frames: readonly object[]): unknown =>
  frames.map((frame) =>
    Object.entries(frame).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value),
    ]),
  );

const { inside } = smallVectors<{ inside: { plaintext: string } }>("records.json");
const { agreements } = smallVectors<{ agreements: { frames: Record<string, string> }[] }>(
  "handshake.json",
);
const handshakeFrames = Object.values(agreements[0]?.frames ?? {}).map((f) =>
  Buffer.from(f, "hex"),
);
const CODE = codeCredentials("k7qm3", "x9dt2v");
const proxies = trustedProxies(["10.0.0.0/8", "::1"]);

const JSON_WORDS = [
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "null",
  "true",
  "1e999",
  "-0",
  "1e21",
  '"__proto__"',
  "\\u0000",
  "\\ud800",
];
const NAME_WORDS = [
  "/",
  "..",
  "\\",
  "C:",
  "NUL",
  ".git",
  "~1",
  "\u202e",
  "\u0000",
  "\u0301",
  "\ud83d",
  "ß",
  "İ",
  "K",
  "\u200b",
  ":",
  " ",
  ".",
];
const policy = { policy: "type", automated: false };
const limits = { waitMs: 1, frameBytes: 2, sessionBytes: null, bytesPerSecond: 3 };
const document = {
  version: 1,
  role: "receiver",
  id: "0".repeat(32),
  createdAt: 0,
  touchedAt: 1,
  relays: ["ws://relay.test"],
  sealed: "AAAA",
  verified: true,
  verify: "compare",
  automated: false,
  peer: policy,
  offered: true,
  accepted: [[0, 1]],
  folder: "/tmp",
  conflict: "skip",
};

/** Every parser that sees foreign bytes. */
export const targets: Readonly<Record<string, Target>> = {
  ...streams,
  frames: {
    seeds: [Buffer.alloc(35, 1), ...handshakeFrames],
    words: [],
    run(input) {
      const type = classifyFrame(input);
      if (type === "malformed" || type === "version") return;
      assert.equal(input[0], type);
      assert.equal(input[1], 1);
      assert.ok(input.length <= FRAME_MAX);
    },
  },
  handshake: {
    seeds: [Buffer.alloc(1282), ...handshakeFrames],
    words: [],
    run(input) {
      const type = classifyFrame(input);
      const receiver = new ReceiverHandshake(CODE, random);
      if (type === FrameType.hello) SenderHandshake.start(input, CODE, random);
      if (type === FrameType.m1 || type === FrameType.m3) {
        const m2 = type === FrameType.m1 ? receiver.answer(input) : "bad-key";
        if (typeof m2 !== "string") assert.equal(m2.length, 1154);
        assert.equal(typeof receiver.finish(input.subarray(0, 66)), "string", "M3 forged");
      }
      if (type !== FrameType.m2) return;
      const sender = SenderHandshake.start(receiver.hello, CODE, random);
      assert.ok(typeof sender !== "string");
      assert.equal(typeof sender.finish(input), "string", "M2 forged");
    },
  },
  plaintext: {
    seeds: [Buffer.from(inside.plaintext, "hex"), Buffer.alloc(8)],
    words: [],
    run(input) {
      const frames = readFrames(input);
      if (frames === undefined) return;
      const builder = new RecordBuilder(new Uint8Array(input.length));
      for (const frame of frames) write(builder, frame);
      const again = readFrames(builder.padTo(builder.length));
      assert.deepEqual(again && plain(again), plain(frames));
    },
  },
  control: {
    seeds: [
      seed({ t: "ready", ...policy, stage: "content", item: 1, offset: 2 }),
      seed({ t: "hello", ...policy }),
      seed({ t: "pause", paused: true }),
      seed({
        t: "offer",
        items: [
          ["a/b", 0, 9, 1, 1],
          ["", 2, 3, 0, 0],
        ],
      }),
      seed({ t: "offer-end", items: 2, bytes: 12 }),
      seed({
        t: "accept",
        runs: [
          [0, 2],
          [4, 1],
        ],
        last: true,
      }),
      seed({ t: "results", skipped: [1], failed: [2, 3] }),
    ],
    words: JSON_WORDS,
    run(input) {
      const message = decodeControl(input);
      if (message === undefined) return;
      assert.ok(input.length <= CONTROL_MAX);
      // In JSON: -0 may come, and is 0 from then on.
      const again = decodeControl(encodeControl(message));
      assert.deepEqual(JSON.stringify(again), JSON.stringify(message));
      if (message.t === "offer") for (const item of message.items) checkName(decodeItem(item).path);
      if (message.t !== "accept") return;
      const set = ItemSet.fromRuns(1000, message.runs);
      if (set !== undefined) assert.ok(isDeepStrictEqual(set.runs(), message.runs));
    },
  },
  names: {
    seeds: [seed("a/b.txt"), seed("проєкт/звіт 📄.txt"), seed("con.txt"), seed(".git/config")],
    words: NAME_WORDS,
    run: (input) => checkName(text(input)),
  },
  journal: {
    seeds: [
      seed(document),
      seed({ k: "open", item: 1, file: "f" }),
      seed({ k: "settled", item: 1, outcome: "failed", error: "E_DISK" }),
      seed({ k: "publish", item: 1, path: "p", identity: "1:2" }),
    ],
    words: JSON_WORDS,
    run(input) {
      for (const parse of [parseDocument, parseProgress]) {
        const value = parse(text(input));
        if (value !== undefined) assert.deepEqual(parse(JSON.stringify(value)), value);
      }
    },
  },
  relayMessages: {
    seeds: [
      seed({ type: "hello", version: 1, limits }),
      seed({ type: "peer", state: "joined" }),
      seed({ type: "error", code: 4001 }),
      seed({ type: "draining" }),
    ],
    words: JSON_WORDS,
    run(input) {
      const message = parseRelayMessage(text(input));
      if (message !== undefined)
        assert.deepEqual(parseRelayMessage(JSON.stringify(message)), message);
    },
  },
  viewMessages: {
    seeds: [
      seed({ type: "tick", id: "a", index: 1, on: true }),
      seed({ type: "typed", id: "a", digits: "123 456" }),
      seed({ type: "copy", id: "a", what: "code" }),
      seed({ type: "resume", journal: "a" }),
    ],
    words: JSON_WORDS,
    run(input) {
      let value: unknown;
      try {
        value = JSON.parse(text(input));
      } catch {
        return;
      }
      const message = parseViewMessage(value);
      if (message !== undefined) assert.deepEqual(parseViewMessage(message), message);
    },
  },
  codes: {
    seeds: [seed("k7qm-3x9d-t2v7"), seed("OOOO oooo ool2")],
    words: ["-", " ", "\u2013", "o", "l", "u", "K"],
    run(input) {
      const code = refusable(["E_CODE_MISTYPED"], () => parseCode(text(input)));
      if (code === undefined) return;
      assert.equal(roomKind(code.room), "code");
      assert.match(code.secret, /^[0-9a-hjkmnp-tv-z]{6}$/);
      assert.deepEqual(parseCode(formatCode(code)), code);
    },
  },
  links: {
    seeds: [
      seed("https://relay.example/share/#k7qm-3x9d-t2v7"),
      seed("k7qm-3x9d-t2v7@wss://relay.example:4711"),
      seed("vscode://secureshare.secureshare/receive#k7qm-3x9d-t2v7@ws://[::1]:4711"),
    ],
    words: [
      "[2:1]",
      "1.2.3.256",
      "#",
      "@",
      "://",
      "[",
      "]",
      ":",
      "/",
      "%2e",
      "?",
      "user:pass@",
      "javascript:",
      "\\",
      "127.1",
    ],
    run(input) {
      const codes = ["E_CODE_MISTYPED", "E_USAGE"];
      const invitation = refusable(codes, () => parseInvitation(text(input)));
      const { relay } = invitation ?? {};
      if (relay === undefined) return;
      assert.equal(relayAddress(relay), relay, "not in its normal form");
      assert.ok(URL.canParse(relay), `no address: ${relay}`);
      const url = new URL(relay);
      assert.match(url.protocol, /^wss?:$/);
      assert.equal(url.username + url.password + url.search + url.hash, "");
    },
  },
  requests: {
    seeds: [
      seed("/v1/rooms/k7qm3?role=sender\nsecureshare.v1, secureshare.claim.AAAAAAAAAAAAAAAAAAAAAA"),
      seed("/p/v1/rooms/0123456789abcdef0123456789abcdef?role=receiver\n10.0.0.1, [::1]:80"),
      seed("https://relay.example\nrelay.example"),
    ],
    words: [
      "?",
      "&",
      "role=",
      ",",
      "10.0.0.1",
      "::ffff:10.0.0.1",
      "%",
      ":",
      "secureshare.claim.",
      "fe80::1%eth0",
    ],
    run(input) {
      const [first = "", second = ""] = text(input).split("\n");
      const room = roomOfPath(splitTarget(first).path);
      if (room !== undefined) assert.ok(roomKind(room) !== undefined);
      const claim = claimOf(second.split(",").map((protocol) => protocol.trim()));
      if (typeof claim === "string") assert.equal(Buffer.from(claim, "base64url").length, 16);
      originAllowed(first, second, new Set());
      assert.ok("proxies" in proxies);
      const address = clientAddress("10.1.2.3", second, proxies.proxies);
      assert.match(addressKey(address), /^(unknown|[0-9.]+|[0-9a-f:]+::\/64)$/);
    },
  },
};

/** A path that is taken stays inside its folder, on each platform, and is shown as text. */
function checkName(path: string): void {
  for (const platform of ["linux", "darwin", "win32"] as const) {
    const traits = usualTraits(platform);
    if (refusePath(path, traits) !== undefined) continue;
    const parts = path.split(platform === "win32" ? /[/\\]/ : "/");
    assert.ok(
      parts.every((part) => part !== "" && part !== "." && part !== ".."),
      path,
    );
    assert.ok(Buffer.byteLength(path) <= PATH_MAX);
    // The same name twice: the second one is refused.
    const names = new OfferNames(traits, 7);
    const item = { path, kind: "file", size: 0, mtime: 0, executable: false } as const;
    assert.equal(names.check(item), undefined, path);
    assert.ok(names.check(item) !== undefined, path);
  }
  isDangerous(path);
  assert.doesNotMatch(visible(path), /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
}
