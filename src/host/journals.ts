import { join } from "node:path";
import type { Contents } from "../bridge/state";
import { wipe } from "../core/crypto/bytes";
import type { Transfer } from "../node/state/transfer";
import {
  createTransfer,
  expireTransfers,
  forgetTransfer,
  type ListedTransfer,
  listTransfers,
  type OpenedTransfer,
  openTransfer,
} from "../node/state/transfers";
import { KeptTransfer } from "./keptTransfer";
import { isReloaded, newNote, readNote, type WindowNote } from "./windowNote";
import type { WrappingKeys } from "./wrappingKeys";

/** A transfer that the state folder remembers. */
export interface Remembered {
  readonly id: string;
  readonly role: "sender" | "receiver";
  readonly contents: Contents | undefined;
  /** When something was last done for it, milliseconds since 1970. */
  readonly at: number;
  readonly running: "here" | "elsewhere" | undefined;
  /** This very window had it until it was reloaded. */
  readonly reloaded: boolean;
}

/** The transfers that outlive their windows, in the extension's own folder. */
export class Journals {
  constructor(
    private readonly stateFolder: string,
    private readonly keys: WrappingKeys,
    /** Which window this is, see `windowIdentity`. */
    private readonly window: string,
    /** The wall clock, milliseconds since 1970. */
    private readonly now: () => number,
  ) {}

  /** Begins one. @throws E_DISK, E_DISK_FULL, E_PERMISSION */
  async begin(about: Partial<Pick<WindowNote, "paths">>): Promise<KeptTransfer> {
    const key = await this.keys.forNew();
    const transfer = await createTransfer(this.stateFolder, key).finally(() => wipe(key));
    const kept = new KeptTransfer(transfer, newNote(this.window), this.now);
    kept.update(about);
    return kept;
  }

  /**
   * Takes up what an earlier window left: with the key that fits, or with none that does, upon
   * which the session says so. @throws E_DISK, E_PERMISSION
   */
  async take(id: string): Promise<KeptTransfer | "running" | "missing"> {
    const opened = await this.#open(id);
    if (opened.kind !== "opened") return opened.kind;
    const { transfer } = opened;
    const note = (await readNote(transfer.path)) ?? newNote(this.window);
    return new KeptTransfer(transfer, { ...note, window: this.window }, this.now);
  }

  async #open(id: string): Promise<OpenedTransfer> {
    let opened: OpenedTransfer = { kind: "missing" };
    try {
      for await (const key of this.keys.all()) {
        if (opened.kind === "opened") await opened.transfer.close();
        opened = await openTransfer(this.stateFolder, id, key).finally(() => wipe(key));
        if (opened.kind !== "opened" || (await fits(opened.transfer))) break;
      }
      return opened;
    } catch (error) {
      if (opened.kind === "opened") await opened.transfer.close();
      throw error;
    }
  }

  /** What there is, newest first, after what is older than `keepForMs` was forgotten. */
  async list(keepForMs: number): Promise<Remembered[]> {
    await expireTransfers(this.stateFolder, keepForMs, this.now());
    const listed = await listTransfers(this.stateFolder);
    const remembered = await Promise.all(listed.map((transfer) => this.#describe(transfer)));
    return remembered.sort((one, other) => other.at - one.at);
  }

  /** False when some program is at it. @throws E_DISK, E_PERMISSION */
  async forget(id: string): Promise<boolean> {
    return forgetTransfer(this.stateFolder, id);
  }

  async #describe({ document, sizes, running }: ListedTransfer): Promise<Remembered> {
    const { id, role, touchedAt } = document;
    const note = await readNote(join(this.stateFolder, "transfers", id));
    const { names, files, bytes } = note?.contents ?? { names: [], files: 0, bytes: 0, ...sizes };
    const known = note?.contents !== null || sizes !== undefined;
    return {
      id,
      role,
      contents: known ? { names, files, bytes, leftOut: [], leftOutCount: 0 } : undefined,
      at: Math.max(touchedAt, note?.suspendedAt ?? 0),
      running,
      reloaded: note !== undefined && isReloaded(note, this.window, this.now()),
    };
  }
}

async function fits(transfer: Transfer): Promise<boolean> {
  const { document } = transfer;
  const secrets = document && (await transfer.open(document.sealed));
  if (secrets === undefined) return false;
  wipe(secrets);
  return true;
}
