/** Where transfers begin: send, drop, receive. */
import { html, nothing, type TemplateResult } from "lit";
import { classMap } from "lit/directives/class-map.js";
import { codeBox } from "../ui/codeBox";
import { hover, leave, onDrop } from "../ui/dropZone";
import { button, type Piece } from "../ui/elements";
import { note } from "../ui/transfer/parts";
import type { Context } from "./context";
import { droppedUris } from "./drop";

export function start(context: Context): TemplateResult {
  const { texts, post, state } = context;
  const alone = state.transfers.length === 0 && (state.interrupted ?? []).length === 0;
  return html`<section class="start" aria-labelledby="start">
    <h2 id="start" class=${classMap({ spoken: alone })}>${texts.say("startHeading")}</h2>
    ${alone ? html`<p>${texts.say("intro")}</p>` : nothing}
    <div class="drop" @dragover=${hover} @dragenter=${hover} @dragleave=${leave} @drop=${onDrop((dropped) => context.dropped(droppedUris(dropped)))}>
      ${button(texts.say("send"), { action: "send", primary: alone }, () => post({ type: "send" }))}
      <p class="muted">${texts.say("dropHere")}</p>
      ${context.emptyDrop ? html`<div role="alert">${note("warning", texts.say("dropNothing"))}</div>` : nothing}
    </div>
    ${receive(context)}
  </section>`;
}

function receive(context: Context): TemplateResult {
  const { texts, draft, typed, submit } = context;
  return codeBox({
    texts,
    heading: html`<h3 id="receive">${texts.say("receiveHeading")}</h3>`,
    draft,
    invalid: context.verdict?.invitation === draft && context.verdict.failure !== undefined,
    secondary: true,
    typed,
    submit,
    verdict: verdict(context),
  });
}

/** Nothing is said about a code that is still being typed. */
function verdict({ texts, draft, verdict }: Context): Piece {
  if (verdict === undefined || verdict.invitation !== draft || draft === "") return nothing;
  if (verdict.failure === undefined) return note("pass", texts.say("invitationFits"));
  const { message, remedy } = texts.failure(verdict.failure);
  return note("error", html`${message} ${remedy}`);
}
