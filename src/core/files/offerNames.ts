import { OFFER_ITEMS_MAX } from "../wire/limits";
import type { OfferItem } from "./manifest";
import { collisionKey, type NameTraits, type RefusalReason, refusePath } from "./names";
import { PathTable } from "./pathTable";

/** What a path is to an offer: a folder that items only lie below, or an item. */
const PASSED = 1;
const FOLDER = 2;
const FILE = 3;

/** Items and the folders that they lie in. Other offers cannot be meant well. */
const ENTRIES_MAX = 2 * OFFER_ITEMS_MAX;

/**
 * The rules that need the whole offer: no path twice, none that the target takes for
 * another, no file used as a folder. The first of two wins.
 *
 * A million paths must fit, so only hashes are kept (see PathTable). Equal paths always
 * meet; two different ones meet by accident with a chance of about 2^-24 in a full offer,
 * and then one of them is refused.
 */
export class OfferNames {
  readonly #table: PathTable;

  /** `seed`: 32 random bits, so that the other side cannot aim at the table. */
  constructor(
    private readonly traits: NameTraits,
    seed: number,
  ) {
    this.#table = new PathTable(seed);
  }

  /** The rule that refuses this item. Call once for each item, in the offer's order. */
  check({ path, kind }: OfferItem): RefusalReason | undefined {
    if (kind === "text") return path === "" ? undefined : "absolute";
    return refusePath(path, this.traits) ?? this.#enter(path, kind === "file" ? FILE : FOLDER);
  }

  #enter(path: string, use: number): RefusalReason | undefined {
    const parts = collisionKey(path, this.traits).split("/");
    if (this.#table.size + parts.length > ENTRIES_MAX) return "deep";
    let at = this.#table.root;
    for (const [i, part] of parts.entries()) {
      const entry = this.#table.enter(at, part);
      if (entry === undefined) return "duplicate";
      if (i === parts.length - 1) return this.#settle(entry.slot, path, use);
      if (this.#table.use(entry.slot) === FILE) return "through-file";
      if (this.#table.use(entry.slot) === 0) this.#table.mark(entry.slot, PASSED, 0);
      at = entry;
    }
    return "empty";
  }

  #settle(slot: number, path: string, use: number): RefusalReason | undefined {
    const exact = this.#table.exact(path);
    const before = this.#table.use(slot);
    if (before === 0 || (before === PASSED && use === FOLDER)) {
      this.#table.mark(slot, use, exact);
      return undefined;
    }
    if (before === PASSED || before !== use) return "through-file";
    return this.#table.exactOf(slot) === exact ? "duplicate" : "collision";
  }
}
