import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";
import type { OfferView, TransferView } from "../../../../src/bridge/state";
import { button, icon, outside, type Piece } from "../../elements";
import type { Context } from "../context";
import { isTickable, type OfferNode, offerTree } from "../offerTree";
import { fact, note } from "../parts";

export function offer(context: Context, { id }: TransferView, view: OfferView): TemplateResult {
  const { texts, post } = context;
  const textOnly = view.items.length > 0 && view.items.every(({ kind }) => kind === "text");
  const ready = (textOnly || view.folder !== undefined) && view.selected?.items !== 0;
  return html`
    ${warnings(context, view)} ${list(context, id, view)}
    <dl class="facts">
      ${fact(texts.say("total"), amount(context, { items: view.itemCount, bytes: view.totalBytes }))}
      ${view.selected === undefined ? nothing : fact(texts.say("selected"), amount(context, view.selected))}
    </dl>
    ${textOnly ? nothing : (context.own?.target(id, view) ?? target(context, id, view))}
    <div class="actions actions-even">
      ${button(
        texts.say("accept"),
        { action: "accept", icon: "check", primary: true, disabled: !ready },
        () => post({ type: "accept", id }),
      )}
      ${button(texts.say("decline"), { action: "decline" }, () => post({ type: "decline", id }))}
    </div>
  `;
}

function amount({ texts }: Context, of: { items: number; bytes: number }): string {
  return `${texts.fill("items", { count: of.items })}, ${texts.formats.bytes(of.bytes)}`;
}

function warnings({ texts }: Context, { dangerous, refused }: OfferView): TemplateResult {
  return html`${
    dangerous === 0 ? nothing : note("warning", texts.fill("dangerousNote", { count: dangerous }))
  }${refused === 0 ? nothing : note("error", texts.fill("refusedNote", { count: refused }))}`;
}

function list(context: Context, id: string, view: OfferView): TemplateResult {
  const { texts, post } = context;
  const hidden = view.itemCount - view.items.length;
  const all = (on: boolean) =>
    button(
      texts.say(on ? "selectAll" : "selectNone"),
      { action: on ? "selectAll" : "selectNone" },
      () => post({ type: "tickAll", id, on }),
    );
  return html`<section class="offer" aria-label=${texts.say("offerItems")}>
    <ul class="tree">${nodes(context, id, offerTree(view.items))}</ul>
    ${hidden > 0 ? html`<p class="muted">${texts.fill("moreItems", { count: hidden })}</p>` : nothing}
    ${view.itemCount > 1 ? html`<div class="actions small">${all(true)} ${all(false)}</div>` : nothing}
  </section>`;
}

function nodes(context: Context, id: string, of: readonly OfferNode[]): unknown {
  return repeat(
    of,
    (node) => node.entry?.index ?? node.path,
    (node) => html`<li>
      ${row(context, id, node)}
      ${node.children.length === 0 ? nothing : html`<ul>${nodes(context, id, node.children)}</ul>`}
    </li>`,
  );
}

function row(context: Context, id: string, node: OfferNode): TemplateResult {
  const { texts, post } = context;
  const { entry } = node;
  const toggle = (event: Event) => {
    if (!(event.currentTarget instanceof HTMLInputElement)) return;
    const on = event.currentTarget.checked;
    if (entry === undefined) post({ type: "tickFolder", id, path: node.path, on });
    else post({ type: "tick", id, index: entry.index, on });
  };
  return html`<div class="row">
    <label>
      <input
        type="checkbox"
        .checked=${live(node.ticks === "all")}
        .indeterminate=${live(node.ticks === "some")}
        ?disabled=${!isTickable(node)}
        @change=${toggle}
      />
      ${icon(signOf(node))}
      <span>${entry?.kind === "text" ? texts.say("textItem") : outside(node.name)}</span>
    </label>
    ${entry === undefined || entry.kind === "folder" ? nothing : html`<span class="size">${texts.formats.bytes(entry.size)}</span>`}
    ${tags(context, node)}
  </div>`;
}

function signOf({ entry, children }: OfferNode): string {
  if (children.length > 0 || entry?.kind === "folder") return "folder";
  return entry?.kind === "text" ? "note" : "file";
}

function tags({ texts }: Context, { entry }: OfferNode): Piece {
  if (entry === undefined) return nothing;
  const { refused, dangerous, conflict } = entry;
  const tag = (kind: string, sign: string, text: string) =>
    html`<span class="tag tag-${kind}">${icon(sign)}${text}</span>`;
  if (refused !== undefined)
    return tag("error", "error", texts.fill("refused", { reason: texts.reason(refused) }));
  return html`${dangerous ? tag("warning", "warning", texts.say("dangerous")) : nothing}${
    conflict ? tag("info", "files", texts.say("exists")) : nothing
  }`;
}

/** Where it goes, whether it fits, and what happens to what is there already. */
function target(context: Context, id: string, view: OfferView): TemplateResult {
  const { texts, post } = context;
  const { folder } = view;
  return html`<div class="target">
    <div class="label">${texts.say("folder")}</div>
    <div class="folder">
      <span class="path">${icon("folder-opened")}${folder === undefined ? texts.say("noFolder") : outside(folder)}</span>
      ${button(texts.say("choose"), { action: "chooseFolder", primary: folder === undefined }, () =>
        post({ type: "chooseFolder", id }),
      )}
    </div>
    ${space(context, view)} ${conflicts(context, id, view)}
  </div>`;
}

export function space({ texts }: Context, { freeBytes, selected, totalBytes }: OfferView): Piece {
  if (freeBytes === undefined) return nothing;
  const needed = selected?.bytes ?? totalBytes;
  const free = texts.formats.bytes(freeBytes);
  if (freeBytes >= needed)
    return html`<p class="muted">${texts.fill("freeSpace", { bytes: free })}</p>`;
  const sizes = { needed: texts.formats.bytes(needed), free };
  return html`<div role="alert">${note("error", texts.fill("tooLittleSpace", sizes))}</div>`;
}

const POLICIES = [
  ["rename", "conflictRename"],
  ["overwrite", "conflictOverwrite"],
  ["skip", "conflictSkip"],
] as const;

export function conflicts({ texts, post }: Context, id: string, view: OfferView): Piece {
  if (view.conflicts === 0) return nothing;
  const choose = (event: Event) => {
    if (!(event.currentTarget instanceof HTMLSelectElement)) return;
    const policy = POLICIES[event.currentTarget.selectedIndex]?.[0];
    if (policy !== undefined) post({ type: "conflict", id, policy });
  };
  const field = `conflict-${id}`;
  return html`<label class="note note-warning" for=${field}>${icon("warning")}${texts.fill("conflictLabel", { count: view.conflicts })}</label>
    <select id=${field} @change=${choose}>
      ${POLICIES.map(
        ([policy, key]) =>
          html`<option .selected=${live(policy === view.conflict)}>${texts.say(key)}</option>`,
      )}
    </select>`;
}
