/** A set of item numbers: one bit an item, and runs on the wire. */
export type Run = readonly [first: number, count: number];

export class ItemSet {
  readonly #bits: Uint8Array;
  #count = 0;

  /** An empty set over items 0 to `size` - 1. */
  constructor(readonly size: number) {
    this.#bits = new Uint8Array(Math.ceil(size / 8));
  }

  static all(size: number): ItemSet {
    const set = new ItemSet(size);
    for (let i = 0; i < size; i++) set.add(i);
    return set;
  }

  /**
   * Reads runs that came from the other side: ascending, not touching, inside `size`.
   * `undefined` when they are not.
   */
  static fromRuns(size: number, runs: readonly Run[]): ItemSet | undefined {
    const set = new ItemSet(size);
    let next = 0;
    for (const [first, count] of runs) {
      const fits = Number.isSafeInteger(first) && Number.isSafeInteger(count) && count > 0;
      if (!fits || first < next || first + count > size) return undefined;
      for (let i = first; i < first + count; i++) set.add(i);
      next = first + count + 1;
    }
    return set;
  }

  get count(): number {
    return this.#count;
  }

  has(item: number): boolean {
    return ((this.#bits[item >> 3] ?? 0) & (1 << (item & 7))) !== 0;
  }

  add(item: number): void {
    if (item < 0 || item >= this.size || this.has(item)) return;
    this.#bits[item >> 3] = (this.#bits[item >> 3] ?? 0) | (1 << (item & 7));
    this.#count++;
  }

  delete(item: number): void {
    if (!this.has(item)) return;
    this.#bits[item >> 3] = (this.#bits[item >> 3] ?? 0) & ~(1 << (item & 7));
    this.#count--;
  }

  /** The smallest member that is at least `from`; `undefined` when there is none. */
  next(from: number): number | undefined {
    for (let i = from; i < this.size; i++) if (this.has(i)) return i;
    return undefined;
  }

  *[Symbol.iterator](): IterableIterator<number> {
    for (let i = 0; i < this.size; i++) if (this.has(i)) yield i;
  }

  /** Ascending runs, as `fromRuns` takes them. */
  runs(): Run[] {
    const runs: [number, number][] = [];
    for (const item of this) {
      const last = runs.at(-1);
      if (last !== undefined && last[0] + last[1] === item) last[1]++;
      else runs.push([item, 1]);
    }
    return runs;
  }
}
