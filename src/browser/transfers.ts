/** The tab's transfers: what the page asks for becomes sessions, what they do becomes its state. */

import type { Language } from "../../l10n/language";
import type { ViewMessage } from "../bridge/messages";
import type { Contents } from "../bridge/state";
import type { Source } from "../core/ports";
import type { Summary } from "../core/session/events";
import { type CommonPorts, receiveTransfer, sendTransfer } from "../core/session/transfer";
import { parseInvitation } from "../core/wire/invitation";
import type { Role } from "../core/wire/rooms";
import { Transfer } from "../presenter/transfer";
import { createAttempts, storedLog } from "./attempts";
import { downloadSink } from "./files/downloads";
import { folderSink } from "./files/folder";
import { endingWithTab } from "./files/resumable";
import { localTraits } from "./files/review";
import { type Picked, pickedSource, textSource } from "./files/source";
import { Kept } from "./kept";
import { DOWNLOADS, type PageMessage, type WorkerMessage } from "./messages";
import type { Place } from "./place";
import { browserClock, exclusively, memorySpool } from "./system";

const CODE_LIFETIME = 10 * 60_000;
/** How long a transfer tries to come back after a drop: until its user gives up. */
const KEEP_FOR = 24 * 3_600_000;
/** Milliseconds; drawing ten states a second costs a browser a tenth of a core. */
const STATE_INTERVAL = 200;
/** What a sender is shown of its own names. */
const SHOWN_NAMES = 100;
/** The extension that a link for VS Code opens. */
const EDITOR = { uriScheme: "vscode", extensionId: "secureshare.secureshare" } as const;

export interface TransfersOptions {
  readonly ports: CommonPorts;
  readonly place: Place;
  readonly relay: string;
  readonly language: Language;
  /** The page can ask its user for a folder. */
  readonly picksFolders: boolean;
  readonly post: (message: WorkerMessage) => void;
}

interface Entry {
  readonly transfer: Transfer;
  readonly kept: Kept;
  /** Folders that were picked for it, by name. */
  readonly folders: Map<string, FileSystemDirectoryHandle>;
  /** Begins the same anew. */
  readonly again: () => void;
}

type Run = (entry: Entry, signal: AbortSignal) => Promise<Summary>;

export class Transfers {
  readonly #entries = new Map<string, Entry>();
  readonly #attempts = createAttempts(storedLog, browserClock);
  #language: Language;
  #count = 0;
  #posting: ReturnType<typeof setTimeout> | undefined;
  #stale = false;

  constructor(private readonly o: TransfersOptions) {
    this.#language = o.language;
  }

  /** Does what the page asks for; what fits nothing here is dropped. */
  async take(message: Exclude<PageMessage, { type: "begin" }>): Promise<void> {
    switch (message.type) {
      case "alive":
        return this.o.post({ type: "alive" });
      case "view":
        return this.#view(message.message);
      case "send":
        return this.#sendPicked(message.picked);
      case "sendText":
        return this.#sendText(message.text);
      case "target":
        return this.#target(message.id, message.folder);
      case "save":
        return this.#save(message.id, message.path);
    }
  }

