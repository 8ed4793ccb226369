/** Pieces that several phases of a card share. */
import { html, nothing, type TemplateResult } from "lit";
import type { Contents, Overview, ReachedAt, ResultItem } from "../../../src/bridge/state";
import { button, icon, iconButton, outside, type Piece } from "../elements";
import { isolated } from "../isolate";
import type { Context } from "./context";
import type { Texts } from "./texts";

/** Label and value under each other; made for a `dl`. */
export function fact(label: string, value: unknown): TemplateResult {
  return html`<div class="fact">
    <dt>${label}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** A note that asks for attention; its icon repeats what the colour says. */
export function note(kind: "info" | "warning" | "error" | "pass", text: unknown): TemplateResult {
  return html`<p class="note note-${kind}">${icon(kind)}<span>${text}</span></p>`;
}

/** A button that copies, and says so for a moment. */
export function copyButton(
  context: Context,
  look: { label: string; key: string; primary?: boolean },
  message: Parameters<Context["copy"]>[1],
): TemplateResult {
  const done = context.copied === look.key;
  return button(
    done ? context.texts.say("copied") : look.label,
    { action: look.key, icon: done ? "check" : "copy", primary: look.primary === true },
    () => context.copy(look.key, message),
  );
}

/** The way to the relay of a remote window, from where its user sits; `address` is to be told. */
export function throughEditor(
  context: Context,
  id: string,
  { reach, address, copy }: { reach: ReachedAt["reach"]; address: string; copy: string },
): TemplateResult {
  const { texts } = context;
  const own = reach === "own-computer";
  return html`<p>${texts.say(own ? "forwardedOwn" : "forwardedEveryone")}</p>
    <p class="forwarded">${outside(address)}</p>
    <div class="actions small">
      ${copyButton(
        context,
        { label: copy, key: `copy-forwarded-${id}` },
        { type: "copy", id, what: "forwarded" },
      )}
    </div>`;
}

export function cancelButton({ texts, post }: Context, id: string): TemplateResult {
  return button(texts.say("cancel"), { action: "cancel" }, () => post({ type: "cancel", id }));
}

/** `3 files`, or that it is a text. */
export function kindAndCount(
  texts: Texts,
  { files, text }: Pick<Overview, "files" | "text">,
): string {
  return text === true ? texts.say("textItem") : texts.fill("files", { count: files });
}

/** How much is to be sent, and what was left out and why. */
export function contentsSummary({ texts }: Context, contents: Contents): TemplateResult {
  const { bytes, leftOut, leftOutCount } = contents;
  const size = texts.formats.bytes(bytes);
  return html`${kindAndCount(texts, contents)}, ${size}
  ${
    leftOutCount === 0
      ? nothing
      : html`<details class="left-out">
          <summary>${texts.fill("leftOut", { count: leftOutCount })}</summary>
          <ul>
            ${leftOut.map(
              ({ path, reason }) =>
                html`<li>${outside(path)} <span class="muted">– ${texts.reason(reason)}</span></li>`,
            )}
          </ul>
          ${
            leftOutCount > leftOut.length
              ? html`<p class="muted">
                  ${texts.fill("moreLeftOut", { count: leftOutCount - leftOut.length })}
                </p>`
              : nothing
          }
        </details>`
  }`;
}

const OUTCOMES = {
  written: ["outcomeWritten", "pass"],
  kept: ["outcomeKept", "pass"],
  renamed: ["outcomeRenamed", "pass"],
  overwritten: ["outcomeOverwritten", "pass"],
  skipped: ["outcomeSkipped", "circle-slash"],
  sent: ["outcomeSent", "pass"],
  failed: ["outcomeFailed", "error"],
} as const;

/** What became of each item, with its SHA-256. */
export function resultList(
  context: Context,
  id: string,
  items: readonly ResultItem[],
): TemplateResult {
  return html`<ul class="results">
    ${items.map((item, index) => result(context, id, item, index))}
  </ul>`;
}

function result(context: Context, id: string, item: ResultItem, index: number): TemplateResult {
  const { texts } = context;
  const kept = item.outcome === "written" && context.own?.keeps(id) === true;
  const [word, sign] = OUTCOMES[kept ? "kept" : item.outcome];
  const moved = item.finalPath !== undefined && item.finalPath !== item.path;
  const { finalPath = "" } = item;
  return html`<li class="result result-${item.outcome}">
    <div class="result-name">${icon(sign)}${outside(item.path)}</div>
    <div class="muted result-what">
      ${texts.say(word)}${item.size > 0 ? ` · ${texts.formats.bytes(item.size)}` : ""}${
        moved ? html` · ${texts.fill("savedAs", { path: isolated(finalPath) })}` : nothing
      }
    </div>
    ${item.sha256 === undefined ? nothing : checksum(context, id, item, index)}
  </li>`;
}

function checksum(context: Context, id: string, item: ResultItem, index: number): Piece {
  const { texts, copied } = context;
  const key = `copySha256-${id}-${index}`;
  return html`<div class="checksum">
    <code>SHA-256 ${item.sha256}</code>
    ${iconButton(
      texts.fill("copySha256", { name: isolated(item.path) }),
      { action: "copySha256", icon: copied === key ? "check" : "copy" },
      () => context.copy(key, { type: "copySha256", id, item: index }),
    )}
  </div>`;
}
