/** A target of files that the user saves when they are here: what most browsers can do. */
import { SecureShareError } from "../../core/errors";
import type { NameTraits } from "../../core/files/names";
import type { Published, Sink } from "../../core/ports";
import { onDisk } from "./diskError";
import { inspectOffer, type Refuse, reviewAccepted } from "./review";
import type { CreateStore, Store } from "./store";

/** Something received that can be saved. */
export interface Saved {
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  /** `undefined` for a folder. */
  readonly blob: (() => Blob) | undefined;
}

export interface DownloadOptions {
  readonly traits: NameTraits;
  readonly createStore: CreateStore;
  /** Told of each item when it is whole. */
  readonly saved: (item: Saved) => void;
  /** Told where they lie, before the first of them. */
  readonly stored: (store: Store) => void;
}

/** Nothing is written before `begin`; what was published stays when the transfer fails. */
export function downloadSink({ traits, createStore, saved, stored }: DownloadOptions): Sink {
  let begun: { store: Store; refuse: Refuse } | undefined;
  const present = () => {
    if (begun === undefined) throw new SecureShareError("E_INTERNAL", { reason: "not begun" });
    return begun;
  };
  const close = async () => onDisk("", async () => begun?.store.close());
  return {
    async inspect(manifest, signal) {
      const store = await createStore();
      try {
        // Several files are saved as one archive, which lies beside them.
        const times = manifest.length === 1 ? 1 : 2;
        const free = Math.floor((await store.free(manifest.totalBytes * times)) / times);
        // What browsers say is worth a word only where it is too little.
        const short = free < manifest.totalBytes ? free : undefined;
        return await inspectOffer(manifest, traits, async () => false, short, signal);
      } finally {
        await store.remove();
      }
    },
    async begin(manifest, accepted) {
      const { refuse, bytes: needed } = await reviewAccepted(manifest, accepted, traits);
      const store = await onDisk("", createStore);
      begun = { store, refuse };
      stored(store);
      const free = await store.free(needed);
      if (needed > free) throw new SecureShareError("E_NO_SPACE", { needed, free });
    },
    async open(index, item) {
      const { store, refuse } = present();
      refuse(index, item);
      const { path, mtime } = item;
      const file = store.open(item.size);
      return {
        write: (bytes) => onDisk(path, () => file.append(bytes)),
        async publish(): Promise<Published> {
          await onDisk(path, () => file.finish());
          saved({ path, mtime, blob: () => file.blob() });
          return { path, outcome: "written" };
        },
        discard: async () => {},
      };
    },
    async folder(index, item) {
      present().refuse(index, item);
      saved({ path: item.path, mtime: item.mtime, blob: undefined });
      return { path: item.path, outcome: "written" };
    },
    finish: close,
    abort: close,
  };
}
