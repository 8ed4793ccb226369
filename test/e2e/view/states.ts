/** A state of the view for each thing that it can show. */
import type {
  Contents,
  LogLine,
  OfferEntry,
  Phase,
  ResultItem,
  TransferView,
  ViewState,
} from "../../../src/bridge/state";
import type { Failure } from "../../../src/core/errors";
import { formatCode } from "../../../src/core/wire/code";

/** 14 November 2026, 10:00 UTC. */
export const NOW = 1_794_650_400_000;
export const CODE = formatCode({ room: "k7qm3", secret: "x9dt2v" });
const SPOKEN = `${CODE}@192.168.1.5:4711`;
const SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

export const contents: Contents = {
  names: ["quarterly-report.pdf", "data", "notes.md", "звіт.docx"],
  files: 128,
  bytes: 48_318_382,
  leftOut: [
    { path: "data/.git", reason: "ignored" },
    { path: "data/link", reason: "link-outside" },
  ],
  leftOutCount: 2,
  gitignore: true,
};

const log: readonly LogLine[] = [
  { at: NOW - 9000, step: { step: "relay-connecting", relay: "ws://192.168.1.5:4711" } },
  { at: NOW - 8000, step: { step: "relay-connected", relay: "ws://192.168.1.5:4711" } },
  { at: NOW - 7000, step: { step: "waiting" } },
  { at: NOW - 500, step: { step: "wrong-code", guessesLeft: 2 } },
];

export function entry(index: number, path: string, more: Partial<OfferEntry> = {}): OfferEntry {
  const plain = { kind: "file", size: 1536, ticked: true } as const;
  const harmless = { dangerous: false, conflict: false, refused: undefined };
  return { index, path, ...plain, ...harmless, ...more };
}

const offered: readonly OfferEntry[] = [
  entry(0, "quarterly-report.pdf", { size: 5_242_880, conflict: true }),
  entry(1, "data", { kind: "folder", size: 0 }),
  entry(2, "data/2026/january.csv", { size: 734_003 }),
  entry(3, "data/2026/february.csv", { size: 812_345 }),
  entry(4, "data/.vscode/tasks.json", { dangerous: true, ticked: false }),
  entry(5, "data/CON", { refused: "device", ticked: false }),
  entry(6, "data/a rather long name that a narrow side bar has to break somewhere.txt"),
];

export const offer: Extract<Phase, { phase: "offer" }> = {
  phase: "offer",
  items: offered,
  itemCount: 1007,
  totalBytes: 48_318_382,
  folder: "/home/olena/projects/received",
  freeBytes: 21_474_836_480,
  conflicts: 1,
  dangerous: 1,
  refused: 1,
  conflict: "rename",
  selected: { items: 1005, bytes: 48_315_310 },
};

function result(path: string, more: Partial<ResultItem> = {}): ResultItem {
  return { path, size: 734_003, sha256: SHA256, outcome: "written", finalPath: path, ...more };
}

export const waiting: Extract<Phase, { phase: "waiting" }> = {
  phase: "waiting",
  contents,
  code: CODE,
  spoken: SPOKEN,
  link: `http://192.168.1.5:4711/#${CODE}`,
  editorLink: `vscode://secureshare.secureshare/receive#${SPOKEN}`,
  relay: "ws://192.168.1.5:4711",
  reach: "this-network",
  expiresAt: NOW + 598_000,
  guessesLeft: undefined,
};

export const verifying: Extract<Phase, { phase: "verify" }> = {
  phase: "verify",
  mode: "compare",
  digits: "482109",
  peer: { policy: "compare", automated: false },
  own: "compare",
  triesLeft: undefined,
};

export const done: Extract<Phase, { phase: "done" }> = {
  phase: "done",
  summary: { outcome: "partial", bytes: 48_318_382, files: 126, seconds: 9.4 },
  items: [
    result("quarterly-report.pdf", { outcome: "renamed", finalPath: "quarterly-report (1).pdf" }),
    result("data/january.csv"),
    result("data/february.csv", { outcome: "skipped", sha256: undefined, finalPath: undefined }),
    result("data/broken.bin", { outcome: "failed", sha256: undefined, finalPath: undefined }),
  ],
  itemCount: 128,
  folder: "/home/olena/projects/received",
  text: undefined,
};

