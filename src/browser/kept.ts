/** What one transfer has received and its user has not yet taken away. */
import { visible } from "../core/files/names";
import { archive } from "./files/archive";
import type { Saved } from "./files/downloads";
import type { CreateStore, Store } from "./files/store";

export class Kept {
  readonly #items: Saved[] = [];
  readonly #stores: Store[] = [];
  #archive: Promise<Blob> | undefined;
  #removed = false;

  constructor(private readonly createStore: CreateStore) {}

  /** How many files there are. */
  get files(): number {
    return this.#items.filter(({ blob }) => blob !== undefined).length;
  }

  add(item: Saved): void {
    this.#items.push(item);
  }

  /** Has `store` removed with all the rest, or at once where that is gone already. */
  async holds(store: Store): Promise<void> {
    this.#stores.push(store);
    if (this.#removed) await this.remove();
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

  /** All of it, packed once however often it is asked for. Rejects where it is gone meanwhile. */
  all(): Promise<Blob> {
    this.#archive ??= this.#pack();
    return this.#archive;
  }

  async #pack(): Promise<Blob> {
    try {
      const { blob, store } = await archive(this.#items, this.createStore);
      await this.holds(store);
      if (this.#removed) throw new DOMException("nothing kept", "NotFoundError");
      return blob;
    } catch (error) {
      this.#archive = undefined;
      throw error;
    }
  }

  /** Gives the space back, as far as the browser does; the rest goes with the tab. */
  async remove(): Promise<void> {
    this.#removed = true;
    await Promise.allSettled(this.#stores.splice(0).map((store) => store.remove()));
  }
}
