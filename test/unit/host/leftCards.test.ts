import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LeftCard, leaveCards, takeCards } from "../../../src/host/leftCards";
import { Transfer } from "../../../src/presenter/transfer";
import type { TransferContext } from "../../../src/presenter/transferState";

const START = 1_800_000_000_000;
const SUMMARY = { outcome: "completed", bytes: 5, files: 0, seconds: 1 } as const;
const TEXT = "the text itself";

const context: TransferContext = {
  id: "0123456789abcdef",
  role: "receiver",
  verify: "compare",
  reach: "configured",
  uriScheme: "vscode",
  extensionId: "secureshare.secureshare",
};
const host = { changed: () => {}, now: () => START };

/** A transfer that has received a text and a file. */
async function received(): Promise<Transfer> {
  const transfer = new Transfer(context, host);
  const item = { path: "a.txt", kind: "file", size: 5, mtime: 0, executable: false } as const;
  await transfer.run(async () => {
    const ui = transfer.receiverUi({ folder: "/t", scratch: "/s", conflict: "rename" });
    ui.event({ kind: "step", step: "waiting" });
    ui.event({ kind: "text", text: TEXT });
    const sha256 = "ab".repeat(32);
    const outcome = { sha256, outcome: "written", error: undefined, finalPath: "a.txt" } as const;
    ui.event({ kind: "item", index: 0, item, ...outcome });
    return SUMMARY;
  });
  return transfer;
}

async function left(): Promise<LeftCard> {
  const { ended } = await received();
  assert.ok(ended !== undefined);
  return { ended, paths: ["/home/olena/звіт.txt"] };
}

describe("the cards that a window leaves", () => {
  let stateFolder: string;
  beforeEach(async () => {
    stateFolder = await mkdtemp(join(tmpdir(), "secureshare-cards-"));
  });
  afterEach(() => rm(stateFolder, { recursive: true }));

  const whose = (window: string, version = "1.0.0") => ({ stateFolder, window, version });
  const files = () => readdir(join(stateFolder, "cards")).catch(() => []);

  it("show again what they showed, once, in the same window", async () => {
    const before = await received();
    await leaveCards(whose("a"), [await left()], START);
    assert.deepEqual(await takeCards(whose("b"), START + 10), []);
    const [card] = await takeCards(whose("a"), START + 10);
    assert.ok(card !== undefined);
    assert.deepEqual(card.paths, ["/home/olena/звіт.txt"]);
    const again = new Transfer(context, host, { ...card.ended, canBeginAnew: true });
    const { phase } = before.view;
    assert.ok(phase.phase === "done" && phase.text === TEXT);
    const plain = (view: unknown): unknown => JSON.parse(JSON.stringify(view));
    assert.deepEqual(
      plain(again.view),
      plain({ ...before.view, phase: { ...phase, text: undefined } }),
    );
    assert.equal(again.checksums, before.checksums);
    assert.equal(again.settled, true);
    assert.deepEqual(await takeCards(whose("a"), START + 10), []);
  });

  it("hold no text", async () => {
    await leaveCards(whose("a"), [await left()], START);
    const [name = ""] = await files();
    const written = await readFile(join(stateFolder, "cards", name), "utf8");
    assert.ok(written.includes("a.txt"));
    assert.ok(!written.includes(TEXT));
  });

  it("hold no code", async () => {
    const transfer = new Transfer({ ...context, role: "sender" }, host);
    await transfer.run(async () => {
      const code = { room: "k7qm3", secret: "x9dt2v" };
      const relay = "ws://192.168.1.5:4711";
      transfer.senderUi().event({ kind: "code", code, relay, lifetimeMs: 60_000 });
      throw new Error("cut");
    });
    const { ended } = transfer;
    assert.ok(ended !== undefined);
    await leaveCards(whose("a"), [{ ended, paths: [] }], START);
    const [name = ""] = await files();
    const written = await readFile(join(stateFolder, "cards", name), "utf8");
    assert.doesNotMatch(written, /k7qm|x9dt/i);
  });

  it("are gone when nobody comes back for them, or another version does", async () => {
    await leaveCards(whose("a"), [await left()], START);
    assert.deepEqual(await takeCards(whose("b"), START + 120_000), []);
    assert.deepEqual(await files(), []);
    await leaveCards(whose("a"), [await left()], START);
    assert.deepEqual(await takeCards(whose("a", "1.0.1"), START + 10), []);
    assert.deepEqual(await files(), []);
  });

  it("are none where no transfer has ended", async () => {
    await leaveCards(whose("a"), [], START);
    assert.deepEqual(await files(), []);
  });
});

describe("a transfer whose window goes", () => {
  it("says that it was the window, where it cannot go on", async () => {
    const transfer = new Transfer(context, host);
    const end = transfer.run(
      (signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    transfer.suspend();
    await end;
    const { phase } = transfer.view;
    assert.ok(phase.phase === "failed");
    assert.deepEqual(phase.failure, {
      code: "E_INTERRUPTED",
      details: { reason: "window-closed" },
    });
    assert.equal(phase.resumable, false);
    assert.ok(transfer.ended !== undefined);
  });

  it("has nothing to begin anew with when a text was sent", async () => {
    const transfer = new Transfer({ ...context, role: "sender" }, host);
    await transfer.run(() => Promise.reject(new Error("cut")));
    const { ended } = transfer;
    assert.ok(ended !== undefined);
    const again = new Transfer(context, host, { ...ended, canBeginAnew: false });
    assert.ok(again.view.phase.phase === "failed" && again.view.phase.anew === false);
  });
});
