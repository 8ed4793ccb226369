/** A run of the command line without process, network or disk. */
import { PassThrough } from "node:stream";
import { Interruption } from "../../src/cli/interruption";
import type { Output } from "../../src/cli/output";
import type { FoundSource, Parts, TransferStore } from "../../src/cli/parts";
import { run } from "../../src/cli/run";
import { ItemSet } from "../../src/core/files/itemSet";
import type { TransferDocument } from "../../src/core/files/journal";
import { Manifest, type OfferItem } from "../../src/core/files/manifest";
import type { Inspection, Spool } from "../../src/core/ports";
import type { Offer } from "../../src/core/session/events";
import { nodePorts } from "../../src/node/ports";
import type { Transfer } from "../../src/node/state/transfer";

/** Collects what is written. */
export function recordOutput(terminal = false): Output & { text(): string } {
  let all = "";
  return {
    write: (text) => {
      all += text;
    },
    text: () => all,
    terminal,
    colours: terminal,
    columns: () => 80,
  };
}

/** A spool in memory. */
function memorySpool(): Spool {
  let bytes = Buffer.alloc(0);
  return {
    append: async (more) => {
      bytes = Buffer.concat([bytes, more]);
    },
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    dispose: async () => {},
  };
}

export function fileItem(path: string, size = 1): OfferItem {
  return { path, kind: "file", size, mtime: 0, executable: false };
}

export async function manifestOf(items: readonly OfferItem[]): Promise<Manifest> {
  const manifest = new Manifest(memorySpool());
  for (const item of items) await manifest.append(item);
  await manifest.seal();
  return manifest;
}

/** An offer whose folder has the given refused, dangerous and existing items. */
export async function offerOf(
  items: readonly OfferItem[],
  found: {
    refused?: [number, string][];
    dangerous?: number[];
    conflicts?: number[];
  } = {},
): Promise<Offer> {
  const set = (numbers: readonly number[] = []) => {
    const members = new ItemSet(items.length);
    for (const number of numbers) members.add(number);
    return members;
  };
  const inspection = {
    refused: new Map(found.refused),
    dangerous: set(found.dangerous),
    conflicts: set(found.conflicts),
    freeBytes: 1024 ** 3,
  } as Inspection;
  return { manifest: await manifestOf(items), inspect: async () => inspection };
}

export async function foundSource(items: readonly OfferItem[]): Promise<FoundSource> {
  const manifest = await manifestOf(items);
  return {
    source: { manifest, open: () => Promise.reject(new Error("not read here")) },
    leftOut: { named: [], count: 0 },
    save: async () => {},
    dispose: () => manifest.dispose(),
  };
}

/** A store of transfers that remembers nothing but documents. */
export function memoryTransfers(documents: TransferDocument[] = [], running?: "elsewhere") {
  const forgotten: string[] = [];
  const known = () => documents.filter(({ id }) => !forgotten.includes(id));
  const transferOf = (id: string, document: TransferDocument | undefined): Transfer => ({
    id,
    path: `/state/${id}`,
    document,
    known: { staging: undefined, open: new Map(), publish: new Map() },
    settled: new Map(),
    eachSettled: async () => {},
    save: async () => {},
    note: async () => {},
    seal: async () => "",
    open: async () => undefined,
    forget: async () => void forgotten.push(id),
    close: async () => {},
    offerSpool: memorySpool,
    restoreOffer: async () => manifestOf([fileItem("a.txt", 5)]),
  });
  const store: TransferStore = {
    create: async () => transferOf("0".repeat(32), undefined),
    async open(id) {
      if (running !== undefined) return { kind: "running" };
      const document = known().find((one) => one.id === id);
      if (document === undefined) return { kind: "missing" };
      return { kind: "opened", transfer: transferOf(id, document) };
    },
    list: async () => known().map((document) => ({ document, sizes: undefined, running })),
    async forget(id) {
      if (running === undefined) forgotten.push(id);
      return running === undefined;
    },
    expire: async () => {},
  };
  return { ...store, forgotten };
}

const unused = () => {
  throw new Error("not used here");
};

export interface FakeRun {
  readonly args: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  /** Standard input is a terminal. */
  readonly terminal?: boolean;
  readonly parts?: Partial<Parts>;
  readonly interruption?: Interruption;
  /** Lines, or bytes, on standard input, then its end, unless that stays open. */
  readonly input?: readonly (string | Uint8Array)[];
  readonly inputStaysOpen?: boolean;
}

export interface RunResult {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  /** The JSON objects of standard output. */
  readonly events: () => Record<string, unknown>[];
}

export async function runCli(options: FakeRun): Promise<RunResult> {
  const stdin: PassThrough & { isTTY?: boolean } = new PassThrough();
  stdin.isTTY = options.terminal ?? false;
  for (const line of options.input ?? [])
    stdin.write(typeof line === "string" ? `${line}\n` : line);
  if (options.inputStaysOpen !== true) stdin.end();
  const stdout = recordOutput();
  const stderr = recordOutput();
  const parts: Parts = {
    ports: nodePorts(),
    attempts: { spend: unused },
    spool: memorySpool,
    transfers: memoryTransfers(),
    sendTransfer: unused,
    receiveTransfer: unused,
    resumeSending: unused,
    resumeReceiving: unused,
    sink: unused,
    scan: () => foundSource([fileItem("a.txt", 5)]),
    textSource: (text) => foundSource([{ ...fileItem("", text.length), kind: "text" }]),
    restoreSource: unused,
    excludes: (globs) => (path) => globs.includes(path),
    startRelay: unused,
    networkHost: () => "192.0.2.1",
    runRelay: unused,
    ...options.parts,
  };
  const exitCode = await run({
    args: options.args,
    variables: options.variables ?? {},
    cwd: "/home/somebody",
    version: "1.2.3",
    stdin,
    stdout,
    stderr,
    interruption: options.interruption ?? new Interruption(),
    now: () => 1_700_000_000_000,
    parts: async () => parts,
  });
  return {
    exitCode,
    out: stdout.text(),
    err: stderr.text(),
    events: () =>
      stdout
        .text()
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
