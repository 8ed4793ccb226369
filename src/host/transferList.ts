import { randomBytes } from "node:crypto";
import { EventEmitter } from "vscode";
import type { Summary } from "../core/session/events";
import { Transfer } from "../presenter/transfer";
import { holdsText, type TransferContext, type TransferEvent } from "../presenter/transferState";
import { Disposable } from "./disposable";
import type { LeftCard } from "./leftCards";

/** How many ended transfers keep their cards, besides those that hold a text. */
export const ENDED_MAX = 20;

export interface TransferChange {
  readonly transfer: Transfer;
  readonly event: TransferEvent | { kind: "opened" } | { kind: "dismissed" };
}

/** How a transfer that failed is tried again. */
interface WayBack {
  again(): Promise<void>;
  /** The files and folders that a sender's user chose; none where there is no way back to them. */
  readonly paths: readonly string[];
  /** Lists the same files anew, with or without what `.gitignore` files name. */
  heeding?(gitignore: boolean): Promise<void>;
}

/** How a transfer is run. */
export interface Course extends WayBack {
  run(transfer: Transfer, signal: AbortSignal): Promise<Summary>;
}

/** The transfers that run in this window or have ended in it, newest first. */
export class TransferList extends Disposable {
  readonly #changed = this.register(new EventEmitter<TransferChange>());
  readonly onDidChange = this.#changed.event;
  #closing = false;
  /** The window goes. */
  get closing(): boolean {
    return this.#closing;
  }
  readonly #entries = new Map<string, { transfer: Transfer; way: WayBack; end: Promise<void> }>();
  /** Ids of those that have ended, in the order in which they did. */
  readonly #ended = new Set<string>();

  /**
   * Opens a transfer and runs it in the background. One that goes on has an id already. A window
   * that goes begins nothing any more: what it was about to go on with, its next life finds.
   */
  start(context: Omit<TransferContext, "id"> & { id?: string }, course: Course): Transfer {
    const transfer = new Transfer(
      { id: randomBytes(8).toString("hex"), ...context },
      { now: Date.now, changed: (transfer, event) => this.#tell({ transfer, event }) },
    );
    const end = this.#closing
      ? Promise.resolve()
      : transfer.run((signal) => course.run(transfer, signal));
    this.#entries.set(transfer.id, { transfer, way: course, end });
    this.#changed.fire({ transfer, event: { kind: "opened" } });
    return transfer;
  }

  /** Shows one that ended in the window's former life. */
  restore({ ended, paths }: LeftCard, again: () => Promise<void>): void {
    const { context } = ended.state;
    const canBeginAnew = context.role === "receiver" || paths.length > 0;
    const transfer = new Transfer(
      context,
      { now: Date.now, changed: () => {} },
      { ...ended, canBeginAnew },
    );
    this.#entries.set(transfer.id, { transfer, way: { again, paths }, end: Promise.resolve() });
    this.#tell({ transfer, event: { kind: "opened" } });
  }

  /** What the window's next life shows, oldest first. */
  get left(): LeftCard[] {
    return [...this.#entries.values()].flatMap(({ transfer: { ended }, way: { paths } }) =>
      ended === undefined ? [] : [{ ended, paths }],
    );
  }

  get all(): Transfer[] {
    return [...this.#entries.values()].map(({ transfer }) => transfer).toReversed();
  }
  get active(): Transfer[] {
    return this.all.filter((transfer) => !transfer.settled);
  }

  get(id: string): Transfer | undefined {
    return this.#entries.get(id)?.transfer;
  }

  /** Takes a transfer that has ended off the list. */
  dismiss(id: string): void {
    const transfer = this.get(id);
    if (transfer === undefined || !transfer.settled) return;
    this.#entries.delete(id);
    this.#ended.delete(id);
    this.#changed.fire({ transfer, event: { kind: "dismissed" } });
  }

  #tell(change: TransferChange): void {
    this.#changed.fire(change);
    const { id, settled } = change.transfer;
    if (!settled || this.#ended.has(id) || !this.#entries.has(id)) return;
    this.#ended.add(id);
    this.#makeRoom();
  }

  /** The oldest go: results stand in the history, and what can go on among the interrupted. */
  #makeRoom(): void {
    const ended = [...this.#ended].flatMap((id) => this.get(id) ?? []);
    const replaceable = ended.filter(({ state }) => !holdsText(state));
    for (const { id } of replaceable.slice(0, -ENDED_MAX)) this.dismiss(id);
  }

  /** Starts a failed transfer anew, in its place. */
  async retry(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.transfer.view.phase.phase !== "failed") return;
    this.dismiss(id);
    await entry.way.again();
  }

  /** Sends by another rule what nobody has come for yet, under the same code. */
  async heed(id: string, gitignore: boolean): Promise<void> {
    await this.#entries.get(id)?.way.heeding?.(gitignore);
  }

  /** Leaves to a later window what can go on, cancels the rest, and waits for both. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const transfer of this.active) transfer.suspend();
    await Promise.all([...this.#entries.values()].map(({ end }) => end));
    this.dispose();
  }
}