const moving: Phase = {
  phase: "moving",
  bytes: 15_728_640,
  totalBytes: 48_318_382,
  bytesPerSecond: 5_347_738,
  msLeft: 6100,
  current: "data/2026/february.csv",
  currentBytes: 300_000,
  currentTotal: 812_345,
  relay: "wss://relay.example.org",
  itemsDone: 41,
  itemCount: 128,
};

const changed: Phase = {
  phase: "changed",
  path: "data/2026/february.csv",
  before: 5_347_738,
  bytes: 15_728_640,
  freeBytes: 48_318_382,
};

const failure: Failure = {
  code: "E_RELAY_UNREACHABLE",
  details: { relay: "wss://relay.example.org" },
};

type Role = TransferView["role"];

export function transfer(role: Role, phase: Phase, more: Partial<TransferView> = {}): TransferView {
  return { id: "t1", role, contents, phase, log, ...more };
}

export function state(...transfers: TransferView[]): ViewState {
  return { language: "en", languageSetting: "auto", transfers, now: NOW, remote: undefined };
}

const one = (role: Role, phase: Phase, more: Partial<TransferView> = {}) =>
  state(transfer(role, phase, more));
const configured: Phase = {
  ...waiting,
  spoken: undefined,
  reach: "configured",
  relay: "wss://relay.example.org",
  link: `https://relay.example.org/#${CODE}`,
  guessesLeft: 2,
};

const interrupted: ViewState["interrupted"] = [
  { id: "0".repeat(32), role: "receiver", contents, at: NOW - 3_600_000, elsewhere: false },
  {
    id: "1".repeat(32),
    role: "sender",
    contents: { ...contents, names: ["notes.md"], files: 1 },
    at: NOW - 60_000,
    elsewhere: true,
  },
  { id: "2".repeat(32), role: "sender", contents: undefined, at: NOW, elsewhere: false },
];

const history: ViewState["history"] = [
  {
    id: "a".repeat(16),
    role: "receiver",
    outcome: "partial",
    contents: { names: contents.names, files: 126, bytes: 48_318_382 },
    at: NOW - 3_600_000,
    folder: "/home/olena/projects/received",
    checksums: true,
  },
  {
    id: "b".repeat(16),
    role: "sender",
    outcome: "completed",
    contents: { names: [], files: 0, bytes: 210, text: true },
    at: NOW - 86_400_000,
    folder: undefined,
    checksums: false,
  },
];
const textContents: Contents = {
  ...contents,
  names: [],
  files: 0,
  bytes: 210,
  text: true,
  gitignore: undefined,
  leftOut: [],
  leftOutCount: 0,
};
const doneText: Phase = {
  ...done,
  summary: { outcome: "completed", bytes: 210, files: 0, seconds: 1 },
  items: [],
  itemCount: 0,
  folder: undefined,
  text: "const a = 1;\n\treturn <b>a</b>;",
};

