import { randomBytes } from "node:crypto";
import { EventEmitter } from "vscode";
import type { Summary } from "../core/session/events";
import { Transfer } from "../presenter/transfer";
import type { TransferContext, TransferEvent } from "../presenter/transferState";
import { Disposable } from "./disposable";

export interface TransferChange {
  readonly transfer: Transfer;
  readonly event: TransferEvent | { kind: "opened" } | { kind: "dismissed" };
}

/** How a transfer is run, and how it is tried again after it failed. */
export interface Course {
  run(transfer: Transfer, signal: AbortSignal): Promise<Summary>;
  again(): Promise<void>;
}

/** The transfers that run in this window or have ended in it, newest first. */
export class TransferList extends Disposable {
  readonly #changed = this.register(new EventEmitter<TransferChange>());
  readonly onDidChange = this.#changed.event;
  readonly #courses = new Map<string, { transfer: Transfer; course: Course; end: Promise<void> }>();

  /** Opens a transfer and runs it in the background. One that goes on has an id already. */
  start(context: Omit<TransferContext, "id"> & { id?: string }, course: Course): Transfer {
    const transfer = new Transfer(
      { id: randomBytes(8).toString("hex"), ...context },
      { now: Date.now, changed: (transfer, event) => this.#changed.fire({ transfer, event }) },
    );
    const end = this.disposed
      ? Promise.resolve()
      : transfer.run((signal) => course.run(transfer, signal));
    this.#courses.set(transfer.id, { transfer, course, end });
    this.#changed.fire({ transfer, event: { kind: "opened" } });
    return transfer;
  }

  get all(): Transfer[] {
    return [...this.#courses.values()].map(({ transfer }) => transfer).toReversed();
  }
  get active(): Transfer[] {
    return this.all.filter((transfer) => !transfer.settled);
  }

  get(id: string): Transfer | undefined {
    return this.#courses.get(id)?.transfer;
  }

  /** Takes a transfer that has ended off the list. */
  dismiss(id: string): void {
    const transfer = this.get(id);
    if (transfer === undefined || !transfer.settled) return;
    this.#courses.delete(id);
    this.#changed.fire({ transfer, event: { kind: "dismissed" } });
  }

  /** Starts a failed transfer anew, in its place. */
  async retry(id: string): Promise<void> {
    const entry = this.#courses.get(id);
    if (entry === undefined || entry.transfer.view.phase.phase !== "failed") return;
    this.dismiss(id);
    await entry.course.again();
  }

  /** Leaves to a later window what can go on, cancels the rest, and waits for both. */
  async close(): Promise<void> {
    for (const transfer of this.active) transfer.suspend();
    await Promise.all([...this.#courses.values()].map(({ end }) => end));
    this.dispose();
  }
}
