import assert from "node:assert/strict";
import { SecureShareError } from "../../../src/core/errors";
import { ItemSet } from "../../../src/core/files/itemSet";
import { Manifest } from "../../../src/core/files/manifest";
import type { Offer, Summary, VerifyQuestion } from "../../../src/core/session/events";
import { Transfer } from "../../../src/host/transfer";
import type { TransferContext } from "../../../src/host/transferState";
import { memorySpool } from "../../support/memory/files";

const SUMMARY: Summary = { outcome: "completed", bytes: 1, files: 1, seconds: 1 };
const peer = { policy: "compare", automated: false } as const;
const compare: VerifyQuestion = { digits: "482109", mode: "compare", peer };
const type: VerifyQuestion = { ...compare, mode: "type" };

function open(role: TransferContext["role"]): Transfer {
  const context: TransferContext = {
    id: "t1",
    role,
    verify: "compare",
    reach: "configured",
    uriScheme: "vscode",
    extensionId: "secureshare.secureshare",
  };
  return new Transfer(context, { changed: () => {}, now: () => 1_000 });
}

async function offerOf(...paths: string[]): Promise<Offer> {
  const manifest = new Manifest(memorySpool());
  for (const path of paths)
    await manifest.append({
      path,
      kind: path === "" ? "text" : "file",
      size: 1,
      mtime: 0,
      executable: false,
    });
  await manifest.seal();
  const none = new ItemSet(paths.length);
  const found = { refused: new Map(), dangerous: none, conflicts: none, freeBytes: undefined };
  return { manifest, inspect: () => Promise.resolve(found) };
}

/** Runs until the transfer asks its user something. */
async function untilAsked(transfer: Transfer): Promise<void> {
  while (!transfer.asks) await new Promise((resolve) => setImmediate(resolve));
}

describe("transfer", () => {
  it("answers the session with what the view says", async () => {
    const transfer = open("sender");
    const ui = transfer.senderUi();
    const answer = ui.verify(compare, 3, new AbortController().signal);
    assert.equal(transfer.view.phase.phase, "verify");
    await transfer.handle({ type: "confirm", id: "t1" });
    assert.deepEqual(await answer, { kind: "confirmed" });
    assert.equal(transfer.asks, false);
  });

  it("takes no bare confirmation from a sender who must type the digits", async () => {
    const transfer = open("sender");
    const answer = transfer.senderUi().verify(type, 3, new AbortController().signal);
    await transfer.handle({ type: "confirm", id: "t1" });
    assert.equal(transfer.asks, true);
    await transfer.handle({ type: "typed", id: "t1", digits: "482 109" });
    assert.deepEqual(await answer, { kind: "typed", digits: "482109" });
  });

  it("drops messages that fit no open question", async () => {
    const transfer = open("receiver");
    await transfer.handle({ type: "confirm", id: "t1" });
    await transfer.handle({ type: "accept", id: "t1" });
    const answer = transfer.receiverUi(defaults("/target")).verify(compare, never());
    await transfer.handle({ type: "accept", id: "t1" });
    await transfer.handle({ type: "decline", id: "t1" });
    assert.equal(transfer.view.phase.phase, "verify");
    await transfer.handle({ type: "reject", id: "t1" });
    assert.deepEqual(await answer, { kind: "rejected" });
  });

  it("accepts an offer with the default folder and the chosen policy", async () => {
    const transfer = open("receiver");
    const decision = transfer.receiverUi(defaults("/target")).decide(await offerOf("a"), never());
    await untilAsked(transfer);
    await transfer.handle({ type: "conflict", id: "t1", policy: "skip" });
    await transfer.handle({ type: "accept", id: "t1" });
    const answer = await decision;
    assert.equal(answer.kind, "accepted");
    assert.deepEqual(
      answer.kind === "accepted" && [answer.folder, answer.conflict, answer.items.count],
      ["/target", "skip", 1],
    );
    assert.equal(transfer.state.folder, "/target");
  });

  it("waits for a folder where there is no default", async () => {
    const transfer = open("receiver");
    const decision = transfer.receiverUi(defaults(undefined)).decide(await offerOf("a"), never());
    await untilAsked(transfer);
    await transfer.handle({ type: "accept", id: "t1" });
    assert.equal(transfer.asks, true);
    await transfer.chooseFolder("/other");
    await transfer.handle({ type: "accept", id: "t1" });
    const answer = await decision;
    assert.equal(answer.kind === "accepted" && answer.folder, "/other");
  });

  it("needs no folder for a text, and names none afterwards", async () => {
    const transfer = open("receiver");
    const decision = transfer.receiverUi(defaults(undefined)).decide(await offerOf(""), never());
    await untilAsked(transfer);
    await transfer.handle({ type: "accept", id: "t1" });
    assert.equal((await decision).kind, "accepted");
    assert.equal(transfer.state.folder, undefined);
  });

  it("ends an open question when the session goes", async () => {
    const transfer = open("receiver");
    const gone = new AbortController();
    const answer = transfer.receiverUi(defaults("/t")).verify(compare, gone.signal);
    gone.abort(new SecureShareError("E_INTERRUPTED", { reason: "test" }));
    await assert.rejects(answer, { code: "E_INTERRUPTED" });
    assert.equal(transfer.asks, false);
    await transfer.handle({ type: "confirm", id: "t1" });
  });

  it("tells how the session ended", async () => {
    const done = open("sender");
    await done.run(() => Promise.resolve(SUMMARY));
    assert.equal(done.view.phase.phase, "done");
    const broken = open("sender");
    await broken.run(() => Promise.reject(new Error("boom")));
    const { phase } = broken.view;
    assert.deepEqual(phase.phase === "failed" && phase.failure, {
      code: "E_INTERNAL",
      details: { reason: "boom" },
    });
  });

  it("cancels as this side's user", async () => {
    const transfer = open("sender");
    const end = transfer.run(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    );
    await transfer.handle({ type: "cancel", id: "t1" });
    await end;
    const { phase } = transfer.view;
    assert.deepEqual(phase.phase === "failed" && phase.failure, {
      code: "E_CANCELLED",
      details: { by: "us" },
    });
  });
});

function defaults(folder: string | undefined) {
  return { folder, scratch: "/scratch", conflict: "rename" } as const;
}

function never(): AbortSignal {
  return new AbortController().signal;
}