  async #view(message: ViewMessage): Promise<void> {
    if (message.type === "language" && message.language !== "auto") {
      this.#language = message.language;
      this.#changed();
    } else if (message.type === "receive") this.#receive(message.invitation);
    else if ("id" in message) await this.#about(message.id, message);
  }

  async #about(id: string, message: ViewMessage): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (message.type === "retry") {
      await this.#remove(id, entry);
      entry.again();
    } else if (message.type === "dismiss") await this.#remove(id, entry);
    else await entry.transfer.handle(message);
  }

  async #remove(id: string, { transfer, kept }: Entry): Promise<void> {
    if (!transfer.settled) return;
    this.#entries.delete(id);
    this.#changed();
    await kept.remove();
  }

  async #target(id: string, folder: FileSystemDirectoryHandle | undefined): Promise<void> {
    const entry = this.#entries.get(id);
    if (folder !== undefined) entry?.folders.set(folder.name, folder);
    await entry?.transfer.chooseFolder(folder?.name ?? DOWNLOADS);
  }

  async #save(id: string, path: string | undefined): Promise<void> {
    const kept = this.#entries.get(id)?.kept;
    if (kept === undefined) return;
    if (path === undefined) return this.#saveAll(id, kept);
    const file = kept.file(path);
    if (file !== undefined) this.o.post({ type: "save", id, path, ...file });
  }

  async #saveAll(id: string, kept: Kept): Promise<void> {
    try {
      const blob = await kept.all();
      this.o.post({ type: "save", id, path: undefined, name: "secureshare.zip", blob });
    } catch {
      this.o.post({ type: "saveFailed", id });
    }
  }

  #sendPicked(picked: readonly Picked[]): void {
    const tops = new Set(picked.map(({ path }) => path.split("/", 1)[0] ?? ""));
    const names = [...tops].slice(0, SHOWN_NAMES);
    const source = () => pickedSource(picked, memorySpool());
    this.#sender(() => this.#sendPicked(picked), source, { names });
  }

  #sendText(text: string): void {
    const source = () => textSource(text, memorySpool());
    this.#sender(() => this.#sendText(text), source, { names: [], text: true });
  }

  #sender(
    again: () => void,
    open: () => Promise<Source>,
    shown: Pick<Contents, "names" | "text">,
  ): void {
    const { ports, relay } = this.o;
    this.#start("sender", again, async ({ transfer }, signal) => {
      const source = await open();
      const { fileCount: files, totalBytes: bytes } = source.manifest;
      transfer.describe({ ...shown, files, bytes, leftOut: [], leftOutCount: 0 });
      const options = {
        ...common(relay, transfer),
        codeLifetimeMs: CODE_LIFETIME,
        padding: true,
      };
      return sendTransfer({ ...ports, source }, options, transfer.senderUi(), signal);
    });
  }

  #receive(invitation: string): void {
    const { ports, relay, picksFolders } = this.o;
    const { code } = parseInvitation(invitation);
    const again = () => this.#receive(invitation);
    this.#start("receiver", again, (entry, signal) => {
      const { transfer } = entry;
      const receiverPorts = {
        ...ports,
        attempts: this.#attempts,
        spool: memorySpool,
        sink: (folder: string) => endingWithTab(this.#sink(entry, folder)),
      };
      // Nothing is suggested where the user can pick a folder; a text is never written.
      const folder = picksFolders ? undefined : DOWNLOADS;
      const ui = transfer.receiverUi({ folder, scratch: DOWNLOADS, conflict: "rename" });
      return receiveTransfer(receiverPorts, { ...common(relay, transfer), code }, ui, signal);
    });
  }

  #sink({ folders, kept }: Entry, name: string) {
    const traits = localTraits(navigator.userAgent);
    const folder = folders.get(name);
    if (folder !== undefined)
      return folderSink({ root: folder, traits, exclusively, now: Date.now });
    const { createStore } = this.o.place;
    const stored = (store: Parameters<Kept["holds"]>[0]) => void kept.holds(store);
    return downloadSink({ traits, createStore, stored, saved: (item) => kept.add(item) });
  }

  #start(role: Role, again: () => void, run: Run): void {
    const id = String(++this.#count);
    const context = { id, role, verify: "compare", reach: "configured", ...EDITOR } as const;
    const host = { changed: () => this.#changed(), now: Date.now };
    const entry: Entry = {
      transfer: new Transfer({ ...context, namesRelay: true }, host),
      kept: new Kept(this.o.place.createStore),
      folders: new Map(),
      again,
    };
    this.#entries.set(id, entry);
    this.#changed();
    void entry.transfer.run((signal) => run(entry, signal));
  }

  /** Posts the state at once, but at most five times a second; the last change counts. */
  #changed(): void {
    this.#stale = true;
    if (this.#posting === undefined) this.#post();
  }

  #post(): void {
    this.#posting = undefined;
    if (!this.#stale) return;
    this.#stale = false;
    const entries = [...this.#entries].toReversed();
    const transfers = entries.map(([, { transfer }]) => transfer.view);
    const savable = new Map(entries.map(([id, { kept }]) => [id, kept.files]));
    const state = { language: this.#language, languageSetting: this.#language, transfers };
    this.o.post({ type: "state", state: { ...state, now: Date.now() }, savable });
    this.#posting = setTimeout(() => this.#post(), STATE_INTERVAL);
  }

  /** Shows what there is. */
  show(): void {
    this.#changed();
  }
}

function common(relay: string, { controls }: Transfer) {
  const verify = "compare" as const;
  return { relays: [relay], verify, automated: false, keepForMs: KEEP_FOR, controls };
}
