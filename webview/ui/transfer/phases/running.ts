/** Phases in which the user waits. */
import "@vscode-elements/elements/dist/vscode-progress-bar/index.js";
import { html, nothing, type TemplateResult } from "lit";
import type { Phase, TransferView } from "../../../../src/bridge/state";
import { button, outside, type Piece } from "../../elements";
import { isolated } from "../../isolate";
import type { Context } from "../context";
import { subjectText } from "../describe";
import { cancelButton, contentsSummary, copyButton, note, throughEditor } from "../parts";

export type Moving = Extract<Phase, { phase: "moving" }>;
export type Reconnecting = Extract<Phase, { phase: "reconnecting" }>;
export type Starting = Extract<Phase, { phase: "connecting" | "handshake" }>;

export function starting(context: Context, { id }: TransferView, phase: Starting): TemplateResult {
  const contents = phase.phase === "connecting" ? phase.contents : undefined;
  return html`<vscode-progress-bar
      indeterminate
      aria-label=${context.texts.say(phase.phase)}
    ></vscode-progress-bar>
    ${contents === undefined ? nothing : html`<div class="muted">${contentsSummary(context, contents)}</div>`}
    <div class="actions">${cancelButton(context, id)}</div>`;
}

export function moving(context: Context, transfer: TransferView, phase: Moving): TemplateResult {
  const { texts } = context;
  const { bytes, totalBytes, itemsDone, itemCount } = phase;
  const fraction = totalBytes === 0 ? 1 : bytes / totalBytes;
  const formats = texts.formats;
  const amount = { bytes: formats.bytes(bytes), total: formats.bytes(totalBytes) };
  return html`<vscode-progress-bar
      .value=${fraction * 100}
      aria-label=${texts.fill("progress", { name: subjectText(transfer, texts) })}
    ></vscode-progress-bar>
    <div class="progress">
    <p class="progress-line">
      <strong>${formats.percent(fraction)}</strong><span>${texts.fill("bytesOf", amount)}</span>
    </p>
    ${
      transfer.paused === undefined
        ? html`<p class="progress-line muted">
            <span>${formats.speed(phase.bytesPerSecond)}</span>${timeLeft(context, phase)}
          </p>`
        : nothing
    }
    ${
      itemsDone === undefined || itemCount === undefined || itemCount < 2
        ? nothing
        : html`<p class="muted">${texts.fill("itemsDone", { done: itemsDone, total: itemCount })}</p>`
    }
    ${current(context, phase)}
    ${
      phase.relay === undefined
        ? nothing
        : html`<p class="muted">${texts.fill("viaRelay", { relay: isolated(phase.relay) })}</p>`
    }
    </div>
    <div class="actions">
      ${pauseButton(context, transfer)} ${cancelButton(context, transfer.id)}
    </div>`;
}

/** The item that moves, with a bar of its own where it is one of several. */
function current({ texts }: Context, phase: Moving): Piece {
  const { current: path, currentBytes, currentTotal, itemCount } = phase;
  if (path === "") return nothing;
  const name = html`<p class="current muted">${outside(path)}</p>`;
  if (currentBytes === undefined || !currentTotal || itemCount === 1) return name;
  return html`${name}
    <vscode-progress-bar
      class="item"
      .value=${(100 * currentBytes) / currentTotal}
      aria-label=${texts.fill("progress", { name: isolated(path) })}
    ></vscode-progress-bar>`;
}

/** Takes back only what this side's user did. */
function pauseButton({ texts, post }: Context, { id, paused }: TransferView): TemplateResult {
  const us = paused?.us === true;
  const look = us
    ? { action: "unpause", icon: "debug-continue", primary: true }
    : { action: "pause", icon: "debug-pause" };
  return button(texts.say(us ? "resume" : "pause"), look, () =>
    post({ type: "pause", id, paused: !us }),
  );
}

/** How far it came, standing still. */
export function reconnecting(
  context: Context,
  transfer: TransferView,
  { bytes, totalBytes }: Reconnecting,
): TemplateResult {
  const { texts } = context;
  const amount = { bytes: texts.formats.bytes(bytes), total: texts.formats.bytes(totalBytes) };
  return html`<vscode-progress-bar
      indeterminate
      aria-label=${texts.say("reconnecting")}
    ></vscode-progress-bar>
    <p class="muted">${texts.say("reconnectingHint")}</p>
    ${totalBytes === 0 ? nothing : html`<p class="muted">${texts.fill("bytesOf", amount)}</p>`}
    ${moved(context, transfer)} ${reached(context, transfer)}
    <div class="actions">
      ${nameAddress(context, transfer)} ${cancelButton(context, transfer.id)}
    </div>`;
}

/** What the sender's user has to tell the receiver once this computer is at another address. */
function moved(context: Context, { id, movedTo }: TransferView): Piece {
  if (movedTo === undefined) return nothing;
  const { texts } = context;
  const label = texts.say("copyAddress");
  return html`${note("warning", texts.say("movedTo"))}
    <p class="address">${outside(movedTo)}</p>
    <div class="actions small">
      ${copyButton(context, { label, key: `copy-movedTo-${id}` }, { type: "copy", id, what: "movedTo" })}
    </div>`;
}

function reached(context: Context, { id, reachedAt }: TransferView): Piece {
  if (reachedAt === undefined) return nothing;
  return throughEditor(context, id, { ...reachedAt, copy: context.texts.say("copyAddress") });
}

/** Only a receiver is told an address, and a page may connect to no other. */
function nameAddress({ texts, post, own }: Context, { id, role }: TransferView): Piece {
  if (role === "sender" || own !== undefined) return nothing;
  return button(texts.say("nameAddress"), { action: "nameAddress" }, () =>
    post({ type: "nameAddress", id }),
  );
}

function timeLeft({ texts }: Context, { msLeft }: Moving): TemplateResult | typeof nothing {
  if (msLeft === undefined) return nothing;
  return html`<span>${texts.fill("timeLeft", { duration: texts.formats.duration(msLeft) })}</span>`;
}
