import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { toSecureShareError } from "../../../../src/core/errors";
import { CancelReason, Kind } from "../../../../src/core/session/plaintext";
import { drawCode } from "../../../../src/core/wire/code";
import { dataBody, endBody, HostilePeer } from "../../../support/hostile/peer";
import { settle } from "../../../support/memory/clock";
import { memorySource } from "../../../support/memory/files";
import { acceptAll, Bench, confirm, random, type Side } from "../../../support/memory/session";

const FULL = process.env["SECURESHARE_FULL"] === "1";
const policy = { policy: "compare", automated: false };
const content = Buffer.from("content");
const sha256 = createHash("sha256").update(content).digest();
const path = "a.txt";

/** A frame's kind and body; a CONTROL from its JSON. */
type Message = readonly [kind: number, body: Uint8Array];
const control = (json: object): Message => [Kind.control, Buffer.from(JSON.stringify(json))];
const zeros = (length: number) => Buffer.alloc(length);

/** One of every kind, each as it could be right somewhere, and what never is. */
const MESSAGES = {
  pad: [Kind.pad, zeros(9)],
  ping: [Kind.ping, zeros(0)],
  ready: control({ t: "ready", ...policy, stage: "offer", item: 0, offset: 0 }),
  hello: control({ t: "hello", ...policy }),
  offer: control({ t: "offer", items: [[path, 0, content.length, 0, 0]] }),
  "offer-end": control({ t: "offer-end", items: 1, bytes: content.length }),
  accept: control({ t: "accept", runs: [[0, 1]], last: true }),
  changed: control({ t: "changed", item: 0, size: 5, mtime: 0 }),
  again: control({ t: "again", item: 0, taken: true }),
  pause: control({ t: "pause", paused: true }),
  results: control({ t: "results", skipped: [], failed: [] }),
  DATA: [Kind.data, dataBody(0, 0n, content)],
  "half of DATA": [Kind.data, dataBody(0, 0n, content.subarray(0, 4))],
  ITEM_END: [Kind.itemEnd, endBody(0, BigInt(content.length), sha256)],
  ITEM_GONE: [Kind.itemGone, Buffer.of(0, 0, 0, 0, 1)],
  ACK: [Kind.ack, zeros(12)],
  CREDIT: [Kind.credit, Buffer.from("0000000004000000", "hex")],
  SEGMENTS: [Kind.segments, zeros(44)],
  REPAIR: [Kind.repair, dataBody(0, 0n, content)],
  DONE: [Kind.done, zeros(0)],
  "CANCEL (cancelled)": [Kind.cancel, Buffer.of(CancelReason.cancelled)],
  "CANCEL (declined)": [Kind.cancel, Buffer.of(CancelReason.declined)],
  "CANCEL (rejected)": [Kind.cancel, Buffer.of(CancelReason.rejected)],
  "CANCEL (failed)": [Kind.cancel, Buffer.of(CancelReason.failed)],
  "CANCEL (77)": [Kind.cancel, Buffer.of(77)],
  "kind 77": [77, zeros(3)],
} as const satisfies Readonly<Record<string, Message>>;
type Name = keyof typeof MESSAGES;
const NAMES = Object.keys(MESSAGES) as Name[];

/** What a CANCEL ends the other side with, whatever it is at. */
const ENDS: Readonly<Partial<Record<Name, string>>> = {
  "CANCEL (cancelled)": "E_CANCELLED",
  "CANCEL (declined)": "E_DECLINED",
  "CANCEL (rejected)": "E_VERIFY_REJECTED",
  "CANCEL (failed)": "E_INTERRUPTED",
};
const ALWAYS: readonly Name[] = ["pad", "ping"];

interface State {
  readonly name: string;
  /** What brings one there: frames to send, or `!` and a CONTROL to wait for. */
  readonly by: readonly (Name | `!${Name}`)[];
  /** What may come next, beside `ALWAYS`. */
  readonly takes: readonly Name[];
}

/** The receiver, while a sender behaves. */
const RECEIVER: readonly State[] = [
  { name: "after the keys", by: [], takes: ["hello"] },
  { name: "before the offer", by: ["hello"], takes: ["offer", "pause"] },
  { name: "in the offer", by: ["offer"], takes: ["offer-end", "offer", "pause"] },
  { name: "before the content", by: ["offer-end", "!accept"], takes: [] },
  { name: "in an item", by: ["half of DATA"], takes: ["changed", "ITEM_GONE", "pause"] },
];
const CONTENT: readonly Name[] = ["DATA", "half of DATA", "changed", "ITEM_GONE", "pause"];

