import { format } from "../../l10n/message";
import type { ListedTransfer } from "../node/state/transfers";
import { usage } from "./options";
import type { KnownTransfer, Reporter } from "./report";
import type { ResumeRequest } from "./requests";
import type { Speech } from "./texts";

export function knownTransfer({ document, sizes, running }: ListedTransfer): KnownTransfer {
  const { id, role, createdAt, touchedAt } = document;
  const folder = role === "receiver" ? (document.folder ?? undefined) : undefined;
  return { id, role, createdAt, touchedAt, sizes, folder, running: running !== undefined };
}

/**
 * The transfer that the user means: by the start of its id, or the only one that waits.
 * @throws E_USAGE when there is none or more than one, after these were listed
 */
export async function findTransfer(
  { id = "" }: Pick<ResumeRequest, "id">,
  listed: readonly ListedTransfer[],
  reporter: Reporter,
  { language, texts }: Speech,
): Promise<ListedTransfer> {
  const wanted = id.trim().toLowerCase();
  const fitting = listed.filter(({ document }) => document.id.startsWith(wanted));
  // Nobody goes on with what is running, unless it was named.
  const waiting = fitting.filter(({ running }) => running === undefined);
  const candidates = waiting.length > 0 ? waiting : fitting;
  const [only, ...others] = candidates;
  if (only === undefined) throw usage(wanted === "" ? texts.usageNothingWaits : texts.usageNoSuch);
  if (others.length === 0) return only;
  for (const one of candidates) await reporter.report({ event: "transfer", ...knownTransfer(one) });
  throw usage(format(language, texts.usageSeveral, { count: candidates.length }));
}
