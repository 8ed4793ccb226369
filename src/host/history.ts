import { join } from "node:path";
import { EventEmitter, window } from "vscode";
import type { FinishedTransfer } from "../bridge/state";
import { toSecureShareError } from "../core/errors";
import { visible } from "../core/files/names";
import type { Transfer } from "../presenter/transfer";
import { Disposable } from "./disposable";
import { type HistoryRecord, readRecords, removeRecords, writeRecord } from "./historyFiles";
import type { TransferList } from "./transferList";
import type { TransferLog } from "./transferLog";

/** More characters of checksums are not remembered: a list cut short would pass for the whole. */
const CHECKSUMS_MAX = 512 * 1024;

export interface HistoryParts {
  readonly stateFolder: string;
  readonly transfers: Pick<TransferList, "all" | "onDidChange">;
  readonly log: Pick<TransferLog, "fault">;
  /** Somebody may be looking at the list. */
  readonly shown: () => boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The finished transfers of all windows, less those that have a card in this one. */
export class History extends Disposable {
  readonly #folder: string;
  #records: readonly HistoryRecord[] = [];
  /** Writes and removals, one after the other. */
  #tail: Promise<void> = Promise.resolve();
  readonly #changed = this.register(new EventEmitter<void>());
  readonly onDidChange = this.#changed.event;

  constructor(private readonly parts: HistoryParts) {
    super();
    this.#folder = join(parts.stateFolder, "history");
    this.register(
      parts.transfers.onDidChange(({ transfer, event }) => {
        if (event.kind === "finished") this.#remember(transfer);
      }),
    );
    // Another window may have finished something.
    this.register(
      window.onDidChangeWindowState(({ focused }) => {
        if (focused && parts.shown()) void this.refresh();
      }),
    );
  }

  get all(): FinishedTransfer[] {
    const shown = new Set(this.parts.transfers.all.map(({ id }) => id));
    return this.#records
      .filter(({ id }) => !shown.has(id))
      .map(({ id, role, outcome, at, contents, folder, checksums }) => ({
        id,
        role,
        outcome,
        at,
        contents,
        folder: folder === null ? undefined : visible(folder),
        checksums: checksums !== null && checksums !== "",
      }));
  }

  get(id: string): HistoryRecord | undefined {
    return this.#records.find((record) => record.id === id);
  }

  /** Looks at what is there now. */
  refresh(): Promise<void> {
    return this.#queue(async () => undefined);
  }

  forget(id: string): Promise<void> {
    return this.#queue(() => removeRecords(this.#folder, [id]));
  }

  forgetAll(): Promise<void> {
    return this.#queue(() => removeRecords(this.#folder));
  }

  /** Waits for what is still to be written. */
  async close(): Promise<void> {
    await this.#tail;
    this.dispose();
  }

  #remember(transfer: Transfer): void {
    const record = recordOf(transfer, this.parts.now());
    if (record !== undefined) void this.#queue(() => writeRecord(this.#folder, record));
  }

  /** A disk that cannot remember takes nothing from the transfers. */
  #queue(change: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail.then(async () => {
      try {
        await change();
        this.#records = await readRecords(this.#folder);
      } catch (error) {
        this.parts.log.fault(toSecureShareError(error).code);
      }
      if (!this.disposed) this.#changed.fire();
    });
    return this.#tail;
  }
}

function recordOf({ id, state, checksums }: Transfer, at: number): HistoryRecord | undefined {
  const { course, context, contents, folder, firstPath } = state;
  if (course.phase !== "done") return undefined;
  const { outcome, files, bytes } = course.summary;
  const { names = [], text = false } = contents ?? {};
  return {
    version: 1,
    id,
    role: context.role,
    outcome,
    at,
    contents: { names: [...names], files, bytes, text },
    folder: folder ?? null,
    firstPath: firstPath ?? null,
    checksums: checksums.length > CHECKSUMS_MAX ? null : checksums,
  };
}
