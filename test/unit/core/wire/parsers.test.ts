import assert from "node:assert/strict";
import { decodeControl } from "../../../../src/core/session/control";
import { Kind, RecordBuilder, readFrames } from "../../../../src/core/session/plaintext";
import { RecordOpener, readU64 } from "../../../../src/core/session/record";
import { parseCode } from "../../../../src/core/wire/code";
import { classifyFrame, FrameType } from "../../../../src/core/wire/frames";
import { parseInvitation, webLink } from "../../../../src/core/wire/invitation";
import { FRAME_MAX, RECORD_PLAINTEXT } from "../../../../src/core/wire/limits";
import { parseRelayMessage } from "../../../../src/core/wire/relayMessages";
import { CLAIM_PREFIX, claimOf, roomOfPath } from "../../../../src/core/wire/rooms";
import { createAead } from "../../../../src/node/aead";
import { smallVectors } from "../../../support/vectors";

const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
const frame = (type: number, length: number, version = 1) =>
  Uint8Array.from({ length }, (_, i) => (i === 0 ? type : i === 1 ? version : 0));

describe("frames", () => {
  const lengths: readonly (readonly [number, number])[] = [
    [FrameType.hello, 35],
    [FrameType.m1, 1282],
    [FrameType.m2, 1154],
    [FrameType.m3, 66],
    [FrameType.abort, 3],
  ];
  for (const [type, length] of lengths)
    it(`of type ${type} have exactly ${length} bytes`, () => {
      assert.equal(classifyFrame(frame(type, length)), type);
      for (const wrong of [length - 1, length + 1, 2])
        assert.equal(classifyFrame(frame(type, wrong)), "malformed");
    });

  it("of a record have room for a tag, and end at the longest", () => {
    assert.equal(classifyFrame(frame(FrameType.record, 26)), FrameType.record);
    assert.equal(classifyFrame(frame(FrameType.record, FRAME_MAX)), FrameType.record);
    for (const wrong of [2, 25, FRAME_MAX + 1])
      assert.equal(classifyFrame(frame(FrameType.record, wrong)), "malformed");
  });

  it("of another version are told from broken ones; unknown and empty ones are broken", () => {
    for (const version of [0, 2, 255])
      assert.equal(classifyFrame(frame(FrameType.hello, 35, version)), "version");
    for (const broken of [new Uint8Array(0), Uint8Array.of(1), frame(0x7f, 35), frame(0, 3)])
      assert.equal(classifyFrame(broken), "malformed");
  });
});

describe("a record's plaintext", () => {
  const { notFrames } = smallVectors<{ notFrames: { what: string; plaintext: string }[] }>(
    "records.json",
  );
  const wrong: Readonly<Record<string, string>> = {
    ...Object.fromEntries(notFrames.map(({ what, plaintext }) => [what, plaintext])),
    "PING with a body": "0a00000100",
    "ITEM_GONE too long": "0b000006000000000100",
    "SEGMENTS too long": `0600002d${"00".repeat(45)}`,
    "SEGMENTS too short": `0600002b${"00".repeat(43)}`,
    "ACK too long": `0400000d${"00".repeat(13)}`,
    "CREDIT too long": `05000009${"00".repeat(9)}`,
    "CANCEL too long": "090000020100",
    "DATA with half an offset": `0200000b${"00".repeat(11)}`,
    "ITEM_END too long": `0300002d${"00".repeat(45)}`,
    "DATA at 2^53": "0200000c000000000020000000000000",
    "kind 255": "ff000000",
  };
  for (const [what, plaintext] of Object.entries(wrong))
    it(`is refused whole for ${what}`, () => {
      assert.equal(readFrames(hex(plaintext)), undefined);
      // Also behind a frame that is good.
      assert.equal(readFrames(hex(`0a000000${plaintext}`)), undefined);
    });

  it("may end in less than a head's length of zeros", () => {
    assert.deepEqual(readFrames(hex("0a000000000000")), [{ kind: "ping" }]);
    assert.deepEqual(readFrames(hex("")), []);
  });
});

