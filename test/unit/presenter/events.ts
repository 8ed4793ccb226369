/** What can happen to a transfer, for tests of what is shown of it. */
import type { OfferView } from "../../../src/bridge/state";
import type { SessionEvent, Step, VerifyQuestion } from "../../../src/core/session/events";
import type { TransferContext, TransferEvent } from "../../../src/presenter/transferState";

export const context: TransferContext = {
  id: "t1",
  role: "sender",
  verify: "compare",
  reach: "this-network",
  uriScheme: "vscode",
  extensionId: "secureshare.secureshare",
};
export const code = { room: "k7qm3", secret: "x9dt2v" };
export const relay = "ws://192.168.1.5:4711";
export const contents = { names: ["a.txt"], files: 1, bytes: 5, leftOut: [], leftOutCount: 0 };
export const codeEvent: SessionEvent = { kind: "code", code, relay, lifetimeMs: 60_000 };
export const question: VerifyQuestion = {
  digits: "482109",
  mode: "compare",
  peer: { policy: "compare", automated: false },
};
export const offer: OfferView = {
  items: [
    {
      index: 0,
      path: "folder/a",
      kind: "file",
      size: 5,
      ticked: true,
      dangerous: false,
      conflict: false,
      refused: undefined,
    },
  ],
  itemCount: 1,
  totalBytes: 5,
  folder: "/target",
  freeBytes: 100,
  conflicts: 0,
  dangerous: 0,
  refused: 0,
  conflict: "rename",
};

export const step = (step: Step): TransferEvent => ({ kind: "step", ...step });
export const asked = (question: VerifyQuestion, triesLeft?: number): TransferEvent => ({
  kind: "verify-asked",
  question,
  triesLeft,
});
export const item = (path: string): Extract<SessionEvent, { kind: "item" }> => ({
  kind: "item",
  index: 0,
  item: { path, kind: "file", size: 5, mtime: 0, executable: false },
  sha256: "ab",
  outcome: "written",
  error: undefined,
  finalPath: path,
});
