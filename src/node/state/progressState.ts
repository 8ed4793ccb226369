import { type ErrorCode, errorCode } from "../../core/errors";
import type { ProgressEntry } from "../../core/files/journal";
import type { KnownProgress } from "../../core/ports";
import type { SettledBefore } from "../../core/session/books";
import { OFFER_ITEMS_MAX } from "../../core/wire/limits";
import { isMadeFolder } from "../files/notes";

/** What the entries of a progress log say, one after the other. */
export class ProgressState implements KnownProgress {
  staging: string | undefined;
  readonly open = new Map<number, { readonly file: string; readonly offset: number }>();
  readonly publish = new Map<number, { readonly path: string; readonly identity: string }>();
  readonly #settled = new Map<number, "published" | "skipped" | ErrorCode>();

  get settled(): SettledBefore {
    return this.#settled;
  }

  /** False for what no transfer notes: the log is not to be read beyond it. */
  apply(entry: ProgressEntry): boolean {
    if (entry.k === "staging") {
      this.staging = entry.path;
      return true;
    }
    if (entry.item >= OFFER_ITEMS_MAX) return false;
    return this.#applyTo(entry);
  }

  #applyTo(entry: Exclude<ProgressEntry, { k: "staging" }>): boolean {
    const { item } = entry;
    switch (entry.k) {
      case "open":
        this.open.set(item, { file: entry.file, offset: 0 });
        this.publish.delete(item);
        this.#settled.delete(item);
        return true;
      case "durable": {
        const open = this.open.get(item);
        if (open === undefined) return false;
        this.open.set(item, { file: open.file, offset: entry.offset });
        return true;
      }
      case "publish":
        this.publish.set(item, { path: entry.path, identity: entry.identity });
        return true;
      case "settled":
        return this.#settle(entry);
    }
  }

  #settle({ item, outcome, error }: Extract<ProgressEntry, { k: "settled" }>): boolean {
    if (outcome !== "failed")
      this.#settled.set(item, outcome === "skipped" ? outcome : "published");
    else {
      const code = errorCode(error ?? "");
      if (code === undefined) return false;
      this.#settled.set(item, code);
    }
    const open = this.open.get(item);
    if (open !== undefined && !isMadeFolder(open.file)) this.open.delete(item);
    this.publish.delete(item);
    return true;
  }
}
