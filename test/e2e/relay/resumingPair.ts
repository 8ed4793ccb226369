/**
 * A transfer between two bare clients that survives the loss of its relay: numbered frames in
 * a resume room, and whoever loses its connection joins again and goes on where it was.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Role } from "../../../src/core/wire/rooms";
import { type Arrival, type JoinOptions, join, newClaim, type Peer } from "./peer";

export interface ResumingTransfer {
  /** Settles when the receiver has half of the frames; the sender stops there. */
  readonly half: Promise<void>;
  /** Lets the sender go on beyond the half. */
  readonly release: () => void;
  /** The numbers of the frames as they were received, each once and in order if all is well. */
  readonly received: Promise<readonly number[]>;
  /** Times that either side joined. */
  readonly joins: () => number;
}

const FRAME_BYTES = 8 * 1024;
const RETRY_MS = 50;
/** Who waits longer than this for the other side asks again, for the room may have moved. */
const ALONE_MS = 1_500;

interface Progress {
  joins: number;
}

/** Joins until both sides are there; whatever goes wrong is tried again. */
async function meet(
  relay: string,
  room: string,
  role: Role,
  options: JoinOptions,
  progress: Progress,
): Promise<Peer> {
  for (;;) {
    progress.joins += 1;
    const peer = await join(relay, room, role, options).catch(() => undefined);
    const timer = setTimeout(() => peer?.ws.terminate(), ALONE_MS);
    const first = await peer?.next();
    clearTimeout(timer);
    if (peer !== undefined && first?.kind === "said" && first.message.type === "peer") return peer;
    peer?.ws.terminate();
    await delay(RETRY_MS);
  }
}

/** The next arrival that is not the relay's notice of its end, which changes nothing yet. */
async function nextOf(peer: Peer): Promise<Arrival> {
  for (;;) {
    const arrival = await peer.next();
    if (arrival.kind !== "said" || arrival.message.type !== "draining") return arrival;
  }
}

/** Sends from the number that the receiver asks for; ends with the connection. */
async function sendOver(peer: Peer, frames: number, gate: (index: number) => Promise<void>) {
  const wanted = await nextOf(peer);
  if (wanted.kind !== "frame") return;
  for (let index = wanted.frame.readUInt32BE(); index < frames; index += 1) {
    await gate(index);
    const frame = Buffer.alloc(FRAME_BYTES);
    frame.writeUInt32BE(index);
    const sent = await new Promise((resolve) => {
      peer.ws.send(frame, (error) => resolve(!(error instanceof Error)));
    });
    if (sent !== true) return;
  }
  // The receiver leaves when it has all of them.
  await nextOf(peer);
}

/** Asks for what is missing and takes frames until all are there or the connection ends. */
async function receiveOver(peer: Peer, numbers: number[], take: (index: number) => void) {
  const wanted = Buffer.alloc(4);
  wanted.writeUInt32BE(numbers.length);
  peer.ws.send(wanted);
  for (;;) {
    const arrival = await nextOf(peer);
    if (arrival.kind !== "frame") return;
    take(arrival.frame.readUInt32BE());
  }
}

/** Starts a transfer of so many frames; `room` is a resume room. */
export function startTransfer(
  relay: string,
  room: string,
  frames: number,
  options: JoinOptions = {},
): ResumingTransfer {
  const progress: Progress = { joins: 0 };
  const numbers: number[] = [];
  let [halfDone, release] = [() => undefined as void, () => undefined as void];
  const half = new Promise<void>((resolve) => {
    halfDone = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const gate = async (index: number) => {
    if (index >= frames / 2) await released;
  };
  const sending = (async () => {
    const claim = newClaim();
    while (numbers.length < frames) {
      const peer = await meet(relay, room, "sender", { ...options, claim }, progress);
      await sendOver(peer, frames, gate);
      peer.ws.terminate();
    }
  })();
  const receiving = (async () => {
    const claim = newClaim();
    while (numbers.length < frames) {
      const peer = await meet(relay, room, "receiver", { ...options, claim }, progress);
      await receiveOver(peer, numbers, (index) => {
        numbers.push(index);
        if (numbers.length >= frames / 2) halfDone();
        if (numbers.length >= frames) peer.ws.close();
      });
      peer.ws.terminate();
    }
  })();
  const received = Promise.all([sending, receiving]).then(() => numbers);
  return { half, release, received, joins: () => progress.joins };
}

/** What a transfer of so many frames must have received. */
export function allOf(frames: number): readonly number[] {
  return Array.from({ length: frames }, (_, index) => index);
}
