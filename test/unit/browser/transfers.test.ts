import assert from "node:assert/strict";
import type { TransferView } from "../../../src/bridge/state";
import { memoryStores } from "../../../src/browser/files/store";
import { Transfers } from "../../../src/browser/transfers";
import { nodePorts } from "../../../src/node/ports";

/** A tab's transfers, as its page sees them; `until` settles with the first that fits. */
function tab() {
  let shown: readonly TransferView[] = [];
  const watchers = new Set<() => void>();
  const transfers = new Transfers({
    ports: nodePorts(),
    place: { createStore: memoryStores(), max: undefined },
    relay: "ws://relay.test",
    language: "en",
    picksFolders: false,
    post: (message) => {
      if (message.type !== "state") return;
      shown = message.state.transfers;
      for (const look of watchers) look();
    },
  });
  const until = (fits: (transfer: TransferView) => boolean) =>
    new Promise<TransferView>((resolve) => {
      const look = () => {
        const found = shown.find(fits);
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
    });
  return { transfers, until };
}

describe("a tab's transfers", () => {
  it("say of what is too much for an offer that it is, and again", async () => {
    const { transfers, until } = tab();
    const file = Object.defineProperty(new File([], "a"), "size", { value: 2 ** 53 - 1 });
    const picked = ["a", "b"].map((path) => ({ kind: "file" as const, path, file }));
    await transfers.take({ type: "send", picked });
    const failed = await until(({ phase }) => phase.phase === "failed");
    assert.ok(failed.phase.phase === "failed");
    assert.equal(failed.phase.failure.code, "E_OFFER_TOO_LARGE");
    await transfers.take({ type: "view", message: { type: "retry", id: failed.id } });
    await until(({ id, phase }) => id !== failed.id && phase.phase === "failed");
  });
});
