/** What a hostile relay does, and what its victims make of it; for every program alike. */
import type { WebSocket } from "ws";
import type { ErrorCode } from "../../../src/core/errors";
import { FrameType } from "../../../src/core/wire/frames";
import type { Role } from "../../../src/core/wire/rooms";
import { type Behaviour, HELLO, JOINED, LEFT, type OnFrame } from "./relay";

/** Instead of the relay's greeting; both sides end with one of these codes. */
export const GREETINGS: Readonly<
  Record<string, readonly [NonNullable<Behaviour["greet"]>, readonly ErrorCode[]]>
> = {
  "junk for a greeting": [(client) => client.send("junk"), ["E_RELAY_PROTOCOL"]],
  "bytes for a greeting": [(client) => client.send(Buffer.alloc(99)), ["E_RELAY_PROTOCOL"]],
  "deep JSON": [(client) => client.send("[".repeat(2000)), ["E_RELAY_PROTOCOL"]],
  "a negative limit": [
    (client) => client.send(HELLO.replace('"waitMs":600000', '"waitMs":-1')),
    ["E_RELAY_PROTOCOL"],
  ],
  "64 MiB of text": [
    (client) => client.send("x".repeat(64 * 1024 * 1024)),
    ["E_RELAY_UNREACHABLE", "E_RELAY_REFUSED"],
  ],
  "a message in a hundred thousand pieces": [
    (client) => sendPieces(client, 100_000),
    ["E_RELAY_UNREACHABLE", "E_RELAY_REFUSED"],
  ],
  "a close code that nobody knows": [(client) => client.close(4999), ["E_RELAY_REFUSED"]],
  "an error that nobody knows": [
    (client) => client.send('{"type":"error","code":4999}'),
    ["E_RELAY_REFUSED"],
  ],
};

/**
 * Pieces of a message that never ends, as long as the client is there. Some at a time: so many
 * tiny writes to one that is not reading yet would hold this process, and the kernel, for minutes.
 */
function sendPieces(client: WebSocket, count: number): void {
  let left = count;
  const some = () => {
    for (let i = 0; i < 1000 && left > 0 && client.readyState === client.OPEN; i++, left--)
      client.send("x", { fin: false });
    if (left > 0 && client.readyState === client.OPEN) setImmediate(some);
  };
  some();
}

/** Changes the `n`th frame of this type from one side, once. */
export function once(from: Role, type: number, n: number, change: OnFrame): OnFrame {
  let seen = 0;
  return (role, frame, room) => {
    if (role !== from || frame[0] !== type || seen++ !== n) return [frame];
    return change(role, frame, room);
  };
}
const flipped = (at: number) => (_: Role, frame: Buffer) => {
  const copy = Buffer.from(frame);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return [copy];
};

const { hello, m1, m2, m3, record } = FrameType;

/** With the code's first handshake spoiled, R ends; S waits on with its code. */
export const HANDSHAKES: Readonly<Record<string, readonly [() => OnFrame, readonly ErrorCode[]]>> =
  {
    "reflects HELLO": [
      () => once("receiver", hello, 0, (_, frame, room) => (room.deliver("receiver", frame), [])),
      ["E_HANDSHAKE"],
    ],
    "changes nR": [() => once("receiver", hello, 0, flipped(10)), ["E_CODE_WRONG"]],
    "puts a key of its own into M1": [() => once("sender", m1, 0, flipped(40)), ["E_CODE_WRONG"]],
    "changes the encapsulation key": [() => once("sender", m1, 0, flipped(1240)), ["E_CODE_WRONG"]],
    "changes the commitment": [() => once("sender", m1, 0, flipped(1281)), ["E_CODE_WRONG"]],
    "sends M1 of low order": [
      () => once("sender", m1, 0, (_, frame) => [Buffer.from(frame).fill(0, 34, 66)]),
      ["E_HANDSHAKE"],
    ],
    "sends an encapsulation key out of range": [
      () => once("sender", m1, 0, (_, frame) => [Buffer.from(frame).fill(0xff, 66, 1218)]),
      ["E_HANDSHAKE"],
    ],
    "cuts M1": [
      () => once("sender", m1, 0, (_, frame) => [frame.subarray(0, 1281)]),
      ["E_HANDSHAKE"],
    ],
    "changes M2": [() => once("receiver", m2, 0, flipped(600)), ["E_CODE_WRONG"]],
    "changes M3's opening": [() => once("sender", m3, 0, flipped(10)), ["E_HANDSHAKE"]],
    "changes M3's tag": [() => once("sender", m3, 0, flipped(50)), ["E_HANDSHAKE"]],
    "says M1 twice": [() => once("sender", m1, 0, (_, frame) => [frame, frame]), ["E_CODE_WRONG"]],
    "closes the receiver after M1": [
      () => once("receiver", m2, 0, (_r, _f, room) => (room.close("receiver"), [])),
      ["E_CODE_WRONG"],
    ],
    "closes the receiver before M3": [
      () => once("sender", m3, 0, (_r, _f, room) => (room.close("receiver"), [])),
      ["E_CODE_WRONG"],
    ],
    "says that the peer left, after M1": [
      () => once("sender", m1, 0, (_, frame, room) => (room.say("receiver", LEFT), [frame])),
      ["E_INTERRUPTED"],
    ],
  };

/** Spoiled once behind the keys: both come back by themselves, and nothing is wrong. */
export const RECORDS: Readonly<Record<string, () => OnFrame>> = {
  "flips a bit of the number": () => once("sender", record, 1, flipped(9)),
  "flips a bit of the content": () => once("sender", record, 2, flipped(3000)),
  "flips a bit of the tag": () =>
    once("sender", record, 2, (role, frame) => flipped(frame.length - 1)(role, frame)),
  "says a record twice": () => once("sender", record, 1, (_, frame) => [frame, frame]),
  "cuts a record": () => once("sender", record, 2, (_, frame) => [frame.subarray(0, 100)]),
  "says an old record again": () =>
    once("sender", record, 2, (_, frame, room) => {
      const old = room.seen.sender.find((one) => one[0] === record);
      return old === undefined ? [frame] : [old];
    }),
  "reflects a record": () =>
    once("sender", record, 1, (_, frame, room) => (room.deliver("sender", frame), [])),
  "sends a frame of the handshake": () =>
    once("receiver", record, 1, (_, frame) => [Buffer.alloc(66, 4).fill(1, 1, 2), frame]),
  "pairs them again in the middle": () =>
    once("sender", record, 1, (_, frame, room) => {
      for (const role of ["sender", "receiver"] as const) room.say(role, JOINED);
      return [frame];
    }),
  "closes the sender alone": () =>
    once("sender", record, 2, (_r, _f, room) => (room.close("sender", 4000), [])),
  "closes the receiver alone": () =>
    once("sender", record, 2, (_r, _f, room) => (room.close("receiver", 4000), [])),
  "says to the sender alone that the receiver left": () =>
    once("receiver", record, 1, (_, frame, room) => (room.say("sender", LEFT), [frame])),
};
