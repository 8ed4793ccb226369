import type { ErrorCode } from "../../../src/core/errors";
import {
  type ProgressEntry,
  parseDocument,
  parseProgress,
  type ReceiverDocument,
  type SenderDocument,
  type SettledEntry,
} from "../../../src/core/files/journal";
import type { Manifest } from "../../../src/core/files/manifest";
import type { Journal, KnownProgress } from "../../../src/core/ports";
import type { ReceiverPast } from "../../../src/core/session/openContent";

/** A journal in memory: what a crash leaves is `document` and `log`. */
export class MemoryJournal implements Journal {
  document: string | undefined;
  readonly log: string[] = [];
  readonly id = "0123456789abcdef0123456789abcdef";
  key = "key";
  forgotten = false;
  /** Called before each durable write: throwing there is a crash. */
  beforeWrite: () => void = () => {};

  save = async (document: object): Promise<void> => {
    this.beforeWrite();
    this.document = JSON.stringify(document);
  };
  note = async (entry: ProgressEntry): Promise<void> => {
    this.beforeWrite();
    this.log.push(JSON.stringify(entry));
  };
  seal = async (secret: Uint8Array): Promise<string> =>
    Buffer.from(JSON.stringify([this.key, [...secret]])).toString("base64");
  open = async (sealed: string): Promise<Uint8Array | undefined> => {
    const [key, bytes] = JSON.parse(Buffer.from(sealed, "base64").toString()) as [string, number[]];
    return key === this.key ? Uint8Array.from(bytes) : undefined;
  };
  forget = async (): Promise<void> => {
    this.forgotten = true;
  };

  get sender(): SenderDocument {
    const document = parseDocument(this.document ?? "");
    if (document?.role !== "sender") throw new Error("no sender's document");
    return document;
  }
  get receiver(): ReceiverDocument {
    const document = parseDocument(this.document ?? "");
    if (document?.role !== "receiver") throw new Error("no receiver's document");
    return document;
  }

  past(manifest: Manifest): ReceiverPast {
    const entries = this.log.map(parseProgress).filter((e) => e !== undefined);
    const settled = new Map<number, "published" | "skipped" | ErrorCode>();
    const open = new Map<number, { file: string; offset: number }>();
    const publish = new Map<number, { path: string; identity: string }>();
    let staging: string | undefined;
    for (const e of entries) {
      if (e.k === "staging") staging = e.path;
      if (e.k === "open") open.set(e.item, { file: e.file, offset: 0 });
      if (e.k === "durable")
        open.set(e.item, { file: open.get(e.item)?.file ?? "", offset: e.offset });
      if (e.k === "publish") publish.set(e.item, e);
      if (e.k === "settled")
        settled.set(
          e.item,
          e.error === null
            ? e.outcome === "skipped"
              ? "skipped"
              : "published"
            : (e.error as ErrorCode),
        );
    }
    const known: KnownProgress = { staging, open, publish };
    const eachSettled = async (take: (entry: SettledEntry) => Promise<void>) => {
      for (const entry of entries) if (entry.k === "settled") await take(entry);
    };
    return { manifest, known, settled, eachSettled };
  }
}
