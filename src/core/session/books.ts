/** What has become of the accepted items: told once, and written down before that. */
import type { Cause } from "../causes";
import { type ErrorCode, SecureShareError } from "../errors";
import type { OfferItem } from "../files/manifest";
import type { Note } from "../ports";
import type { SessionEvent } from "./events";
import { endsAll, type InboundResult } from "./inbound";

/** What a former run has settled: by item, whether it failed or was skipped. */
export type SettledBefore = ReadonlyMap<number, "published" | "skipped" | ErrorCode>;

export interface BooksOptions {
  readonly tell: (event: SessionEvent) => void;
  /** Writes down what has settled. */
  readonly note: Note;
  readonly before: SettledBefore;
}

export class Books {
  readonly skipped: number[] = [];
  readonly failed: { index: number; error: SecureShareError }[] = [];

  constructor(private readonly o: BooksOptions) {
    for (const [index, outcome] of o.before) this.#enterBefore(index, outcome);
  }

  #enterBefore(index: number, outcome: "published" | "skipped" | ErrorCode): void {
    if (outcome === "published") return;
    if (outcome === "skipped") this.skipped.push(index);
    else this.failed.push({ index, error: failedBefore(outcome) });
  }

  /** @throws the failure of an item that would hit every other one as well */
  async enter(index: number, item: OfferItem, result: InboundResult): Promise<void> {
    if (this.o.before.has(index)) return;
    const outcome = result.kind === "failed" ? "failed" : result.published.outcome;
    const error = result.kind === "failed" ? result.error : undefined;
    // Not settled: a later run takes the item again.
    if (error !== undefined && endsAll(error)) throw error;
    const event = itemEvent(index, item, result);
    const { sha256, finalPath: path } = event;
    const came = { ...(sha256 && { sha256 }), ...(path && { path }) };
    await this.o.note({ k: "settled", item: index, outcome, error: error?.code ?? null, ...came });
    if (error !== undefined) this.failed.push({ index, error });
    else if (outcome === "skipped") this.skipped.push(index);
    this.o.tell(event);
  }
}

type ItemEvent = Extract<SessionEvent, { kind: "item" }>;

function itemEvent(index: number, item: OfferItem, result: InboundResult): ItemEvent {
  const published = result.kind === "published" ? result.published : undefined;
  return {
    kind: "item",
    index,
    item,
    sha256: result.kind === "published" && result.sha256 !== "" ? result.sha256 : undefined,
    outcome: published?.outcome ?? "failed",
    error: result.kind === "failed" ? result.error.code : undefined,
    finalPath: published?.path,
  };
}

/** The journal keeps the code of a failure, not its details. */
function failedBefore(code: ErrorCode): SecureShareError {
  return new SecureShareError(code, { path: "", reason: "earlier-run" satisfies Cause });
}