export const states = {
  idle: state(),
  history: { ...state(), history },
  "waiting-text": one("sender", { ...waiting, contents: textContents }, { contents: textContents }),
  "done-text-gone": one("receiver", { ...doneText, text: undefined }, { contents: textContents }),
  interrupted: { ...state(), interrupted },
  relay: {
    ...state(),
    remote: "ssh-remote",
    relays: [
      { address: "192.168.1.5:4711", reach: "this-network" },
      { address: "127.0.0.1:40123", reach: "this-computer" },
    ],
  },
  "interrupted-and-running": { ...one("receiver", moving), interrupted },
  "reconnecting-moved": one(
    "sender",
    { phase: "reconnecting", bytes: 0, totalBytes: 0 },
    { movedTo: "192.168.178.117:49152" },
  ),
  "reconnecting-forwarded": one(
    "sender",
    { phase: "reconnecting", bytes: 0, totalBytes: 0 },
    { reachedAt: { reach: "everyone", address: "wss://code.example.org/proxy/40123" } },
  ),
  "paused-by-us": one("receiver", moving, { paused: { us: true, peer: false } }),
  "paused-by-peer": one("sender", moving, { paused: { us: false, peer: true } }),
  "paused-by-both": one("sender", moving, { paused: { us: true, peer: true } }),
  "changed-sender": one("sender", { ...changed, freeBytes: undefined }),
  "changed-receiver": one("receiver", changed),
  reconnecting: one("receiver", { phase: "reconnecting", bytes: 3_000_000, totalBytes: 9_000_000 }),
  connecting: one("sender", { phase: "connecting", contents }),
  waiting: one("sender", waiting),
  "waiting-remote": { ...one("sender", waiting), remote: "ssh-remote" },
  "waiting-forwarded": one("sender", {
    ...waiting,
    forwarded: { reach: "own-computer", spoken: `${CODE}@localhost:40123` },
  }),
  "waiting-forwarded-login": one("sender", {
    ...waiting,
    forwarded: { reach: "login", host: "code.example.org" },
  }),
  "waiting-configured": one("sender", configured),
  handshake: one("receiver", { phase: "handshake" }, { contents: undefined }),
  "verify-compare": one("sender", verifying),
  "verify-type-sender": one("sender", {
    ...verifying,
    mode: "type",
    digits: undefined,
    own: "type",
    triesLeft: 2,
  }),
  "verify-type-receiver": one("receiver", {
    ...verifying,
    mode: "type",
    peer: { policy: "type", automated: false },
  }),
  "verify-automated": one("receiver", {
    ...verifying,
    peer: { policy: "code-only", automated: true },
  }),
  "awaiting-confirmation": one("sender", {
    phase: "awaiting-peer",
    what: "confirmation",
    digits: "482109",
  }),
  "awaiting-acceptance": one("sender", {
    phase: "awaiting-peer",
    what: "acceptance",
    digits: undefined,
  }),
  offer: one("receiver", offer, { contents: undefined }),
  "offer-no-folder": one("receiver", {
    ...offer,
    folder: undefined,
    freeBytes: undefined,
    conflicts: 0,
    dangerous: 0,
    refused: 0,
  }),
  "offer-no-space": one("receiver", { ...offer, freeBytes: 1_048_576 }),
  "offer-text": one(
    "receiver",
    {
      ...offer,
      items: [entry(0, "", { kind: "text", size: 210 })],
      itemCount: 1,
      totalBytes: 210,
      folder: undefined,
      conflicts: 0,
      dangerous: 0,
      refused: 0,
      selected: { items: 1, bytes: 210 },
    },
    { contents: undefined },
  ),
  moving: one("receiver", moving),
  "done-sender": one("sender", {
    ...done,
    summary: { ...done.summary, outcome: "completed" },
    folder: undefined,
    items: [result("quarterly-report.pdf", { outcome: "sent", finalPath: undefined })],
    itemCount: 1,
  }),
  "done-receiver": one("receiver", done),
  "done-text": one("receiver", doneText, { contents: textContents }),
  "done-text-sender": one("sender", { ...doneText, text: undefined }, { contents: textContents }),
  failed: one("sender", { phase: "failed", failure, items: [] }),
  "failed-receiver": one("receiver", {
    phase: "failed",
    failure: { code: "E_DISK_FULL", details: { path: "data/february.csv" } },
    items: [result("data/january.csv")],
  }),
  "failed-resumable": one("receiver", {
    phase: "failed",
    failure: { code: "E_DISK_FULL", details: { path: "data/february.csv" } },
    items: [result("data/january.csv")],
    resumable: true,
  }),
  /** With its log open. */
  log: one("sender", { phase: "handshake" }),
  several: state(
    transfer("sender", waiting, { id: "a" }),
    transfer("receiver", moving, { id: "b" }),
    transfer("sender", { phase: "failed", failure, items: [] }, { id: "c" }),
  ),
} satisfies Record<string, ViewState>;

export type StateName = keyof typeof states;
