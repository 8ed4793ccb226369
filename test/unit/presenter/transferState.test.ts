import assert from "node:assert/strict";
import type { Phase } from "../../../src/bridge/state";
import type { VerifyQuestion } from "../../../src/core/session/events";
import { parseInvitation, spokenInvitation } from "../../../src/core/wire/invitation";
import {
  initialState,
  SHOWN_ITEMS,
  type TransferContext,
  type TransferEvent,
  type TransferState,
  transferView,
} from "../../../src/presenter/transferState";
import { next } from "../../../src/presenter/transferTransitions";
import {
  asked,
  code,
  codeEvent,
  contents,
  context,
  item,
  offer,
  question,
  relay,
  step,
} from "./events";

function after(events: readonly TransferEvent[], start: Partial<TransferContext> = {}) {
  let state: TransferState = initialState({ ...context, ...start });
  let at = 1_000;
  for (const event of events) state = next(state, event, at++);
  return state;
}

/** The phase that the view is given. */
function phaseOf(events: readonly TransferEvent[], start: Partial<TransferContext> = {}): Phase {
  return transferView(after(events, start)).phase;
}

/** The name of the phase after each event. */
function phases(events: readonly TransferEvent[], start: Partial<TransferContext> = {}): string[] {
  return events.map((_, i) => phaseOf(events.slice(0, i + 1), start).phase);
}

function phaseAfter<P extends Phase["phase"]>(
  name: P,
  events: readonly TransferEvent[],
  start: Partial<TransferContext> = {},
): Extract<Phase, { phase: P }> {
  const phase = phaseOf(events, start);
  assert.equal(phase.phase, name);
  return phase as Extract<Phase, { phase: P }>;
}

