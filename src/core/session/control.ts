/** CONTROL bodies: JSON with a strict schema for each message (docs/PROTOCOL.md, "Control"). */
import * as v from "valibot";
import { wirePage } from "../files/manifest";
import { CONTROL_MAX } from "../wire/limits";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const policy = {
  policy: v.picklist(["compare", "type", "code-only"]),
  automated: v.boolean(),
};
const runs = v.pipe(v.array(v.strictTuple([count, count])), v.maxLength(8192));

const control = v.variant("t", [
  /** R's first record: what it has, and from where it wants the content. */
  v.strictObject({
    t: v.literal("ready"),
    ...policy,
    stage: v.picklist(["offer", "decide", "content"]),
    item: count,
    offset: count,
  }),
  /** S's first record. */
  v.strictObject({ t: v.literal("hello"), ...policy }),
  /** This side's user pauses or goes on; S moves content while neither side is paused. */
  v.strictObject({ t: v.literal("pause"), paused: v.boolean() }),
  /** S: this file is another one now, and S's user wants it sent so. R's user answers. */
  v.strictObject({
    t: v.literal("changed"),
    item: count,
    size: count,
    mtime: v.pipe(v.number(), v.safeInteger()),
  }),
  v.strictObject({ t: v.literal("again"), item: count, taken: v.boolean() }),
  v.strictObject({ t: v.literal("offer"), items: wirePage }),
  v.strictObject({ t: v.literal("offer-end"), items: count, bytes: count }),
  /** Runs of accepted items, in pages; the last one says so. */
  v.strictObject({ t: v.literal("accept"), runs, last: v.boolean() }),
  /** Accepted items that were not published, by number. */
  v.strictObject({
    t: v.literal("results"),
    skipped: v.pipe(v.array(count), v.maxLength(8192)),
    failed: v.pipe(v.array(count), v.maxLength(8192)),
  }),
]);

export type Control = v.InferOutput<typeof control>;
export type ControlOf<T extends Control["t"]> = Extract<Control, { t: T }>;

/** Numbers in a page of runs or results, so that a page stays under CONTROL_MAX. */
export const PAGE_NUMBERS = 3000;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function encodeControl(message: Control): Uint8Array {
  return encoder.encode(JSON.stringify(message));
}

/** The message in a CONTROL body; `undefined` when it is none of ours. */
export function decodeControl(json: Uint8Array): Control | undefined {
  if (json.length > CONTROL_MAX) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(json));
  } catch {
    return undefined;
  }
  const result = v.safeParse(control, value);
  return result.success ? result.output : undefined;
}
