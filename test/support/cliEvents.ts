/** The contract of `--json`, strictly: what docs/CLI.md says and nothing beside it. */
import * as v from "valibot";
import { type ErrorCode, EXIT_CODES } from "../../src/core/errors";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.pipe(v.string(), v.nonEmpty());
const sha256 = v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)));
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const errorCodes = Object.keys(EXIT_CODES) as ErrorCode[];
const outcomes = [
  "written",
  "renamed",
  "overwritten",
  "skipped",
  "sent",
  "failed",
  "left-out",
] as const;

export const cliEvent = v.variant("event", [
  v.strictObject({ event: v.literal("listening"), url: text }),
  v.strictObject({
    event: v.literal("code"),
    code: v.pipe(v.string(), v.regex(/^[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}$/)),
    link: v.pipe(v.string(), v.url()),
    relay: v.pipe(v.string(), v.regex(/^wss?:\/\//)),
    expiresAt: v.pipe(v.string(), v.isoTimestamp()),
  }),
  v.strictObject({ event: v.literal("peer"), state: v.picklist(["joined", "left"]) }),
  v.strictObject({
    event: v.literal("verify"),
    code: v.nullable(v.pipe(v.string(), v.regex(/^\d{6}$/))),
    mode: v.picklist(["compare", "type"]),
    peer: v.strictObject({
      policy: v.picklist(["compare", "type", "code-only"]),
      automated: v.boolean(),
    }),
  }),
  v.strictObject({
    event: v.literal("offer"),
    items: v.array(
      v.strictObject({
        path: v.string(),
        bytes: count,
        kind: v.picklist(["file", "folder", "text"]),
        dangerous: v.optional(v.literal(true)),
        exists: v.optional(v.literal(true)),
        refused: v.optional(text),
      }),
    ),
    totalBytes: count,
    folder: text,
    freeBytes: v.optional(count),
  }),
  v.strictObject({
    event: v.literal("progress"),
    bytes: count,
    totalBytes: count,
    bytesPerSecond: count,
    path: v.picklist(["relay", "direct"]),
  }),
  v.strictObject({
    event: v.literal("file"),
    path: v.string(),
    bytes: count,
    sha256,
    outcome: v.picklist(outcomes),
    finalPath: v.optional(text),
    reason: v.optional(text),
  }),
  v.strictObject({ event: v.literal("text"), text: v.string() }),
  v.strictObject({
    event: v.literal("interrupted"),
    reason: text,
    resumable: v.boolean(),
    id: v.optional(id),
  }),
  v.strictObject({ event: v.literal("resumed"), bytes: count }),
  v.strictObject({
    event: v.literal("changed"),
    path: v.string(),
    bytes: count,
    formerBytes: count,
    freeBytes: v.optional(count),
  }),
  v.strictObject({ event: v.literal("paused"), us: v.boolean(), peer: v.boolean() }),
  v.strictObject({ event: v.literal("relay"), relay: text }),
  v.strictObject({
    event: v.literal("transfer"),
    id,
    role: v.picklist(["sender", "receiver"]),
    createdAt: v.pipe(v.string(), v.isoTimestamp()),
    touchedAt: v.pipe(v.string(), v.isoTimestamp()),
    items: v.optional(count),
    files: v.optional(count),
    bytes: v.optional(count),
    folder: v.optional(text),
    running: v.boolean(),
  }),
  v.strictObject({ event: v.literal("forgotten"), id }),
  v.strictObject({
    event: v.literal("done"),
    outcome: v.picklist(["completed", "partial"]),
    bytes: count,
    files: count,
    seconds: v.pipe(v.number(), v.minValue(0)),
  }),
  v.strictObject({
    event: v.literal("error"),
    code: v.picklist(errorCodes),
    message: text,
    remedy: text,
    exitCode: count,
  }),
]);

export type CliEvent = v.InferOutput<typeof cliEvent>;
