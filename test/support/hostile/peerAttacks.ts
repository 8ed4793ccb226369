/** What hostile peers do once they have the keys, and what their victims make of it. */
import { createHash } from "node:crypto";
import type { ErrorCode } from "../../../src/core/errors";
import { CancelReason, Kind, RecordBuilder } from "../../../src/core/session/plaintext";
import { dataBody, endBody, type HostilePeer } from "./peer";

const FULL = process.env["SECURESHARE_FULL"] === "1";
const policy = { policy: "compare", automated: true };
const HELLO = { t: "hello", ...policy };
/** A receiver's first record. */
export const READY = { t: "ready", ...policy, stage: "offer", item: 0, offset: 0 };
const content = Buffer.from("content");
const sha256 = createHash("sha256").update(content).digest();
const RECORD = 262_144;

/** CONTROL frames that a record may hold. */
const CONTROLS = 64;

/** As many of one small frame as a record may hold, or so many. */
function stuffed(kind: Kind, body: Uint8Array, most = Infinity): Uint8Array {
  const builder = new RecordBuilder(new Uint8Array(RECORD));
  for (let n = 0; n < most && builder.write(kind, body); n++);
  return builder.padTo(RECORD);
}

/** A last word said on and on, by somebody who takes no answer. */
const cancelling: Attack = {
  codes: ["E_CANCELLED"],
  async run(peer) {
    for (let i = 0; i < 1_000; i++)
      await peer.frame(Kind.cancel, Buffer.of(CancelReason.cancelled));
  },
};

export interface Attack {
  readonly codes: readonly ErrorCode[];
  readonly files?: Readonly<Record<string, string>>;
  /** Takes half a minute by the clock; tests with a clock of their own hold it in every run. */
  readonly slow?: boolean;
  run(peer: HostilePeer): Promise<void>;
}

const offered = async (s: HostilePeer, items: unknown, bytes: number, count = 1) => {
  await s.control(HELLO);
  await s.control({ t: "offer", items });
  await s.control({ t: "offer-end", items: count, bytes });
};
const accepted = async (s: HostilePeer, size = content.length) => {
  await offered(s, [["file", 0, size, 0, 0]], size);
  await s.until("accept");
};
const json = (value: object) => Buffer.from(JSON.stringify(value));

