/**
 * Frames: one WebSocket binary message each. Byte 0 is the type, byte 1 the version;
 * integers are big-endian (docs/PROTOCOL.md, "Frames").
 */
import { FRAME_MAX, RECORD_HEADER, RECORD_TAG } from "./limits";

export const VERSION = 1;

export const FrameType = {
  hello: 0x01,
  m1: 0x02,
  m2: 0x03,
  m3: 0x04,
  abort: 0x0f,
  record: 0x10,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** Exact lengths of the frames that arrive before anything is authenticated. */
const FRAME_LENGTH: Readonly<Record<Exclude<FrameType, 0x10>, number>> = {
  [FrameType.hello]: 35,
  [FrameType.m1]: 1282,
  [FrameType.m2]: 1154,
  [FrameType.m3]: 66,
  [FrameType.abort]: 3,
};

export const AbortReason = { version: 1, other: 2 } as const;
export type AbortReason = (typeof AbortReason)[keyof typeof AbortReason];

/** How a frame is judged before its content is looked at. */
export type FrameClass = FrameType | "version" | "malformed";

/** Type of a frame with right version and length; `version` and `malformed` otherwise. */
export function classifyFrame(frame: Uint8Array): FrameClass {
  const type = frame[0];
  if (type === undefined || frame[1] === undefined) return "malformed";
  if (frame[1] !== VERSION) return "version";
  if (type === FrameType.record) {
    const fits = frame.length >= RECORD_HEADER + RECORD_TAG && frame.length <= FRAME_MAX;
    return fits ? FrameType.record : "malformed";
  }
  const length = (FRAME_LENGTH as Readonly<Record<number, number>>)[type];
  return length === frame.length ? (type as FrameType) : "malformed";
}

export function abortFrame(reason: AbortReason): Uint8Array {
  return Uint8Array.of(FrameType.abort, VERSION, reason);
}
