import type { OfferEntry, OfferView } from "../bridge/state";
import { ItemSet } from "../core/files/itemSet";
import type { OfferItem } from "../core/files/manifest";
import { visible } from "../core/files/names";
import type { ConflictPolicy, Inspection } from "../core/ports";
import type { Offer, OfferDecision } from "../core/session/events";
import { SHOWN_ITEMS } from "./transferState";

/**
 * What the receiving user has chosen of an offer so far. Everything is ticked but what is
 * dangerous in the chosen folder; what is refused there can never be ticked.
 */
export class OfferChoice {
  #shown: readonly OfferItem[] = [];
  #sizes = new Float64Array(0);
  #chosen: { folder: string; inspection: Inspection } | undefined;
  #conflict: ConflictPolicy;
  /** What the user took out, and dangerous items that the user put in. */
  readonly #off: ItemSet;
  readonly #on: ItemSet;
  #ticked: ItemSet;
  #tickedBytes = 0;
  /** Counts inspections, so that a slow one never replaces a later choice. */
  #turn = 0;
  /** The last of them, while it is under way. */
  #inspecting: Promise<void> | undefined;
  readonly #ticking = new Set<Promise<void>>();

  private constructor(
    private readonly offer: Offer,
    conflict: ConflictPolicy,
  ) {
    const { length } = offer.manifest;
    this.#conflict = conflict;
    this.#off = new ItemSet(length);
    this.#on = new ItemSet(length);
    this.#ticked = new ItemSet(length);
  }

  static async open(offer: Offer, conflict: ConflictPolicy): Promise<OfferChoice> {
    const choice = new OfferChoice(offer, conflict);
    await choice.#load();
    return choice;
  }

  async #load(): Promise<void> {
    const shown: OfferItem[] = [];
    this.#sizes = new Float64Array(this.offer.manifest.length);
    for await (const [index, item] of this.offer.manifest.items()) {
      this.#sizes[index] = item.size;
      if (index < SHOWN_ITEMS) shown.push(item);
    }
    this.#shown = shown;
    this.#retick();
  }

  /** How many of the items are files. */
  get files(): number {
    return this.offer.manifest.fileCount;
  }

  /** Only text: nothing of it goes to disk. */
  get isText(): boolean {
    return this.#shown.length > 0 && this.#shown.every((item) => item.kind === "text");
  }

  /** Looks at the offer against `folder`. A later call wins over an earlier, slower one. */
  async choose(folder: string): Promise<void> {
    const turn = ++this.#turn;
    const inspecting = this.#inspect(folder, turn);
    this.#inspecting = inspecting;
    try {
      await inspecting;
    } finally {
      if (turn === this.#turn) this.#inspecting = undefined;
    }
  }

  async #inspect(folder: string, turn: number): Promise<void> {
    const inspection = await this.offer.inspect(folder);
    if (turn !== this.#turn) return;
    this.#chosen = { folder, inspection };
    this.#retick();
  }

  setConflict(policy: ConflictPolicy): void {
    this.#conflict = policy;
  }

  /** Ticks one item, a dangerous one too. Unknown numbers do nothing. */
  tick(index: number, on: boolean): void {
    if (index >= this.#sizes.length) return;
    this.#mark(index, on, true);
    this.#retick();
  }

  /** Ticks a folder, by its path as shown, and all below it; dangerous ones only off. */
  async tickFolder(path: string, on: boolean): Promise<void> {
    const ticking = this.#tickBelow(path, on);
    this.#ticking.add(ticking);
    try {
      await ticking;
    } finally {
      this.#ticking.delete(ticking);
    }
  }

  async #tickBelow(path: string, on: boolean): Promise<void> {
    for await (const [index, item] of this.offer.manifest.items()) {
      const shown = visible(item.path);
      if (shown === path || shown.startsWith(`${path}/`)) this.#mark(index, on, false);
    }
    this.#retick();
  }

  /** Ticks everything; dangerous ones only off. */
  tickAll(on: boolean): void {
    for (let index = 0; index < this.#sizes.length; index++) this.#mark(index, on, false);
    this.#retick();
  }

  #mark(index: number, on: boolean, explicit: boolean): void {
    if (on) {
      this.#off.delete(index);
      if (explicit) this.#on.add(index);
    } else {
      this.#off.add(index);
      this.#on.delete(index);
    }
  }

  #retick(): void {
    this.#ticked = new ItemSet(this.#sizes.length);
    this.#tickedBytes = 0;
    for (let index = 0; index < this.#sizes.length; index++) {
      if (!this.#isTicked(index)) continue;
      this.#ticked.add(index);
      this.#tickedBytes += this.#sizes[index] ?? 0;
    }
  }

  #isTicked(index: number): boolean {
    const inspection = this.#chosen?.inspection;
    if (inspection?.refused.has(index) === true || this.#off.has(index)) return false;
    return inspection?.dangerous.has(index) !== true || this.#on.has(index);
  }

  view(): OfferView {
    const { manifest } = this.offer;
    const inspection = this.#chosen?.inspection;
    return {
      items: this.#shown.map((item, index) => this.#entry(item, index)),
      itemCount: manifest.length,
      totalBytes: manifest.totalBytes,
      selected: { items: this.#ticked.count, bytes: this.#tickedBytes },
      folder: this.#chosen?.folder,
      freeBytes: inspection?.freeBytes,
      conflicts: inspection?.conflicts.count ?? 0,
      dangerous: inspection?.dangerous.count ?? 0,
      refused: inspection?.refused.size ?? 0,
      conflict: this.#conflict,
    };
  }

  #entry(item: OfferItem, index: number): OfferEntry {
    const inspection = this.#chosen?.inspection;
    return {
      index,
      path: visible(item.path),
      kind: item.kind,
      size: item.size,
      ticked: this.#ticked.has(index),
      dangerous: inspection?.dangerous.has(index) ?? false,
      conflict: inspection?.conflicts.has(index) ?? false,
      refused: inspection?.refused.get(index),
    };
  }

  /**
   * What accepting means once the choices before it have taken effect. `undefined` where one of
   * them could not, or another folder is chosen meanwhile: that is not what was accepted; and
   * while no folder is chosen or nothing is ticked.
   */
  async decision(): Promise<OfferDecision | undefined> {
    const turn = this.#turn;
    const changes = await Promise.allSettled([this.#inspecting, ...this.#ticking]);
    if (turn !== this.#turn || changes.some(({ status }) => status === "rejected"))
      return undefined;
    if (this.#chosen === undefined || this.#ticked.count === 0) return undefined;
    const { folder } = this.#chosen;
    return { kind: "accepted", folder, items: this.#ticked, conflict: this.#conflict };
  }
}
