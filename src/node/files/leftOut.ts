import type { RefusalReason } from "../../core/files/names";

/** Why something below the sent paths is not part of the offer. */
export type LeftOutReason =
  /** A name that no receiver takes. */
  | RefusalReason
  /** Matches an exclude pattern. */
  | "excluded"
  /** Ignored by a `.gitignore`, or `.git` itself. */
  | "ignored"
  /** Lies in another of the sent paths. */
  | "included"
  /** A symbolic link that leads out of the sent paths. */
  | "link-outside"
  /** A symbolic link that leads nowhere. */
  | "link-broken"
  /** A symbolic link to a folder that it lies in. */
  | "link-loop"
  /** A socket, FIFO or device. */
  | "special"
  /** Too large for the way in which it is read. */
  | "too-large"
  /** A name that is not valid Unicode. */
  | "not-unicode"
  /** No permission to read it. */
  | "unreadable"
  /** Gone before it could be looked at. */
  | "vanished";

/** As many are named; the rest is counted. */
const NAMED_MAX = 1000;

export interface LeftOut {
  /** The first thousand, in the order of the scan. Paths as they are on disk: show with `visible`. */
  readonly named: readonly { readonly path: string; readonly reason: LeftOutReason }[];
  /** How many in all, and by reason. A folder counts once, whatever it holds. */
  readonly count: number;
  readonly byReason: ReadonlyMap<LeftOutReason, number>;
}

export class LeftOutList implements LeftOut {
  readonly named: { path: string; reason: LeftOutReason }[] = [];
  readonly byReason = new Map<LeftOutReason, number>();
  count = 0;

  add(path: string, reason: LeftOutReason): void {
    this.count++;
    this.byReason.set(reason, (this.byReason.get(reason) ?? 0) + 1);
    if (this.named.length < NAMED_MAX) this.named.push({ path, reason });
  }
}
