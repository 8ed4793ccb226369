/** A transfer that is remembered on disk while this run is at it. */
import type { Journal } from "../core/ports";
import type { Transfer } from "../node/state/transfer";
import type { SessionWatch } from "./session";

/**
 * Runs with a transfer's journal and then lets others have it. A transfer that never began
 * leaves nothing behind; one that `resume` can go on with is named to `watch`.
 */
export async function keeping<T>(
  transfer: Transfer,
  watch: SessionWatch,
  run: (journal: Journal) => Promise<T>,
): Promise<T> {
  let saved = transfer.document !== undefined;
  let forgotten = false;
  const forget = () => {
    forgotten = true;
    return transfer.forget();
  };
  const journal: Journal = {
    id: transfer.id,
    note: transfer.note,
    seal: (secret) => transfer.seal(secret),
    open: (sealed) => transfer.open(sealed),
    forget,
    async save(document) {
      await transfer.save(document);
      saved = true;
    },
  };
  try {
    return await run(journal);
  } finally {
    if (!forgotten && !saved) await forget();
    await transfer.close();
    if (!forgotten) watch.resumableAs(transfer.id);
  }
}