describe("a record's frames", () => {
  const stuffed = (kind: Kind, body: Uint8Array, count: number) => {
    const frame = Uint8Array.of(kind, 0, 0, body.length, ...body);
    return Buffer.concat(Array.from({ length: count }, () => frame));
  };
  it("are 8192 at most, and 64 CONTROL frames among them", () => {
    const nothing = new Uint8Array(0);
    assert.equal(readFrames(stuffed(Kind.ping, nothing, 8192))?.length, 8192);
    assert.equal(readFrames(stuffed(Kind.ping, nothing, 8193)), undefined);
    const json = Buffer.from("{}");
    assert.equal(readFrames(stuffed(Kind.control, json, 64))?.length, 64);
    assert.equal(readFrames(stuffed(Kind.control, json, 65)), undefined);
  });

  it("are never more where they are written, whatever is in them", () => {
    const builder = new RecordBuilder();
    let count = 0;
    while (builder.writeItemGone(count, 1, RECORD_PLAINTEXT)) count++;
    assert.equal(count, 8191);
    assert.equal(builder.dataSpace(RECORD_PLAINTEXT).length, 0);
    assert.equal(readFrames(builder.padTo(RECORD_PLAINTEXT))?.length, 8192);
    builder.reset();
    assert.ok(builder.writeItemGone(0, 1, RECORD_PLAINTEXT));
  });
});

describe("a CONTROL", () => {
  const policy = { policy: "compare", automated: false };
  const messages = [
    { t: "ready", ...policy, stage: "offer", item: 0, offset: 0 },
    { t: "hello", ...policy },
    { t: "pause", paused: true },
    { t: "offer", items: [["a", 0, 1, 0, 0]] },
    { t: "offer-end", items: 1, bytes: 1 },
    { t: "accept", runs: [[0, 1]], last: true },
    { t: "results", skipped: [], failed: [] },
  ];
  for (const message of messages)
    it(`"${message.t}" has all its members and no other`, () => {
      const decode = (value: object) => decodeControl(Buffer.from(JSON.stringify(value)));
      assert.deepEqual(decode(message), message);
      assert.equal(decode({ ...message, more: 1 }), undefined);
      for (const name of Object.keys(message)) {
        const { [name]: _, ...less } = Object.fromEntries(Object.entries(message));
        assert.equal(decode(less), undefined, `without ${name}`);
      }
    });
});

describe("counters", () => {
  it("end under 2^53", () => {
    assert.equal(readU64(hex("001fffffffffffff"), 0), Number.MAX_SAFE_INTEGER);
    assert.equal(readU64(hex("0020000000000000"), 0), undefined);
    assert.equal(readU64(hex("ffffffffffffffff"), 0), undefined);
  });

  it("of a record that is longer than the buffer, or than any, refuse it before any work", async () => {
    for (const [length, room] of [
      [FRAME_MAX + 1, FRAME_MAX + 100],
      [1_000, 100],
    ] as const) {
      let opened = 0;
      const node = createAead();
      const aead = {
        key: (raw: Uint8Array) => ({
          ...node.key(raw),
          open: () => {
            opened++;
            return true;
          },
        }),
      };
      const opener = new RecordOpener(aead, new Uint8Array(64));
      assert.equal(
        await opener.open(frame(16, length).fill(0, 2), new Uint8Array(room)),
        undefined,
      );
      assert.equal(opened, 0);
    }
  });
});

describe("the relay's words", () => {
  const hello = {
    type: "hello",
    version: 1,
    limits: { waitMs: 1, frameBytes: 1, sessionBytes: null, bytesPerSecond: 0 },
  };
  it("are taken as they are documented", () => {
    for (const word of [
      hello,
      { type: "peer", state: "left" },
      { type: "error", code: 4002 },
      { type: "draining" },
    ])
      assert.deepEqual(parseRelayMessage(JSON.stringify(word)), word);
  });

  const wrong: Readonly<Record<string, unknown>> = {
    "a member more": { type: "peer", state: "left", more: 1 },
    "a limit that is negative": { ...hello, limits: { ...hello.limits, waitMs: -1 } },
    "a limit that is not whole": { ...hello, limits: { ...hello.limits, waitMs: 0.5 } },
    "a limit of 2^53": { ...hello, limits: { ...hello.limits, frameBytes: 2 ** 53 } },
    "another version": { ...hello, version: 2 },
    "an unknown word": { type: "boo" },
    "no word": null,
    "a list": [],
  };
  for (const [what, word] of Object.entries(wrong))
    it(`are refused with ${what}`, () =>
      assert.equal(parseRelayMessage(JSON.stringify(word)), undefined));

  it("are refused when they are no JSON, or longer than 4 KiB", () => {
    assert.equal(parseRelayMessage("{"), undefined);
    assert.equal(
      parseRelayMessage(`${JSON.stringify({ type: "draining" })}${" ".repeat(4096)}`),
      undefined,
    );
  });
});

