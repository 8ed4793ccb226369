/** What one transfer has received and its user has not yet taken away. */
import { visible } from "../core/files/names";
import { archive } from "./files/archive";
import type { Saved } from "./files/downloads";
import type { CreateStore, Store } from "./files/store";

export class Kept {
  readonly #items: Saved[] = [];
  readonly #stores: Store[] = [];
  #archive: Promise<Blob> | undefined;

  constructor(private readonly createStore: CreateStore) {}

  /** How many files there are. */
  get files(): number {
    return this.#items.filter(({ blob }) => blob !== undefined).length;
  }

  add(item: Saved): void {
    this.#items.push(item);
  }

  holds(store: Store): void {
    this.#stores.push(store);
  }

  /** A file by its path as it is shown. */
  file(shown: string): { name: string; blob: Blob } | undefined {
    const found = this.#items.find(
      ({ path, blob }) => blob !== undefined && visible(path) === shown,
    );
    const blob = found?.blob?.();
    if (found === undefined || blob === undefined) return undefined;
    return { name: found.path.slice(found.path.lastIndexOf("/") + 1), blob };
  }

  /** All of it, packed once however often it is asked for. */
  all(): Promise<Blob> {
    this.#archive ??= this.#pack();
    return this.#archive;
  }

  async #pack(): Promise<Blob> {
    try {
      const { blob, store } = await archive(this.#items, this.createStore);
      this.#stores.push(store);
      return blob;
    } catch (error) {
      this.#archive = undefined;
      throw error;
    }
  }

  /** Gives the space back. */
  async remove(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.remove()));
  }
}