describe("transfer state", () => {
  it("leads a sender from the code to the result", () => {
    const events: [TransferEvent, string][] = [
      [step({ step: "relay-connecting", relay }), "connecting"],
      [{ kind: "contents", contents }, "connecting"],
      [codeEvent, "waiting"],
      [{ kind: "peer", state: "joined" }, "handshake"],
      [step({ step: "keys-agreed" }), "handshake"],
      [asked(question), "verify"],
      [{ kind: "verify-answered" }, "awaiting-peer"],
      [step({ step: "offer-sent", items: 1, bytes: 5 }), "awaiting-peer"],
      [step({ step: "accepted", items: 1, bytes: 5 }), "moving"],
      [{ kind: "progress", bytes: 5, totalBytes: 5, item: 0, path: "a.txt" }, "moving"],
      [item("a.txt"), "moving"],
      [
        { kind: "finished", summary: { outcome: "completed", bytes: 5, files: 1, seconds: 1 } },
        "done",
      ],
    ];
    assert.deepEqual(
      phases(events.map(([event]) => event)),
      events.map(([, phase]) => phase),
    );
  });

  it("leads a receiver through the offer", () => {
    const events: [TransferEvent, string][] = [
      [{ kind: "peer", state: "joined" }, "handshake"],
      [asked(question), "verify"],
      [{ kind: "verify-answered" }, "awaiting-peer"],
      [{ kind: "offer", offer, files: 1 }, "offer"],
      [{ kind: "decided", accepted: true, folder: "/target" }, "moving"],
      [step({ step: "accepted", items: 1, bytes: 5 }), "moving"],
      [item("folder/a"), "moving"],
      [
        { kind: "finished", summary: { outcome: "completed", bytes: 5, files: 1, seconds: 1 } },
        "done",
      ],
    ];
    const role = { role: "receiver" } as const;
    assert.deepEqual(
      phases(
        events.map(([event]) => event),
        role,
      ),
      events.map(([, phase]) => phase),
    );
    const done = phaseAfter(
      "done",
      events.map(([event]) => event),
      role,
    );
    assert.equal(done.folder, "/target");
    assert.deepEqual(done.items, [
      { path: "folder/a", size: 5, sha256: "ab", outcome: "written", finalPath: "folder/a" },
    ]);
  });

  it("names the relay to the other side only when it is the window's own", () => {
    const own = phaseAfter("waiting", [{ kind: "contents", contents }, codeEvent]);
    assert.equal(own.code, "k7qm-3x9d-t2v7");
    assert.equal(own.spoken, "k7qm-3x9d-t2v7@192.168.1.5:4711");
    assert.equal(own.link, "http://192.168.1.5:4711/#k7qm-3x9d-t2v7");
    assert.deepEqual(parseInvitation(own.editorLink), { code, relay });
    assert.equal(own.expiresAt, 61_001);
    const configured = phaseAfter("waiting", [codeEvent], { reach: "configured" });
    assert.equal(configured.spoken, undefined);
    assert.deepEqual(parseInvitation(configured.editorLink), { code, relay: undefined });
  });

  it("goes back to waiting while the code is good", () => {
    const joined: TransferEvent[] = [codeEvent, { kind: "peer", state: "joined" }];
    const wrong = phaseAfter("waiting", [...joined, step({ step: "wrong-code", guessesLeft: 2 })]);
    assert.equal(wrong.guessesLeft, 2);
    assert.equal(phaseOf([...joined, { kind: "peer", state: "left" }]).phase, "waiting");
    const failed = step({ step: "handshake-failed", reason: "timeout" });
    assert.equal(phaseOf([...joined, failed]).phase, "waiting");
  });

  it("stays where it is when the peer leaves later, and when a receiver's handshake fails", () => {
    const moving = [codeEvent, step({ step: "accepted", items: 1, bytes: 5 })];
    assert.equal(phaseOf([...moving, { kind: "peer", state: "left" }]).phase, "moving");
    const failed = step({ step: "handshake-failed", reason: "timeout" });
    assert.equal(phaseOf([failed], { role: "receiver" }).phase, "connecting");
  });

  it("hides the digits from a sender who must type them", () => {
    const typed: VerifyQuestion = { ...question, mode: "type" };
    const sender = phaseAfter("verify", [asked(typed, 3)]);
    assert.equal(sender.digits, undefined);
    assert.equal(sender.triesLeft, 3);
    const waiting = phaseAfter("awaiting-peer", [asked(typed, 3), { kind: "verify-answered" }]);
    assert.equal(waiting.digits, undefined);
    const receiver = phaseAfter("verify", [asked(typed)], { role: "receiver" });
    assert.equal(receiver.digits, "482109");
  });

  it("keeps the digits in sight until the other side has confirmed", () => {
    const phase = phaseAfter("awaiting-peer", [asked(question), { kind: "verify-answered" }]);
    assert.equal(phase.digits, "482109");
  });

  it("shows names from outside with their control characters made visible", () => {
    const hostile = "a\u202egpj.exe\u001b[31m\n";
    const shown = "a\\u{202e}gpj.exe␛[31m␊";
    const moving = phaseAfter("moving", [
      { kind: "progress", bytes: 1, totalBytes: 5, item: 0, path: hostile },
    ]);
    assert.equal(moving.current, shown);
    const failed = phaseAfter("failed", [
      item(hostile),
      {
        kind: "failed",
        failure: { code: "E_DISK_FULL", details: { path: hostile } },
        resumable: false,
      },
    ]);
    assert.equal(failed.items[0]?.path, shown);
    assert.deepEqual(failed.failure.details, { path: shown });
  });

  it("shortens the results and the log, and counts what it leaves out", () => {
    const many = Array.from({ length: SHOWN_ITEMS + 5 }, (_, i) => item(`${i}`));
    const done = phaseAfter("done", [
      ...many,
      { kind: "finished", summary: { outcome: "completed", bytes: 5, files: 1, seconds: 1 } },
    ]);
    assert.equal(done.items.length, SHOWN_ITEMS);
    assert.equal(done.itemCount, SHOWN_ITEMS + 5);
    const steps = Array.from({ length: 1_200 }, () => step({ step: "rejoined" }));
    assert.equal(after(steps).log.length, 1_000);
  });

  it("changes nothing after the end, and ends the log with the failure", () => {
    const failure = { code: "E_CODE_EXPIRED", details: { minutes: 10 } } as const;
    const state = after([codeEvent, { kind: "failed", failure, resumable: false }]);
    assert.equal(next(state, codeEvent, 5_000), state);
    assert.deepEqual(state.log.at(-1)?.step, { step: "failed", failure });
  });

  it("tells the view what is sent, and what was offered", () => {
    assert.deepEqual(transferView(after([{ kind: "contents", contents }])).contents, contents);
    const offered = after([{ kind: "offer", offer, files: 1 }], { role: "receiver" });
    assert.deepEqual(transferView(offered).contents?.names, ["folder"]);
  });

  it("shows a text as such, not as a file", () => {
    const text = { path: "", kind: "text", size: 2, mtime: 0, executable: false } as const;
    const done = phaseAfter("done", [
      { kind: "text", text: "hi" },
      { ...item(""), item: text, finalPath: undefined },
      { kind: "finished", summary: { outcome: "completed", bytes: 2, files: 0, seconds: 1 } },
    ]);
    assert.equal(done.text, "hi");
    assert.deepEqual([done.items, done.itemCount], [[], 0]);
  });

  it("counts the items done of those accepted", () => {
    const moving = phaseAfter("moving", [
      step({ step: "accepted", items: 7, bytes: 50 }),
      item("a"),
      { kind: "progress", bytes: 10, totalBytes: 50, item: 1, path: "b" },
    ]);
    assert.equal(moving.itemsDone, 1);
    assert.equal(moving.itemCount, 7);
  });

  it("shows an item's last word, where an earlier one was lost, and counts it once", () => {
    const done = phaseAfter("done", [
      step({ step: "accepted", items: 2, bytes: 10 }),
      item("a"),
      item("b"),
      { ...item("a"), sha256: undefined, outcome: "failed", corrects: true },
      { kind: "finished", summary: { outcome: "partial", bytes: 10, files: 2, seconds: 1 } },
    ]);
    assert.deepEqual(
      done.items.map(({ path, outcome }) => [path, outcome]),
      [
        ["a", "failed"],
        ["b", "written"],
      ],
    );
    assert.equal(done.itemCount, 2);
  });

  const accepted = step({ step: "accepted", items: 2, bytes: 50 });
  const progress = (bytes: number): TransferEvent => ({
    kind: "progress",
    bytes,
    totalBytes: 50,
    item: 0,
    path: "a",
  });
  const drop: TransferEvent = { kind: "interrupted", reason: "test", resumable: true };
  const reconnected = step({ step: "reconnected" });
  const paused = (us: boolean, peer: boolean): TransferEvent => ({ kind: "paused", us, peer });

  it("waits for the connection where it was, and goes on there", () => {
    const events = [accepted, progress(20), drop, reconnected];
    assert.deepEqual(phases(events), ["moving", "moving", "reconnecting", "moving"]);
    const lost = phaseAfter("reconnecting", events.slice(0, 3));
    assert.deepEqual([lost.bytes, lost.totalBytes], [20, 50]);
    assert.equal(phaseAfter("moving", events).bytes, 20);
    assert.deepEqual(phases([...events.slice(0, 3), drop, reconnected]).at(-1), "moving");
  });

  it("keeps a question to its user open while the connection is lost", () => {
    assert.equal(phaseOf([asked(question), drop]).phase, "verify");
    assert.equal(phaseOf([{ kind: "offer", offer, files: 1 }, drop]).phase, "offer");
  });

  it("keeps a question that was asked while the connection was lost, when it is back", () => {
    const back = step({ step: "reconnected" });
    const late: TransferEvent = { kind: "offer", offer, files: 1 };
    assert.equal(phaseOf([{ kind: "verify-answered" }, drop, late, back]).phase, "offer");
    const first = step({ step: "handshake" });
    assert.equal(phaseOf([first, drop, asked(question), back]).phase, "verify");
  });

  it("counts what need not be sent again as done, and not as speed", () => {
    const slow = [accepted, progress(1), progress(2)];
    const moving = phaseAfter("moving", [...slow, { kind: "resumed", bytes: 40 }]);
    assert.deepEqual([moving.bytes, moving.bytesPerSecond], [40, 0]);
    const early = phaseOf([drop, { kind: "resumed", bytes: 40 }]);
    assert.equal(early.phase, "reconnecting");
  });

  it("shows who has paused, and forgets a pause that is not said again", () => {
    const held = (events: readonly TransferEvent[]) => transferView(after(events)).paused;
    assert.equal(held([accepted]), undefined);
    assert.deepEqual(held([accepted, paused(true, false)]), { us: true, peer: false });
    assert.deepEqual(held([accepted, paused(false, true)]), { us: false, peer: true });
    assert.equal(held([accepted, paused(true, false), paused(false, false)]), undefined);
    assert.deepEqual(held([accepted, paused(true, true), drop, reconnected]), {
      us: true,
      peer: false,
    });
    const moving = phaseAfter("moving", [accepted, progress(1), progress(9), paused(true, false)]);
    assert.equal(moving.bytes, 9);
  });

  it("takes up what an earlier window left", () => {
    const takenUp: TransferEvent = { kind: "taken-up", contents, folder: "/target" };
    const receiver = { role: "receiver" } as const;
    const before = after([takenUp], receiver);
    assert.equal(transferView(before).phase.phase, "reconnecting");
    assert.deepEqual(transferView(before).contents, contents);
    const unverified = [takenUp, drop, reconnected, asked(question)];
    assert.deepEqual(phases(unverified), [
      "reconnecting",
      "reconnecting",
      "awaiting-peer",
      "verify",
    ]);
    const done = phaseAfter(
      "done",
      [
        takenUp,
        drop,
        reconnected,
        accepted,
        // A former run's result, told again.
        item("a"),
        step({ step: "streaming" }),
        { kind: "resumed", bytes: 5 },
        item("b"),
        { kind: "finished", summary: { outcome: "completed", bytes: 50, files: 2, seconds: 1 } },
      ],
      receiver,
    );
    assert.equal(done.folder, "/target");
    assert.deepEqual([done.items.length, done.itemCount], [2, 2], "one was finished before");
  });

  it("tells a new address until the other side has come back", () => {
    const moved: TransferEvent = { kind: "moved", address: "192.168.1.9:4711" };
    assert.equal(transferView(after([accepted, drop, moved])).movedTo, "192.168.1.9:4711");
    assert.equal(transferView(after([accepted, drop, moved, reconnected])).movedTo, undefined);
  });

  it("tells how its relay is reached through the editor, as long as the code is good", () => {
    const open = {
      kind: "forwarded",
      reach: "everyone",
      relay: "wss://code.example/proxy/4711",
    } as const;
    const login: TransferEvent = { kind: "forwarded", reach: "login", host: "code.example\u202e" };
    const joined: TransferEvent = { kind: "peer", state: "joined" };
    const failed = step({ step: "handshake-failed", reason: "r" });
    const forwarded = (...events: TransferEvent[]) => phaseAfter("waiting", events).forwarded;
    const told = { reach: "everyone", spoken: spokenInvitation(code, open.relay) };
    assert.deepEqual(forwarded(codeEvent, open), told);
    assert.deepEqual(forwarded(codeEvent, open, joined, failed), told);
    assert.deepEqual(forwarded(codeEvent, joined, open, failed), told);
    const shown = { reach: "login", host: "code.example\\u{202e}" };
    assert.deepEqual(forwarded(codeEvent, login), shown);
  });

  it("waits with the same code where what is sent has changed", () => {
    const fewer = { ...contents, files: 0, leftOutCount: 1 };
    const described: TransferEvent = { kind: "contents", contents: fewer };
    const before = phaseAfter("waiting", [codeEvent]);
    assert.deepEqual(phaseAfter("waiting", [codeEvent, described]), { ...before, contents: fewer });
  });

  it("tells the same to who has to come back, until that has happened", () => {
    const open = {
      kind: "forwarded",
      reach: "everyone",
      relay: "ws://code.example/proxy/1",
    } as const;
    const login: TransferEvent = { kind: "forwarded", reach: "login", host: "code.example" };
    const takenUp: TransferEvent = { kind: "taken-up", contents, folder: undefined };
    const told = (...events: TransferEvent[]) => transferView(after(events)).reachedAt;
    const shown = { reach: "everyone", address: "code.example/proxy/1" };
    assert.deepEqual(told(takenUp, open), shown);
    assert.deepEqual(told(codeEvent, accepted, drop, open), shown);
    assert.equal(told(takenUp, open, login), undefined);
    assert.equal(told(takenUp, open, reconnected), undefined);
  });

  it("tells whether what has failed can go on", () => {
    const failure = { code: "E_DISK_FULL", details: { path: "a" } } as const;
    for (const resumable of [true, false])
      assert.equal(
        phaseAfter("failed", [{ kind: "failed", failure, resumable }]).resumable,
        resumable,
      );
  });

  it("has ended for its user while the other side is still being told", () => {
    const parting = step({ step: "parting", ending: "E_DECLINED" });
    const drop: TransferEvent = { kind: "interrupted", reason: "peer-left", resumable: true };
    const { failure, resumable } = phaseAfter("failed", [codeEvent, drop, parting]);
    assert.deepEqual(failure, { code: "E_DECLINED", details: { by: "us" } });
    assert.equal(resumable, false);
  });
});
