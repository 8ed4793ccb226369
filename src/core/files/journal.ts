/**
 * What a transfer leaves on disk so that it can go on after its program has ended
 * (docs/PROTOCOL.md, "Journal"): a document, replaced as a whole when something of it
 * changes, and a log of the receiver's progress. Both are versioned, and read strictly.
 */
import * as v from "valibot";

export const JOURNAL_VERSION = 1;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = (length: number) => v.pipe(v.string(), v.maxLength(length));
const base64 = v.pipe(v.string(), v.maxLength(4096), v.regex(/^[A-Za-z0-9+/]*={0,2}$/));
const policy = v.picklist(["compare", "type", "code-only"]);
const runs = v.array(v.strictTuple([count, count]));

/** Files that may begin anew in one transfer, because they changed under it. */
export const CHANGES_MAX = 1000;
const change = { item: count, size: count, mtime: v.pipe(v.number(), v.safeInteger()) };
const receiverChange = v.strictObject(change);
const senderChange = v.strictObject({ ...change, identity: text(256) });
const changes = <S extends v.GenericSchema>(one: S) =>
  v.optional(v.pipe(v.array(one), v.maxLength(CHANGES_MAX)), []);

/** A file that both users want in its new form. */
export type ReceiverChange = v.InferOutput<typeof receiverChange>;
/** With what it is on S's disk; opaque to the core. */
export type SenderChange = v.InferOutput<typeof senderChange>;

const common = {
  version: v.literal(JOURNAL_VERSION),
  /** 32 lower-case hex digits. */
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  /** Milliseconds since 1970, for expiry and for the user's list. */
  createdAt: count,
  touchedAt: count,
  /** For how long after `touchedAt` it is kept, as its last run was told. */
  keepForMs: v.optional(count, 0),
  relays: v.pipe(v.array(text(2048)), v.maxLength(64)),
  /** Sealed under the wrapping key: resume secrets and digits (`Sealed` in session/memory.ts). */
  sealed: base64,
  /** This side's user has confirmed the digits. */
  verified: v.boolean(),
  verify: policy,
  automated: v.boolean(),
  peer: v.nullable(v.strictObject({ policy, automated: v.boolean() })),
  /** All items' names have crossed. */
  offered: v.boolean(),
  accepted: v.nullable(runs),
};

const senderDocument = v.strictObject({
  ...common,
  role: v.literal("sender"),
  padding: v.boolean(),
  /** Address of the sender's own relay, which must come back with it. */
  embedded: v.nullable(text(2048)),
  changed: changes(senderChange),
});

const receiverDocument = v.strictObject({
  ...common,
  role: v.literal("receiver"),
  folder: v.nullable(text(32_768)),
  conflict: v.nullable(v.picklist(["rename", "overwrite", "skip"])),
  changed: changes(receiverChange),
});

const transferDocument = v.variant("role", [senderDocument, receiverDocument]);

export type SenderDocument = v.InferOutput<typeof senderDocument>;
export type ReceiverDocument = v.InferOutput<typeof receiverDocument>;
export type TransferDocument = v.InferOutput<typeof transferDocument>;

/** A file's identity on its file system: device and inode, in decimal. */
const identity = text(64);

const progressEntry = v.variant("k", [
  /** The target folder and where partial files lie; opaque to the core. */
  v.strictObject({ k: v.literal("staging"), path: text(32_768) }),
  /** A partial file was made; `file` is opaque to the core. */
  v.strictObject({ k: v.literal("open"), item: count, file: text(32_768) }),
  /** The partial file is on disk up to here. */
  v.strictObject({ k: v.literal("durable"), item: count, offset: count }),
  /** About to appear under this name, with this identity. */
  v.strictObject({ k: v.literal("publish"), item: count, path: text(32_768), identity }),
  /** Nothing more happens with this item. */
  v.strictObject({
    k: v.literal("settled"),
    item: count,
    outcome: v.picklist(["written", "renamed", "overwritten", "skipped", "failed"]),
    error: v.nullable(text(64)),
    /** What it came to, for the results of a later run; absent for folders and failures. */
    sha256: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
    path: v.optional(text(32_768)),
  }),
]);

export type ProgressEntry = v.InferOutput<typeof progressEntry>;
export type SettledEntry = Extract<ProgressEntry, { k: "settled" }>;

/** The document in `json`; `undefined` when it is none of this version. */
export function parseDocument(json: string): TransferDocument | undefined {
  return parsed(transferDocument, json);
}

/** One line of the progress log; `undefined` when it is torn or foreign. */
export function parseProgress(line: string): ProgressEntry | undefined {
  return parsed(progressEntry, line);
}

function parsed<S extends v.GenericSchema>(schema: S, json: string): v.InferOutput<S> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  const result = v.safeParse(schema, value);
  return result.success ? result.output : undefined;
}
