/** The messages between extension host and view, and their validation. */
import * as v from "valibot";
import type { ViewState } from "./state";

/** From the host: always the whole state. */
export type HostMessage = { type: "state"; state: ViewState };

const id = v.pipe(v.string(), v.maxLength(64));
const paths = v.pipe(v.array(v.pipe(v.string(), v.maxLength(8192))), v.maxLength(1000));

const viewMessage = v.variant("type", [
  v.strictObject({ type: v.literal("ready") }),
  v.strictObject({ type: v.literal("send") }),
  v.strictObject({ type: v.literal("drop"), uris: paths }),
  v.strictObject({ type: v.literal("receive"), invitation: v.pipe(v.string(), v.maxLength(2048)) }),
  v.strictObject({
    type: v.literal("copy"),
    id,
    what: v.picklist(["code", "spoken", "link", "editorLink", "log", "text"]),
  }),
  v.strictObject({
    type: v.literal("copySha256"),
    id,
    item: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  }),
  v.strictObject({ type: v.literal("saveLog"), id }),
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
  v.strictObject({
    type: v.literal("conflict"),
    id,
    policy: v.picklist(["rename", "overwrite", "skip"]),
  }),
  v.strictObject({ type: v.literal("accept"), id }),
  v.strictObject({ type: v.literal("decline"), id }),
  v.strictObject({ type: v.literal("cancel"), id }),
  v.strictObject({ type: v.literal("retry"), id }),
  v.strictObject({ type: v.literal("reveal"), id }),
  v.strictObject({ type: v.literal("dismiss"), id }),
  v.strictObject({ type: v.literal("language"), language: v.picklist(["auto", "en", "uk", "de"]) }),
  v.strictObject({ type: v.literal("setRelay") }),
]);

export type ViewMessage = v.InferOutput<typeof viewMessage>;

/** A message of the view; `undefined` when it is none of ours. */
export function parseViewMessage(data: unknown): ViewMessage | undefined {
  const result = v.safeParse(viewMessage, data);
  return result.success ? result.output : undefined;
}
