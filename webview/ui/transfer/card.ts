/** One transfer: heading, what its phase shows, and its log. */
import { html, nothing, type TemplateResult } from "lit";
import type { TransferView } from "../../../src/bridge/state";
import { button, icon, iconButton, type Piece } from "../elements";
import type { Context } from "./context";
import { about, status } from "./describe";
import { copyButton } from "./parts";
import { changed } from "./phases/changed";
import { done, failed } from "./phases/ended";
import { offer } from "./phases/offer";
import { moving, reconnecting, starting } from "./phases/running";
import { awaitingPeer, verify } from "./phases/verify";
import { waiting } from "./phases/waiting";
import { subjectHeading } from "./subject";

/** The element that takes the focus when what had it is gone. */
export function headingId(transfer: string): string {
  return `heading-${transfer}`;
}

export function card(context: Context, transfer: TransferView): TemplateResult {
  const { id, role, phase } = transfer;
  return html`<article
    class="card"
    data-id=${id}
    data-role=${role}
    data-phase=${phase.phase}
    aria-labelledby=${headingId(id)}
  >
    ${heading(context, transfer)}
    <div class="body">${body(context, transfer)}</div>
    ${log(context, transfer)}
  </article>`;
}

function heading({ texts, post }: Context, transfer: TransferView): TemplateResult {
  const { id, role, phase } = transfer;
  const settled = phase.phase === "done" || phase.phase === "failed";
  return html`<header>
    ${icon(role === "sender" ? "cloud-upload" : "cloud-download")}
    <div class="title">
      <h2 id=${headingId(id)} tabindex="-1">
        ${subjectHeading(texts, role, about(transfer))}
      </h2>
      <p class="status">${status(transfer, texts)}</p>
    </div>
    ${
      settled
        ? iconButton(texts.say("close"), { icon: "close", action: "dismiss" }, () =>
            post({ type: "dismiss", id }),
          )
        : nothing
    }
  </header>`;
}

function body(context: Context, transfer: TransferView): Piece {
  const { phase } = transfer;
  switch (phase.phase) {
    case "connecting":
    case "handshake":
      return starting(context, transfer, phase);
    case "waiting":
      return waiting(context, transfer, phase);
    case "verify":
      return verify(context, transfer, phase);
    case "awaiting-peer":
      return awaitingPeer(context, transfer, phase);
    case "offer":
      return offer(context, transfer, phase);
    case "moving":
      return moving(context, transfer, phase);
    case "changed":
      return changed(context, transfer, phase);
    case "reconnecting":
      return reconnecting(context, transfer, phase);
    case "done":
      return done(context, transfer, phase);
    case "failed":
      return failed(context, transfer, phase);
  }
}

function log(context: Context, { id, log: lines }: TransferView): Piece {
  if (lines.length === 0) return nothing;
  const { texts, post } = context;
  return html`<details class="log">
    <summary>${texts.fill("log", { count: lines.length })}</summary>
    <ol tabindex="0" role="list">
      ${lines.map(
        ({ at, step }) =>
          html`<li>
            <time datetime=${new Date(at).toISOString()}>${texts.time(at)}</time>
            <span>${texts.step(step)}</span>
          </li>`,
      )}
    </ol>
    <div class="actions small">
      ${copyButton(
        context,
        { label: texts.say("copyLog"), key: `copy-log-${id}` },
        { type: "copy", id, what: "log" },
      )}
      ${button(texts.say("saveLog"), { action: "saveLog", icon: "save" }, () =>
        post({ type: "saveLog", id }),
      )}
    </div>
  </details>`;
}
