/** A file is not any more what was offered: shall it be sent as it is now? */
import { html, nothing, type TemplateResult } from "lit";
import type { Phase, TransferView } from "../../../../src/bridge/state";
import { button, outside } from "../../elements";
import type { Context } from "../context";
import { cancelButton } from "../parts";

export type Changed = Extract<Phase, { phase: "changed" }>;

export function changed(
  { texts, post, ...context }: Context,
  { id, role }: TransferView,
  { path, before, bytes, freeBytes }: Changed,
): TemplateResult {
  const { formats } = texts;
  const sizes = { before: formats.bytes(before), now: formats.bytes(bytes) };
  const answer = (again: boolean) => post({ type: "changed", id, again });
  const sender = role === "sender";
  return html`
    <p class="question">${texts.say(sender ? "changedSend" : "changedReceive")}</p>
    <p class="current">${outside(path)}</p>
    <p class="muted">${texts.fill("changedSizes", sizes)}</p>
    ${
      freeBytes === undefined
        ? nothing
        : html`<p class="muted">${texts.fill("freeSpace", { bytes: formats.bytes(freeBytes) })}</p>`
    }
    <div class="actions">
      ${button(
        texts.say(sender ? "changedSendYes" : "changedReceiveYes"),
        { action: "changedYes", primary: true },
        () => answer(true),
      )}
      ${button(texts.say("changedNo"), { action: "changedNo" }, () => answer(false))}
      ${cancelButton({ texts, post, ...context }, id)}
    </div>
    <p class="muted">${texts.say("changedWhy")}</p>
  `;
}
