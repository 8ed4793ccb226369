/** A run of slots this long cannot come about by accident at half load. */
const PROBES_MAX = 1024;
const FIRST_CAPACITY = 1024;

/** A path's hash: two lanes of 32 bits, from its parent's and the last part. */
interface PathHash {
  readonly low: number;
  readonly high: number;
}

/**
 * A hash table of paths that keeps hashes and one byte of `use` instead of strings: 13
 * bytes a slot, at most half of them taken. Open addressing with linear probing.
 */
export class PathTable {
  readonly root: PathHash;
  #capacity = FIRST_CAPACITY;
  #size = 0;
  #low = new Uint32Array(FIRST_CAPACITY);
  #high = new Uint32Array(FIRST_CAPACITY);
  #exact = new Uint32Array(FIRST_CAPACITY);
  #use = new Uint8Array(FIRST_CAPACITY);

  constructor(seed: number) {
    this.root = { low: seed >>> 0, high: ~seed >>> 0 };
  }

  get size(): number {
    return this.#size;
  }

  /**
   * The slot of the path `part` below `parent`, taken for it when it has none yet; its use
   * is 0 until `mark`. Slots are good until the next call. `undefined` when the table was
   * aimed at.
   */
  enter(parent: PathHash, part: string): (PathHash & { slot: number }) | undefined {
    if ((this.#size + 1) * 2 > this.#capacity) this.#grow();
    const low = hash(part, parent.low, 0xcc9e2d51);
    const high = hash(part, parent.high, 0x85ebca6b);
    const slot = this.#find(low, high);
    return slot === undefined ? undefined : { low, high, slot };
  }

  use(slot: number): number {
    return this.#use[slot] ?? 0;
  }

  exactOf(slot: number): number {
    return this.#exact[slot] ?? 0;
  }

  /** A third hash, of the path as it is written. */
  exact(path: string): number {
    return hash(path, this.root.low, 0x1b873593);
  }

  mark(slot: number, use: number, exact: number): void {
    if (this.use(slot) === 0) this.#size++;
    this.#use[slot] = use;
    this.#exact[slot] = exact;
  }

  #find(low: number, high: number): number | undefined {
    const mask = this.#capacity - 1;
    const first = (low ^ Math.imul(high, 0x9e3779b1)) & mask;
    for (let i = 0; i < PROBES_MAX; i++) {
      const slot = (first + i) & mask;
      if (this.#use[slot] === 0) {
        this.#low[slot] = low;
        this.#high[slot] = high;
        return slot;
      }
      if (this.#low[slot] === low && this.#high[slot] === high) return slot;
    }
    return undefined;
  }

  #grow(): void {
    const [low, high, exact, use] = [this.#low, this.#high, this.#exact, this.#use];
    const taken = this.#capacity;
    this.#capacity *= 2;
    this.#low = new Uint32Array(this.#capacity);
    this.#high = new Uint32Array(this.#capacity);
    this.#exact = new Uint32Array(this.#capacity);
    this.#use = new Uint8Array(this.#capacity);
    for (let old = 0; old < taken; old++) {
      if (use[old] === 0) continue;
      const slot = this.#find(low[old] ?? 0, high[old] ?? 0);
      if (slot === undefined) continue;
      this.#use[slot] = use[old] ?? 0;
      this.#exact[slot] = exact[old] ?? 0;
    }
  }
}

/** MurmurHash3 (x86, 32 bits) over UTF-16 units, with the multiplier as a parameter. */
function hash(text: string, seed: number, multiplier: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) {
    const k = Math.imul(text.charCodeAt(i), multiplier);
    h ^= Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  h = Math.imul(h ^ text.length ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