/** The sender, while a receiver behaves. It has sent nothing yet of which segments could be. */
const SENDER: readonly State[] = [
  { name: "after the keys", by: [], takes: ["ready"] },
  { name: "before its offer", by: ["ready"], takes: ["pause"] },
  { name: "before the answer", by: ["!offer-end"], takes: ["accept", "pause"] },
  { name: "in the content", by: ["accept"], takes: ["results", "DONE", "pause"] },
  { name: "before DONE", by: ["results"], takes: ["results", "DONE", "pause"] },
];

/** A peer with the keys that has brought its victim into a state, and may say more. */
interface Facing {
  readonly peer: HostilePeer;
  readonly victim: Side;
  readonly bench: Bench;
}

async function say(peer: HostilePeer, name: Name): Promise<void> {
  const [kind, body] = MESSAGES[name];
  await peer.frame(kind, body).catch(() => {});
}

async function bring({ peer }: Facing, states: readonly State[], last: number): Promise<void> {
  for (const step of states.slice(0, last + 1).flatMap(({ by }) => by))
    if (step.startsWith("!")) await peer.until(step.slice(1));
    else await say(peer, step as Name);
}

async function facingReceiver(): Promise<Facing> {
  const bench = new Bench();
  const code = drawCode((n) => random.bytes(n));
  const meeting = HostilePeer.sender(bench, code);
  await settle();
  const victim = bench.receive(code, { decide: acceptAll });
  return { peer: await meeting, victim, bench };
}

/** `held`: its user has not confirmed yet. */
async function facingSender(held: boolean): Promise<Facing> {
  const bench = new Bench();
  const verify = held ? () => new Promise<never>(() => {}) : confirm;
  const victim = bench.send(await memorySource({ [path]: content }), { verify });
  return { peer: await HostilePeer.receiver(bench, await victim.code), victim, bench };
}

/** Leaves, and tells how the victim ends; nothing wrong may be there then. */
async function endOf({ peer, victim, bench }: Facing): Promise<string> {
  const ended = victim.outcome.then(
    ({ outcome }): string => outcome,
    (error: unknown) => toSecureShareError(error).code,
  );
  await settle();
  await peer.channel.close();
  await bench.clock.advance(60_000);
  assert.equal(bench.sink.partial.size, 0);
  for (const [name, bytes] of bench.sink.published) {
    assert.equal(name, path);
    assert.deepEqual(bytes, content);
  }
  return ended;
}

/** Taken, and nothing followed it: the connection was lost. */
const TAKEN = /^(E_INTERRUPTED|completed|E_SOURCE_VANISHED)$/;

/** An item that is shorter than it was offered has no right digest. */
const REFUSED = /^(E_PROTOCOL|E_INTEGRITY)$/;

function judge(end: string, name: Name, takes: readonly Name[]): void {
  const word = ENDS[name];
  const right =
    word !== undefined ? end === word : (takes.includes(name) ? TAKEN : REFUSED).test(end);
  assert.ok(right, `${name}: ${end}`);
}

describe("every message in every state", () => {
  for (const [at, { name: state, takes }] of RECEIVER.entries())
    it(`of a receiver: ${state}`, async () => {
      const may = state === "before the content" ? CONTENT : takes;
      for (const name of NAMES) {
        const facing = await facingReceiver();
        await bring(facing, RECEIVER, at);
        await say(facing.peer, name);
        const end = await endOf(facing);
        judge(end, name, [...ALWAYS, ...may]);
      }
    });

  for (const [at, { name: state, takes }] of SENDER.entries())
    it(`of a sender: ${state}`, async () => {
      for (const name of NAMES) {
        const facing = await facingSender(state === "before its offer");
        await bring(facing, SENDER, at);
        await say(facing.peer, name);
        const end = await endOf(facing);
        judge(end, name, [...ALWAYS, "ACK", "CREDIT", ...takes]);
      }
    });

  it("after any prefix of a good run, anything: an end of its own, and nothing wrong", async () => {
    const messages = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 6 });
    const run = fc.tuple(fc.boolean(), fc.nat({ max: RECEIVER.length - 1 }), messages);
    await fc.assert(
      fc.asyncProperty(run, async ([receiver, at, names]) => {
        const facing = receiver ? await facingReceiver() : await facingSender(false);
        await bring(facing, receiver ? RECEIVER : SENDER, at);
        for (const name of names) await say(facing.peer, name);
        assert.match(await endOf(facing), /^(E_(?!INTERNAL)[A-Z_]+|completed|partial)$/);
      }),
      { numRuns: FULL ? 3_000 : 60, seed: 5 },
    );
  });
});
