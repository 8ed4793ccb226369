/** What has been finished, in this window and in others: where it is, its checksums, or forget it. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { FinishedTransfer } from "../../src/bridge/state";
import { button, icon, iconButton, outside, type Piece } from "../ui/elements";
import { isolated } from "../ui/isolate";
import { kindAndCount } from "../ui/transfer/parts";
import { subjectHeading } from "../ui/transfer/subject";
import type { Context } from "./context";

export function history(context: Context): Piece {
  const { state, texts, post } = context;
  const list = state.history ?? [];
  if (list.length === 0) return nothing;
  return html`<details class="history">
    <summary><h2>${texts.fill("historyHeading", { count: list.length })}</h2></summary>
    <ul role="list">
      ${repeat(
        list,
        ({ id }) => id,
        (transfer) => entry(context, transfer),
      )}
    </ul>
    <div class="actions small">
      ${button(texts.say("forgetAll"), { action: "forgetAll" }, () => post({ type: "forgetAll" }))}
    </div>
  </details>`;
}

function entry(context: Context, transfer: FinishedTransfer): TemplateResult {
  const { texts } = context;
  const { id, role, at, contents, outcome, folder } = transfer;
  const partial = outcome === "partial" ? ` · ${texts.say("partial")}` : "";
  return html`<li class="listed" data-finished=${id}>
    ${icon(role === "sender" ? "cloud-upload" : "cloud-download")}
    <div class="title">
      <div class="line">
        <h3>${subjectHeading(texts, role, contents)}</h3>
        <div class="icons">${actions(context, transfer)}</div>
      </div>
      <p class="muted">
        ${contents.text === true ? nothing : html`${kindAndCount(texts, contents)}, `}${texts.formats.bytes(contents.bytes)} · ${texts.moment(at)}${partial}
      </p>
      ${folder === undefined ? nothing : html`<p class="muted">${outside(folder)}</p>`}
    </div>
  </li>`;
}

/** Their names tell the lines apart for those who hear them. */
function actions(context: Context, transfer: FinishedTransfer): TemplateResult {
  const { texts, post, copied } = context;
  const { id, contents, folder, checksums } = transfer;
  const key = `copyFinished-${id}`;
  const name = contents.text === true ? texts.say("textItem") : isolated(contents.names[0] ?? "");
  const act = (what: "reveal" | "copy" | "forget") =>
    ({ type: "finished", record: id, what }) as const;
  return html`${
    folder === undefined
      ? nothing
      : iconButton(
          texts.fill("revealNamed", { name }),
          { icon: "folder-opened", action: "revealFinished" },
          () => post(act("reveal")),
        )
  }${
    checksums
      ? iconButton(
          texts.fill("copySha256", { name }),
          { icon: copied === key ? "check" : "copy", action: "copyFinished" },
          () => context.copy(key, act("copy")),
        )
      : nothing
  }${iconButton(
    texts.fill("forgetNamed", { name }),
    { icon: "trash", action: "forgetFinished" },
    () => post(act("forget")),
  )}`;
}
