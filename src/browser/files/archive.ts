/** Everything that was received as one ZIP archive, since a browser saves one file at a time. */
import { makeZip } from "client-zip";
import type { Saved } from "./downloads";
import type { CreateStore, Store } from "./store";

interface Archive {
  readonly blob: Blob;
  /** Its space, to be given back. */
  readonly store: Store;
}

/**
 * What an archive can say of a time (APPNOTE.TXT, section 4.4.6), less a day for time zones; the
 * sender may have said anything. Milliseconds since 1970.
 */
const EARLIEST = Date.UTC(1980, 0, 2);
const LATEST = Date.UTC(2107, 11, 30);

function* entries(items: readonly Saved[]) {
  for (const { path, mtime, blob } of items) {
    const lastModified = new Date(Math.min(Math.max(mtime, EARLIEST), LATEST));
    if (blob === undefined) yield { name: `${path}/`, lastModified };
    else yield { name: path, lastModified, input: blob(), size: blob().size };
  }
}

/**
 * Packs without compressing, piece by piece.
 * @throws a QuotaExceededError when there is no room for it
 */
export async function archive(items: readonly Saved[], createStore: CreateStore): Promise<Archive> {
  const store = await createStore();
  try {
    const file = store.open(undefined);
    for await (const bytes of makeZip(entries(items))) file.append(bytes);
    file.finish();
    await store.close();
    return { blob: file.blob(), store };
  } catch (error) {
    await store.remove();
    throw error;
  }
}
