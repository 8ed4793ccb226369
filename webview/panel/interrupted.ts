/** What earlier windows left unfinished: each goes on with one press, or is forgotten. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { InterruptedTransfer } from "../../src/bridge/state";
import { button, icon, outside, type Piece } from "../ui/elements";
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
  const { id, role, at, elsewhere } = transfer;
  return html`<li class="interrupted-item" data-journal=${id}>
    <h3>
      ${icon(role === "sender" ? "cloud-upload" : "cloud-download")}
      <span>${texts.say(role === "sender" ? "sending" : "receiving")}${what(context, transfer)}</span>
    </h3>
    <p class="muted">
      ${elsewhere ? texts.say("elsewhere") : texts.fill("lastActive", { time: texts.moment(at) })}
    </p>
    ${elsewhere ? nothing : actions(context, id)}
  </li>`;
}

function what({ texts }: Context, { contents }: InterruptedTransfer): Piece {
  const [name] = contents?.names ?? [];
  if (contents === undefined || name === undefined) return nothing;
  const more = contents.names.length - 1;
  return html`: ${outside(name)}
  ${more === 0 ? nothing : texts.fill("andMore", { count: more })},
  ${texts.formats.bytes(contents.bytes)}`;
}

function actions({ texts, post }: Context, journal: string): TemplateResult {
  return html`<div class="actions small">
    ${button(texts.say("resume"), { action: "resume", icon: "debug-continue", primary: true }, () =>
      post({ type: "resume", journal }),
    )}
    ${button(texts.say("forget"), { action: "forget" }, () => post({ type: "forget", journal }))}
  </div>`;
}
