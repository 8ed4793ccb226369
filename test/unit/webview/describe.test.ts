import assert from "node:assert/strict";
import type { Phase, TransferView, ViewState } from "../../../src/bridge/state";
import { about, announcement } from "../../../webview/ui/transfer/describe";
import { textsFor } from "../../../webview/ui/transfer/texts";

const texts = textsFor("en");
const moving = (bytes: number): Phase => ({
  phase: "moving",
  bytes,
  totalBytes: 100,
  bytesPerSecond: 1,
  msLeft: undefined,
  current: "",
});

function transfer(phase: Phase, id = "t"): TransferView {
  return { id, role: "receiver", phase, log: [] };
}

function state(...transfers: TransferView[]): ViewState {
  return { language: "en", languageSetting: "auto", transfers };
}

const announce = (before: Phase, after: Phase) =>
  announcement(state(transfer(before)), state(transfer(after)), texts);

describe("announcements", () => {
  it("say nothing about what was there when the view opened", () => {
    assert.equal(announcement(undefined, state(transfer({ phase: "handshake" })), texts), "");
  });

  it("name a change of phase once", () => {
    const text = announce({ phase: "handshake" }, moving(0));
    assert.equal(text, "Receiving: Transferring");
    assert.equal(announce(moving(0), moving(1)), "");
  });

  it("tell each quarter and not the end, which is a phase of its own", () => {
    const steps = [24, 25, 26, 49, 50, 75, 99, 100];
    const heard = steps.map((bytes, i) => announce(moving(steps[i - 1] ?? 0), moving(bytes)));
    assert.deepEqual(
      heard.filter((text) => text !== ""),
      ["25% transferred", "50% transferred", "75% transferred"],
    );
  });

  it("leave failures to their alert", () => {
    const failure = { code: "E_TAMPERED", details: {} } as const;
    assert.equal(announce(moving(1), { phase: "failed", failure, items: [] }), "");
  });

  it("tell of each transfer by its own id", () => {
    const before = state(transfer({ phase: "handshake" }, "a"));
    const after = state(transfer({ phase: "handshake" }, "a"), transfer(moving(0), "b"));
    assert.equal(announcement(before, after, texts), "Receiving: Transferring");
  });

  it("make hostile names visible", () => {
    const contents = { names: ["a\u202eb"], files: 1, bytes: 1, leftOut: [], leftOutCount: 0 };
    const named = { ...transfer(moving(0)), contents };
    const heard = announcement(state(), state(named), texts);
    assert.equal(heard, "\u2068a\\u{202e}b\u2069: Transferring");
  });
});

describe("a transfer's subject", () => {
  it("is the first top-level name of an offer and how many more there are", () => {
    const item = { index: 0, kind: "file", size: 1, ticked: true, dangerous: false } as const;
    const items = ["dir/a", "dir/b", "c"].map((path) => {
      return Object.assign({ path }, item, { conflict: false, refused: undefined });
    });
    const totals = { itemCount: 3, totalBytes: 3, conflicts: 0, dangerous: 0, refused: 0 };
    const where = { folder: undefined, freeBytes: undefined, conflict: "rename" } as const;
    const offer: Phase = { phase: "offer", items, ...totals, ...where };
    assert.deepEqual(about(transfer(offer)), { names: ["dir", "c"] });
  });

  it("is unknown while nothing is known", () => {
    assert.deepEqual(about(transfer({ phase: "handshake" })), { names: [] });
  });
});