describe("rooms and claims", () => {
  const claim = `${CLAIM_PREFIX}${"A".repeat(22)}`;
  it("are read from path and subprotocols", () => {
    assert.equal(roomOfPath("/v1/rooms/k7qm3"), "k7qm3");
    assert.equal(claimOf(["secureshare.v1", claim]), "A".repeat(22));
    assert.equal(claimOf(["secureshare.v1"]), undefined);
  });
  for (const path of [
    "/v1/rooms/",
    "/v1/rooms/k7qmu",
    "/v1/rooms/k7qm",
    "/v1/rooms/k7qm33",
    "/v1/rooms/K7QM3",
    `/v1/rooms/${"g".repeat(32)}`,
    "/v1/rooms/../k7qm3/x",
  ])
    it(`take no room from ${path}`, () => assert.equal(roomOfPath(path), undefined));
  for (const bad of [
    "A".repeat(21),
    "A".repeat(23),
    `${"A".repeat(21)}B`,
    `${"A".repeat(21)}=`,
    "",
  ])
    it(`take no claim ${JSON.stringify(bad)}`, () =>
      assert.equal(claimOf([CLAIM_PREFIX + bad]), null));
  it("take no two claims", () => assert.equal(claimOf([claim, claim]), null));
});

describe("what is typed", () => {
  it("is bounded before anything is done with it", () => {
    assert.throws(() => parseCode(`${"-".repeat(60)}k7qm3x9dt2v7`), { code: "E_CODE_MISTYPED" });
    const long = `https://relay.example/${"a/".repeat(1100)}#k7qm-3x9d-t2v7`;
    assert.throws(() => parseInvitation(long), { code: "E_CODE_MISTYPED" });
  });
  for (const [relay, address] of [
    ["relay.example", "ws://relay.example"],
    ["My_Relay:4711", "ws://my_relay:4711"],
    ["_share.relay.example", "ws://_share.relay.example"],
    ["https://relay.example./", "wss://relay.example."],
    ["wss://relay.example/c++/a,b=c/@team/x:1/", "wss://relay.example/c++/a,b=c/@team/x:1"],
    ["[::1]:4711/~user/%20", "ws://[::1]:4711/~user/%20"],
  ] as const)
    it(`names the relay ${JSON.stringify(relay)}`, () => {
      for (const text of [relay, address])
        assert.equal(parseInvitation(`k7qm-3x9d-t2v7@${text}`).relay, address);
      const link = webLink(parseCode("k7qm-3x9d-t2v7"), address);
      assert.equal(parseInvitation(link).relay, address);
      assert.equal(new URL(link).hash, "#k7qm-3x9d-t2v7");
      assert.equal(new URL(link).host, new URL(address).host);
    });
  for (const relay of [
    "user@relay.example",
    "user:secret@relay.example/a",
    "wss://user@relay.example",
    "relay.example..",
    "relay.example/;reboot",
    "relay.example/$(trash)",
    "relay.example/[x](command:y)",
    "relay.example/'",
    "relay.example:0",
    "relay.example:65536",
    "relay .example",
    "-relay.example",
    "relay.example/a b",
    "relay.example/<script>",
    "[::1",
    "[2:1]:4711",
    "[::::1]",
    "1.2.3.256",
    "",
    "javascript:alert(1)",
  ])
    it(`names no relay with ${JSON.stringify(relay)}`, () =>
      assert.throws(() => parseInvitation(`k7qm-3x9d-t2v7@${relay}`), { code: "E_USAGE" }));
});
