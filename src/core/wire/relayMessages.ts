/** The relay's own words: JSON text frames, from the relay to its clients only. */
import * as v from "valibot";
import { RELAY_TEXT_MAX } from "./limits";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What this relay allows; `null` means no limit. Milliseconds and bytes. */
const limits = v.strictObject({
  /** The longest time a socket may wait for its peer. */
  waitMs: count,
  /** The longest frame forwarded. */
  frameBytes: count,
  sessionBytes: v.nullable(count),
  bytesPerSecond: v.nullable(count),
});

const relayMessage = v.variant("type", [
  v.strictObject({ type: v.literal("hello"), version: v.literal(1), limits }),
  v.strictObject({ type: v.literal("peer"), state: v.picklist(["joined", "left"]) }),
  v.strictObject({ type: v.literal("error"), code: v.pipe(v.number(), v.safeInteger()) }),
  v.strictObject({ type: v.literal("draining") }),
]);

export type RelayLimits = v.InferOutput<typeof limits>;
export type RelayMessage = v.InferOutput<typeof relayMessage>;

/** Parses a text frame of the relay; `undefined` when it is none. */
export function parseRelayMessage(text: string): RelayMessage | undefined {
  if (text.length > RELAY_TEXT_MAX) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = v.safeParse(relayMessage, json);
  return result.success ? result.output : undefined;
}
