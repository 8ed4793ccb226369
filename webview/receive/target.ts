/** Where an offer is saved to, and what can be done with what has arrived. */
import { html, nothing, type TemplateResult } from "lit";
import type { OfferView, ResultItem, TransferView } from "../../src/bridge/state";
import { DOWNLOADS } from "../../src/browser/messages";
import { button, icon, outside, type Piece } from "../ui/elements";
import { isolated } from "../ui/isolate";
import { fact, note } from "../ui/transfer/parts";
import { conflicts, space } from "../ui/transfer/phases/offer";
import type { Context } from "./context";

/** Longer lists are saved as an archive. */
const SINGLY_MAX = 20;

export function target(context: Context, id: string, view: OfferView): TemplateResult {
  const { texts, words, keptMax } = context;
  const { folder } = view;
  const kept = folder === DOWNLOADS;
  return html`<div class="target">
    <div class="label">${texts.say("folder")}</div>
    <p class="folder">
      <span class="path">
        ${icon(kept ? "archive" : "folder-opened")}${
          folder === undefined
            ? texts.say("noFolder")
            : kept
              ? words.say("keptHere")
              : outside(folder)
        }
      </span>
    </p>
    ${context.around.picksFolders ? choices(context, id, folder) : nothing}
    ${
      kept && keptMax !== undefined
        ? note("info", words.fill("keptMax", { bytes: texts.formats.bytes(keptMax) }))
        : nothing
    }
    ${space(context, view)} ${conflicts(context, id, view)}
  </div>`;
}

function choices(context: Context, id: string, folder: string | undefined): TemplateResult {
  const { words, ask, pickFolder } = context;
  const pick = { action: "pickFolder", icon: "folder-opened", primary: folder === undefined };
  return html`<div class="actions">
    ${button(words.say("pickFolder"), pick, () => pickFolder(id))}
    ${
      folder === DOWNLOADS
        ? nothing
        : button(words.say("keepHere"), { action: "keepHere" }, () =>
            ask({ type: "target", id, folder: undefined }),
          )
    }
  </div>`;
}

export function received(context: Context, transfer: TransferView): Piece {
  const { phase, id, role } = transfer;
  if (role === "sender" || (phase.phase !== "done" && phase.phase !== "failed")) return nothing;
  const waiting = context.savable.get(id) ?? 0;
  if (waiting > 0) return saving(context, id, waiting, phase.items);
  const folder = phase.phase === "done" ? phase.folder : undefined;
  if (folder === undefined) return nothing;
  return html`<dl class="facts">${fact(context.texts.say("savedTo"), outside(folder))}</dl>`;
}

function saving(
  { words, save, packing, unpacked }: Context,
  id: string,
  count: number,
  items: readonly ResultItem[],
): TemplateResult {
  const files = items.filter(({ sha256 }) => sha256 !== undefined);
  const single = count === 1 && files.length === 1;
  const busy = packing.has(id);
  const one = ({ path }: ResultItem) => {
    const name = isolated(path.slice(path.lastIndexOf("/") + 1));
    const look = { action: "save", icon: "desktop-download", primary: single };
    return button(words.fill("save", { name }), look, () => save(id, path));
  };
  const all = { action: "saveAll", icon: "archive", primary: true, disabled: busy };
  return html`${note("info", words.fill("unsaved", { count }))}
    ${unpacked.has(id) ? html`<div role="alert">${note("error", words.say("archiveFailed"))}</div>` : nothing}
    <div class="actions">
      ${
        single
          ? nothing
          : button(words.say(busy ? "packing" : "saveAll"), all, () => save(id, undefined))
      }
      ${count <= SINGLY_MAX || unpacked.has(id) ? files.map(one) : nothing}
    </div>`;
}
