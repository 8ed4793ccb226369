import assert from "node:assert/strict";
import { SecureShareError } from "../../../src/core/errors";
import type { Summary, VerifyQuestion } from "../../../src/core/session/events";
import { type Keeper, Transfer } from "../../../src/presenter/transfer";
import type { TransferContext } from "../../../src/presenter/transferState";
import { offerOf } from "./offers";

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

  it("asks about a changed file in the middle of the content, and goes back to it", async () => {
    const transfer = open("receiver");
    const ui = transfer.receiverUi({ folder: "/in", scratch: "/tmp", conflict: "rename" });
    ui.event({ kind: "step", step: "accepted", items: 1, bytes: 9 });
    const item = { path: "a\u202eb", kind: "file", size: 9, mtime: 0, executable: false } as const;
    const question = { item, now: { size: 5, mtime: 1 }, freeBytes: 7 };
    const answer = ui.changed(question, new AbortController().signal);
    const { phase } = transfer.view;
    assert.ok(phase.phase === "changed" && !phase.path.includes("\u202e"));
    assert.deepEqual([phase.before, phase.bytes, phase.freeBytes], [9, 5, 7]);
    await transfer.handle({ type: "accept", id: "t1" });
    assert.ok(transfer.asks);
    await transfer.handle({ type: "changed", id: "t1", again: true });
    assert.equal(await answer, true);
    assert.equal(transfer.view.phase.phase, "moving");

    const cut = new AbortController();
    const dropped = ui.changed(question, cut.signal);
    cut.abort(new Error("drop"));
    await assert.rejects(dropped);
    ui.event({ kind: "interrupted", reason: "drop", resumable: true });
    assert.deepEqual([transfer.asks, transfer.view.phase.phase], [false, "reconnecting"]);
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

  class MemoryKeeper implements Keeper {
    readonly id = "k1";
    readonly told: string[] = [];
    constructor(public saved: boolean) {}
    describe({ names }: { names: readonly string[] }): void {
      this.told.push(`names ${names.join()}`);
    }
    setPaused(paused: boolean): void {
      this.told.push(`paused ${paused}`);
    }
    suspend(): void {
      this.told.push("suspended");
    }
    discard(): void {
      this.told.push("discarded");
      this.saved = false;
    }
  }

  /** Runs until its signal aborts; what that said is the outcome. */
  function running(transfer: Transfer, told: unknown[] = []): Promise<void> {
    return transfer.run(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            told.push(signal.reason);
            reject(signal.reason as Error);
          });
        }),
    );
  }

  it("is left to a later window when its own goes, and not cancelled", async () => {
    const transfer = open("sender");
    const keeper = new MemoryKeeper(true);
    transfer.keptBy(keeper);
    const end = running(transfer);
    transfer.suspend();
    assert.deepEqual(keeper.told, ["suspended"]);
    await end;
    const { phase } = transfer.view;
    assert.equal(phase.phase === "failed" && phase.failure.code, "E_INTERRUPTED");
    assert.equal(phase.phase === "failed" && phase.resumable, true);
    assert.deepEqual([transfer.suspended, transfer.journal], [true, "k1"]);
  });

  for (const keeper of [undefined, new MemoryKeeper(false)])
    it(`is cancelled with its window when ${keeper ? "nothing is saved yet" : "nothing remembers it"}`, async () => {
      const transfer = open("sender");
      if (keeper !== undefined) transfer.keptBy(keeper);
      const told: unknown[] = [];
      const end = running(transfer, told);
      transfer.suspend();
      await end;
      const { phase } = transfer.view;
      assert.deepEqual(told, [new SecureShareError("E_CANCELLED", { by: "us" })]);
      assert.equal(phase.phase === "failed" && phase.failure.code, "E_INTERRUPTED");
      assert.equal(phase.phase === "failed" && phase.resumable, false);
      assert.equal(transfer.suspended, true);
    });

  it("does not offer to go on with what cannot be read any more", async () => {
    const transfer = open("sender");
    transfer.keptBy(new MemoryKeeper(true));
    await transfer.run(() => Promise.reject(new SecureShareError("E_RESUME_LOST", {})));
    const { phase } = transfer.view;
    assert.equal(phase.phase === "failed" && phase.resumable, false);
  });

  it("pauses and goes on at its user's word, and remembers it", async () => {
    const transfer = open("sender");
    const keeper = new MemoryKeeper(true);
    transfer.keptBy(keeper);
    await transfer.handle({ type: "pause", id: "t1", paused: true });
    assert.deepEqual(
      [transfer.controls.paused, transfer.view.paused],
      [true, { us: true, peer: false }],
    );
    await transfer.handle({ type: "pause", id: "t1", paused: true });
    await transfer.handle({ type: "pause", id: "t1", paused: false });
    assert.deepEqual([transfer.controls.paused, transfer.view.paused], [false, undefined]);
    assert.deepEqual(keeper.told, ["paused true", "paused false"]);
  });

  it("comes back as paused as it was left", () => {
    const transfer = open("receiver");
    const contents = { names: ["a"], files: 1, bytes: 1, leftOut: [], leftOutCount: 0 };
    transfer.takeUp({ contents, folder: undefined, paused: true });
    assert.equal(transfer.controls.paused, true);
    assert.equal(transfer.view.phase.phase, "reconnecting");
  });

  it("has its offer's names remembered, and a text not at all", async () => {
    for (const [paths, told] of [
      [["a"], ["names a"]],
      [[""], ["discarded"]],
    ] as const) {
      const transfer = open("receiver");
      const keeper = new MemoryKeeper(true);
      transfer.keptBy(keeper);
      const decision = transfer.receiverUi(defaults("/t")).decide(await offerOf(...paths), never());
      await untilAsked(transfer);
      await transfer.handle({ type: "accept", id: "t1" });
      await decision;
      assert.deepEqual(keeper.told.slice(0, told.length), told);
      assert.equal(keeper.saved, paths[0] !== "");
    }
  });

  it("names a new address of its relay to the session and to its user", () => {
    const transfer = open("sender");
    transfer.movedTo("ws://192.168.1.9:4711");
    assert.deepEqual(transfer.controls.relays, ["ws://192.168.1.9:4711"]);
    assert.equal(transfer.view.movedTo, "192.168.1.9:4711");
  });
});

function defaults(folder: string | undefined) {
  return { folder, scratch: "/scratch", conflict: "rename" } as const;
}

function never(): AbortSignal {
  return new AbortController().signal;
}