const EVERY_SENDER: Readonly<Record<string, Attack>> = {
  "declares a byte and sends without end": {
    codes: ["E_PROTOCOL"],
    async run(s) {
      await accepted(s, 1);
      for (let i = 0; i < 100; i++)
        await s.frame(Kind.data, dataBody(0, BigInt(i * 200_000), Buffer.alloc(200_000)));
    },
  },
  "declares 8 PiB": {
    codes: ["E_NO_SPACE"],
    run: (s) => offered(s, [["file", 0, 2 ** 53 - 1, 0, 0]], 2 ** 53 - 1),
  },
  "declares less than nothing": {
    codes: ["E_PROTOCOL"],
    run: (s) => offered(s, [["file", 0, -1, 0, 0]], -1),
  },
  "declares 2^53": {
    codes: ["E_PROTOCOL"],
    run: (s) => offered(s, [["file", 0, 2 ** 53, 0, 0]], 2 ** 53),
  },
  "writes at an offset of 2^40": {
    codes: ["E_PROTOCOL"],
    async run(s) {
      await accepted(s);
      await s.frame(Kind.data, dataBody(0, 1n << 40n, content));
    },
  },
  "goes back": {
    codes: ["E_PROTOCOL"],
    async run(s) {
      await accepted(s);
      await s.frame(Kind.data, dataBody(0, 0n, content.subarray(0, 4)));
      await s.frame(Kind.data, dataBody(0, 0n, content));
    },
  },
  "ends an item with a wrong hash": {
    codes: ["E_INTEGRITY"],
    async run(s) {
      await accepted(s);
      await s.frame(Kind.data, dataBody(0, 0n, content));
      await s.frame(Kind.itemEnd, endBody(0, 7n, Buffer.alloc(32)));
      await s.until("results");
      await s.frame(Kind.done, Buffer.alloc(0));
    },
  },
  "is done too early": {
    codes: ["E_PROTOCOL"],
    async run(s) {
      await accepted(s);
      await s.frame(Kind.done, Buffer.alloc(0));
    },
  },
  "sends content behind the end": {
    codes: ["E_PROTOCOL"],
    files: { file: "content" },
    async run(s) {
      await accepted(s);
      await s.frame(Kind.data, dataBody(0, 0n, content));
      await s.frame(Kind.itemEnd, endBody(0, 7n, sha256));
      await s.frame(Kind.data, dataBody(0, 7n, content));
    },
  },
  "sends deep JSON": {
    codes: ["E_PROTOCOL"],
    run: (s) => s.control(`${"[".repeat(30_000)}${"]".repeat(30_000)}`),
  },
  "sends __proto__": {
    codes: ["E_PROTOCOL"],
    run: (s) => s.control('{"t":"hello","policy":"compare","__proto__":{"automated":true}}'),
  },
  "fills records with nothing": {
    codes: ["E_INTERRUPTED"],
    async run(s) {
      for (let i = 0; i < 40; i++) await s.raw(stuffed(Kind.ping, new Uint8Array(0)));
      await s.channel.close();
    },
  },
  "pauses and goes on as often as a record holds": {
    codes: ["E_INTERRUPTED"],
    async run(s) {
      await s.control(HELLO);
      const pause = stuffed(Kind.control, json({ t: "pause", paused: true }), CONTROLS);
      for (let i = 0; i < 40; i++) await s.raw(pause);
      await s.channel.close();
    },
  },
  "sends a file byte by byte": {
    codes: ["E_INTERRUPTED", "E_PROTOCOL"],
    async run(s) {
      await accepted(s, 1_000_000);
      for (let at = 0; at < 60_000; ) {
        const builder = new RecordBuilder(new Uint8Array(RECORD));
        while (builder.write(Kind.data, dataBody(0, BigInt(at), Buffer.of(7)))) at++;
        await s.raw(builder.padTo(RECORD));
      }
      await s.channel.close();
    },
  },
  "offers items one by one without end": {
    codes: ["E_INTERRUPTED", "E_OFFER_TOO_LARGE"],
    async run(s) {
      await s.control(HELLO);
      const pages = FULL ? 1_000_000 : 10_000;
      for (let n = 0; n < pages; ) {
        const builder = new RecordBuilder(new Uint8Array(RECORD));
        const page = () => json({ t: "offer", items: [[`f${n}`, 0, 0, 0, 0]] });
        for (const from = n; n < from + CONTROLS && builder.write(Kind.control, page()); ) n++;
        await s.raw(builder.padTo(RECORD));
      }
      await s.channel.close();
    },
  },
  "cancels without end": cancelling,
  "says nothing after the keys": {
    codes: ["E_INTERRUPTED"],
    slow: true,
    run: () => Promise.resolve(),
  },
};

const EVERY_RECEIVER: Readonly<Record<string, Attack>> = {
  "cancels without end": cancelling,
  "takes what was not offered": {
    codes: ["E_PROTOCOL"],
    async run(r) {
      await r.until("offer-end");
      await r.control({ t: "accept", runs: [[0, 99]], last: true });
    },
  },
  "is done at once": {
    codes: ["E_PROTOCOL"],
    async run(r) {
      await r.until("offer-end");
      await r.frame(Kind.done, Buffer.alloc(0));
    },
  },
  "wants content from behind the end": {
    codes: ["E_PROTOCOL"],
    async run(r) {
      await r.until("offer-end");
      await r.control({ t: "ready", ...policy, stage: "content", item: 0, offset: 2 ** 50 });
    },
  },
  "gives credit of 2^53": {
    codes: ["E_PROTOCOL"],
    run: (r) => r.frame(Kind.credit, Buffer.from("0020000000000000", "hex")),
  },
  "takes credit back": {
    codes: ["E_PROTOCOL"],
    run: (r) => r.frame(Kind.credit, Buffer.alloc(8)),
  },
  "asks about segments of nothing": {
    codes: ["E_PROTOCOL"],
    run: (r) => r.frame(Kind.segments, Buffer.alloc(44)),
  },
  "sends content itself": {
    codes: ["E_PROTOCOL"],
    run: (r) => r.frame(Kind.data, dataBody(0, 0n, content)),
  },
  "fills records with nothing": {
    codes: ["E_INTERRUPTED"],
    async run(r) {
      for (let i = 0; i < 40; i++) await r.raw(stuffed(Kind.ping, new Uint8Array(0)));
      await r.channel.close();
    },
  },
  "pauses as often as a record holds": {
    codes: ["E_INTERRUPTED"],
    async run(r) {
      const pause = stuffed(Kind.control, json({ t: "pause", paused: true }), CONTROLS);
      for (let i = 0; i < 40; i++) await r.raw(pause);
      await r.channel.close();
    },
  },
};

/** Those of this run. */
export const SENDERS = Object.entries(EVERY_SENDER).filter(([, { slow }]) => FULL || slow !== true);
export const RECEIVERS = Object.entries(EVERY_RECEIVER);
