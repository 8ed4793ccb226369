/** The window's own relay, while it runs: where, who reaches it, and how it ends. */
import { html, nothing, type TemplateResult } from "lit";
import type { OwnRelay } from "../../src/bridge/state";
import { button, icon, outside, type Piece } from "../ui/elements";
import { copyButton } from "../ui/transfer/parts";
import { reachText } from "../ui/transfer/phases/waiting";
import type { Context } from "./context";

export function relays(context: Context): Piece {
  const { state, texts, post } = context;
  const list = state.relays ?? [];
  if (list.length === 0) return nothing;
  return html`<section class="relays" aria-labelledby="relays">
    <h2 id="relays">${texts.say("ownRelayHeading")}</h2>
    <ul role="list">
      ${list.map((relay, index) => entry(context, relay, index))}
    </ul>
    ${button(texts.say("stopRelay"), { action: "stopRelay", icon: "debug-stop" }, () =>
      post({ type: "stopRelay" }),
    )}
  </section>`;
}

function entry(context: Context, { address, reach }: OwnRelay, index: number): TemplateResult {
  const { texts } = context;
  const look = { label: texts.say("copyAddress"), key: `copy-relay-${index}` };
  return html`<li class="listed">
    ${icon("broadcast")}
    <div class="title">
      <h3>${outside(address)}</h3>
      ${reachText(context, reach)}
    </div>
    <div class="actions small">${copyButton(context, look, { type: "copyRelay", relay: index })}</div>
  </li>`;
}
