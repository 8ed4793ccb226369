import type { Contents } from "../bridge/state";
import type { Journal } from "../core/ports";
import type { Transfer as JournalledTransfer } from "../node/state/transfer";
import type { Keeper } from "../presenter/transfer";
import { type WindowNote, writeNote } from "./windowNote";

/** A transfer's journal with this window's note; this window owns both until `end`. */
export class KeptTransfer implements Keeper {
  readonly journal: Journal;
  #saved: boolean;
  #discarded = false;
  #forgotten = false;
  /** Writes of the note and of what is sent, one after the other. */
  #tail: Promise<void> = Promise.resolve();

  constructor(
    readonly transfer: JournalledTransfer,
    private current: WindowNote,
    private readonly now: () => number,
  ) {
    this.#saved = transfer.document !== undefined;
    this.journal = {
      id: transfer.id,
      note: transfer.note,
      seal: (secret) => transfer.seal(secret),
      open: (sealed) => transfer.open(sealed),
      save: async (document) => {
        await this.#tail;
        await transfer.save(document);
        this.#saved = true;
      },
      forget: () => this.#forget(),
    };
  }

  get id(): string {
    return this.transfer.id;
  }
  get note(): WindowNote {
    return this.current;
  }
  get saved(): boolean {
    return this.#saved && !this.#discarded && !this.#forgotten;
  }

  describe({ names, files, bytes }: Contents): void {
    this.update({ contents: { names: [...names], files, bytes } });
  }

  setPaused(paused: boolean): void {
    this.update({ paused });
  }

  discard(): void {
    this.#discarded = true;
  }

  /** A note that cannot be written takes nothing from the transfer. */
  update(change: Partial<WindowNote>): void {
    this.current = { ...this.current, ...change };
    this.#tail = this.#tail.then(async () => {
      if (!this.#forgotten) await writeNote(this.transfer.path, this.current).catch(() => {});
    });
  }

  /**
   * Writes down anew what is sent, before anything of the session: where that fails, nothing is
   * remembered. Settles in any case.
   */
  rewrite(write: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail.then(write).catch(() => this.discard());
    return this.#tail;
  }

  /** Its window is at it again. */
  resume(): void {
    this.update({ suspendedAt: null });
  }

  /** At once: what the session still has to write may take longer than the window lasts. */
  suspend(): void {
    this.update({ suspendedAt: this.now() });
  }

  /** Leaves it to others, or removes it when there is nothing to go on with. Safe to call twice. */
  async end(): Promise<void> {
    if (!this.saved) return this.#forget();
    await this.#tail;
    await this.transfer.close();
  }

  async #forget(): Promise<void> {
    if (this.#forgotten) return;
    this.#forgotten = true;
    await this.#tail;
    await this.transfer.forget();
  }
}
