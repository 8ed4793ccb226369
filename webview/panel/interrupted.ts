/** What earlier windows left unfinished: each goes on with one press, or is forgotten. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { InterruptedTransfer } from "../../src/bridge/state";
import { button, icon, type Piece } from "../ui/elements";
import { subjectHeading } from "../ui/transfer/subject";
import type { Context } from "./context";

export function interrupted(context: Context): Piece {
  const { state, texts } = context;
  const list = state.interrupted ?? [];
  if (list.length === 0) return nothing;
  return html`<section class="interrupted" aria-labelledby="interrupted">
    <h2 id="interrupted">${texts.say("interruptedHeading")}</h2>
    <ul role="list">
      ${repeat(
        list,
        ({ id }) => id,
        (transfer) => entry(context, transfer),
      )}
    </ul>
  </section>`;
}

function entry(context: Context, transfer: InterruptedTransfer): TemplateResult {
  const { texts } = context;
  const { id, role, at, contents, elsewhere } = transfer;
  const size = contents === undefined ? "" : `${texts.formats.bytes(contents.bytes)} · `;
  const last = texts.fill("lastActive", { time: texts.moment(at) });
  return html`<li class="listed" data-journal=${id}>
    ${icon(role === "sender" ? "cloud-upload" : "cloud-download")}
    <div class="title">
      <h3>${subjectHeading(texts, role, contents)}</h3>
      <p class="muted">${size}${elsewhere ? texts.say("elsewhere") : last}</p>
    </div>
    ${elsewhere ? nothing : actions(context, id)}
  </li>`;
}

function actions({ texts, post }: Context, journal: string): TemplateResult {
  return html`<div class="actions small">
    ${button(texts.say("resume"), { action: "resume", icon: "debug-continue", primary: true }, () =>
      post({ type: "resume", journal }),
    )}
    ${button(texts.say("forget"), { action: "forget" }, () => post({ type: "forget", journal }))}
  </div>`;
}
