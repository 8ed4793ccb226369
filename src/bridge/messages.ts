/** The messages between extension host and view, and their validation. */
import * as v from "valibot";
import { LANGUAGE_SETTINGS } from "../../l10n/language";
import type { Failure } from "../core/errors";
import type { ViewState } from "./state";

/**
 * From the host: the whole state, or what it found in an invitation. `checked` answers every
 * `check` and every `receive`, and says which; a `receive` with a failure started nothing.
 */
export type HostMessage =
  | { type: "state"; state: ViewState }
  | {
      type: "checked";
      of: "check" | "receive";
      invitation: string;
      failure: Failure | undefined;
    };

const id = v.pipe(v.string(), v.maxLength(64));
const path = v.pipe(v.string(), v.maxLength(4096));
const invitation = v.pipe(v.string(), v.maxLength(2048));
const paths = v.pipe(v.array(v.pipe(v.string(), v.maxLength(8192))), v.maxLength(1000));

const viewMessage = v.variant("type", [
  v.strictObject({ type: v.literal("ready") }),
  v.strictObject({ type: v.literal("send") }),
  v.strictObject({ type: v.literal("drop"), uris: paths }),
  /** Typed so far; asked for once it is as long as a code, so that a slip shows at once. */
  v.strictObject({ type: v.literal("check"), invitation }),
  v.strictObject({ type: v.literal("receive"), invitation }),
  v.strictObject({
    type: v.literal("copy"),
    id,
    /** `checksums`: a line for each file, as `sha256sum` prints it. */
    what: v.picklist([
      "code",
      "spoken",
      "link",
      "editorLink",
      "log",
      "text",
      "checksums",
      "movedTo",
      "forwarded",
    ]),
  }),
  /** `item`: index in the phase's `items`. */
  v.strictObject({
    type: v.literal("copySha256"),
    id,
    item: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  }),
  v.strictObject({ type: v.literal("saveLog"), id }),
  v.strictObject({ type: v.literal("saveText"), id }),
  v.strictObject({ type: v.literal("confirm"), id }),
  v.strictObject({ type: v.literal("reject"), id }),
  v.strictObject({ type: v.literal("typed"), id, digits: v.pipe(v.string(), v.maxLength(16)) }),
  v.strictObject({ type: v.literal("chooseFolder"), id }),
  v.strictObject({
    type: v.literal("tick"),
    id,
    index: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    on: v.boolean(),
  }),
  /** A folder's own item, if it has one, and all below it; switching on leaves dangerous ones. */
  v.strictObject({ type: v.literal("tickFolder"), id, path, on: v.boolean() }),
  v.strictObject({ type: v.literal("tickAll"), id, on: v.boolean() }),
  v.strictObject({
    type: v.literal("conflict"),
    id,
    policy: v.picklist(["rename", "overwrite", "skip"]),
  }),
  v.strictObject({ type: v.literal("accept"), id }),
  v.strictObject({ type: v.literal("decline"), id }),
  /** About a file that has changed: send or take it as it is now, or leave it out. */
  v.strictObject({ type: v.literal("changed"), id, again: v.boolean() }),
  v.strictObject({ type: v.literal("cancel"), id }),
  /** Sends the same anew, with or without what `.gitignore` files name: with a new code. */
  v.strictObject({ type: v.literal("gitignore"), id, heeded: v.boolean() }),
  v.strictObject({ type: v.literal("pause"), id, paused: v.boolean() }),
  /** The receiver's user wants to name the address to which the sender has moved. */
  v.strictObject({ type: v.literal("nameAddress"), id }),
  v.strictObject({ type: v.literal("retry"), id }),
  v.strictObject({ type: v.literal("reveal"), id }),
  v.strictObject({ type: v.literal("dismiss"), id }),
  v.strictObject({ type: v.literal("language"), language: v.picklist(LANGUAGE_SETTINGS) }),
  v.strictObject({ type: v.literal("setRelay") }),
  /** About the window's own relay; `relay`: index in the state's `relays`. */
  v.strictObject({ type: v.literal("stopRelay") }),
  v.strictObject({
    type: v.literal("copyRelay"),
    relay: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  }),
  /** About an interrupted transfer, by its journal's id. */
  v.strictObject({ type: v.literal("resume"), journal: id }),
  v.strictObject({ type: v.literal("forget"), journal: id }),
  /** About a finished transfer of the history. */
  v.strictObject({
    type: v.literal("finished"),
    record: id,
    what: v.picklist(["reveal", "copy", "forget"]),
  }),
  v.strictObject({ type: v.literal("forgetAll") }),
]);

export type ViewMessage = v.InferOutput<typeof viewMessage>;

/** A message of the view; `undefined` when it is none of ours. */
export function parseViewMessage(data: unknown): ViewMessage | undefined {
  const result = v.safeParse(viewMessage, data);
  return result.success ? result.output : undefined;
}
