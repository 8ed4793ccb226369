/** Phases in which nothing moves any more. */
import { html, nothing, type TemplateResult } from "lit";
import { canRetry } from "../../../../src/bridge/retry";
import type { Phase, TransferView } from "../../../../src/bridge/state";
import { visible } from "../../../../src/core/files/names";
import { button, outside, type Piece } from "../../elements";
import type { Context } from "../context";
import { copyButton, fact, kindAndCount, note, resultList } from "../parts";

export type Done = Extract<Phase, { phase: "done" }>;
export type Failed = Extract<Phase, { phase: "failed" }>;

export function done(context: Context, transfer: TransferView, phase: Done): TemplateResult {
  const { texts } = context;
  const { files, bytes, seconds } = phase.summary;
  const complete = phase.summary.outcome === "completed";
  const amount = texts.fill("summary", {
    files: kindAndCount(texts, { files, text: transfer.contents?.text }),
    bytes: texts.formats.bytes(bytes),
    duration: texts.formats.duration(seconds * 1000),
  });
  return html`
    ${note(complete ? "pass" : "warning", amount)}
    ${context.own?.received(transfer) ?? savedTo(context, phase)}
    ${phase.text === undefined ? nothing : receivedText(context, transfer.id, phase.text)}
    ${textIsGone(transfer, phase) ? note("info", texts.say("textGone")) : nothing}
    ${results(context, transfer.id, phase)}
    <div class="actions">${doneButtons(context, transfer, phase)}</div>
  `;
}

function textIsGone({ role, contents }: TransferView, { text }: Done): boolean {
  return role === "receiver" && contents?.text === true && text === undefined;
}

function savedTo({ texts }: Context, { folder }: Done): Piece {
  if (folder === undefined) return nothing;
  return html`<dl class="facts">${fact(texts.say("savedTo"), outside(folder))}</dl>`;
}

function doneButtons(context: Context, { id, role }: TransferView, phase: Done): TemplateResult {
  const { texts, post } = context;
  const reveal = button(
    texts.say("reveal"),
    { action: "reveal", icon: "folder-opened", primary: true },
    () => post({ type: "reveal", id }),
  );
  const more = button(texts.say("sendMore"), { action: "send" }, () => post({ type: "send" }));
  const checksums = copyButton(
    context,
    { label: texts.say("copyChecksums"), key: `copy-checksums-${id}` },
    { type: "copy", id, what: "checksums" },
  );
  const summed = phase.items.some(({ sha256 }) => sha256 !== undefined);
  if (context.own !== undefined) return html`${summed ? checksums : nothing}`;
  return html`${role === "receiver" && phase.folder !== undefined ? reveal : nothing}
  ${summed ? checksums : nothing} ${role === "sender" ? more : nothing}`;
}

function results(context: Context, id: string, { items, itemCount }: Done): Piece {
  if (items.length === 0) return nothing;
  const { texts } = context;
  return html`<h3>${texts.say("results")}</h3>
    ${resultList(context, id, items)}
    ${
      itemCount > items.length
        ? html`<p class="muted">${texts.fill("moreResults", { count: itemCount - items.length })}</p>`
        : nothing
    }`;
}

/** Text as it came, line by line; what is invisible in it shows, its line ends stay. */
function receivedText(context: Context, id: string, text: string): TemplateResult {
  const { texts, post } = context;
  const shown = text.replace(/[^\n\t]+/g, (piece) => visible(piece.replace(/\r$/, "")));
  return html`<h3 id="text-${id}">${texts.say("receivedText")}</h3>
    <pre class="received" dir="auto" tabindex="0" role="region" aria-labelledby="text-${id}">${shown}</pre>
    <div class="actions">
      ${copyButton(
        context,
        { label: texts.say("copyText"), key: `copy-text-${id}`, primary: true },
        { type: "copy", id, what: "text" },
      )}
      ${button(texts.say("saveText"), { action: "saveText", icon: "save" }, () =>
        post({ type: "saveText", id }),
      )}
    </div>`;
}

export function failed(context: Context, transfer: TransferView, phase: Failed): TemplateResult {
  const { id, role } = transfer;
  const { texts, post } = context;
  const { message, remedy } = texts.failure(phase.failure);
  const resumable = phase.resumable === true;
  const anew = role === "sender" ? "retrySend" : "retryReceive";
  const again = texts.say(resumable ? "resume" : anew);
  return html`
    <div class="failure" role="alert">
      ${note("error", html`<strong>${message}</strong>`)}
      <p>${remedy}</p>
      <p class="muted error-code">${phase.failure.code}</p>
    </div>
    ${context.own?.received(transfer) ?? nothing}
    ${
      phase.items.length === 0
        ? nothing
        : html`<h3>${texts.say(allKept(phase.items) ? "keptItems" : "results")}</h3>
            ${resultList(context, id, phase.items)}`
    }
    <div class="actions">
      ${
        resumable ||
        (phase.anew !== false && canRetry(role, phase.failure.code, context.own === undefined))
          ? button(again, { action: "retry", icon: "refresh", primary: true }, () =>
              post({ type: "retry", id }),
            )
          : nothing
      }
    </div>
  `;
}

/** What failed may be among the items too; each says so itself. */
function allKept(items: Failed["items"]): boolean {
  return items.every(({ outcome }) => outcome !== "failed");
}
