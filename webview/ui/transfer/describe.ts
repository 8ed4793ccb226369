/** Sentences about a transfer: its card's heading and status, and what is announced. */
import type { Overview, Paused, TransferView, ViewState } from "../../../src/bridge/state";
import { isolated } from "../isolate";
import type { Texts } from "./texts";

/** What is sent or offered, as far as that is known. */
export function about(transfer: TransferView): Pick<Overview, "names" | "text"> {
  const { contents, phase } = transfer;
  if (contents !== undefined) return contents;
  const early = phase.phase === "connecting" || phase.phase === "waiting";
  return (early ? phase.contents : undefined) ?? { names: topNames(transfer) };
}

/** The top-level names among the items that a later phase holds. */
function topNames({ phase }: TransferView): readonly string[] {
  if (phase.phase !== "offer" && phase.phase !== "done") return [];
  const tops = phase.items.map(({ path }) => path.split("/")[0] ?? "");
  return [...new Set(tops)].filter((name) => name !== "");
}

/** One line of plain text for attributes and announcements. */
export function subjectText(transfer: TransferView, texts: Texts): string {
  const { names, text } = about(transfer);
  const [name] = names;
  if (text === true) return texts.say("textItem");
  if (name === undefined) return texts.say(transfer.role === "sender" ? "sending" : "receiving");
  const count = names.length - 1;
  return count === 0 ? isolated(name) : `${isolated(name)} ${texts.fill("andMore", { count })}`;
}

/** What is happening, in a few words. */
export function status({ phase, paused }: TransferView, texts: Texts): string {
  switch (phase.phase) {
    case "moving":
      return texts.say(paused === undefined ? "moving" : pausedBy(paused));
    case "awaiting-peer":
      return texts.say(
        phase.what === "confirmation" ? "awaitingConfirmation" : "awaitingAcceptance",
      );
    case "done":
      return texts.say(phase.summary.outcome);
    default:
      return texts.say(phase.phase);
  }
}

function pausedBy({ us, peer }: Paused): "pausedUs" | "pausedPeer" | "pausedBoth" {
  if (us && peer) return "pausedBoth";
  return us ? "pausedUs" : "pausedPeer";
}

/** Quarters of the bytes that have moved: few enough to be read aloud. */
function quarter({ phase }: TransferView): number {
  if (phase.phase !== "moving" || phase.totalBytes === 0) return 0;
  return Math.floor((4 * phase.bytes) / phase.totalBytes);
}

/**
 * What a screen reader should hear once `after` is shown: changes of phase, and each quarter
 * of a transfer. Failures are alerts of their own. Empty when there is nothing to say.
 */
export function announcement(
  before: ViewState | undefined,
  after: ViewState,
  texts: Texts,
): string {
  if (before === undefined) return "";
  const old = new Map(before.transfers.map((transfer) => [transfer.id, transfer]));
  return after.transfers
    .map((transfer) => change(old.get(transfer.id), transfer, texts))
    .filter((line) => line !== "")
    .join(" ");
}

function change(before: TransferView | undefined, after: TransferView, texts: Texts): string {
  const { phase } = after;
  if (phase.phase === "failed") return "";
  const now = status(after, texts);
  if (before === undefined || status(before, texts) !== now)
    return `${subjectText(after, texts)}: ${now}`;
  if (phase.phase !== "moving" || quarter(before) >= quarter(after) || quarter(after) >= 4)
    return "";
  return texts.fill("announceProgress", { percent: texts.formats.percent(quarter(after) / 4) });
}
