/** Small files that came whole: written, flushed and published side by side. */
import { type SecureShareError, toSecureShareError } from "../../core/errors";
import type { OfferItem } from "../../core/files/manifest";
import type { RefusalReason } from "../../core/files/names";
import type { Published, WholeFile } from "../../core/ports";
import { onDisk } from "./diskError";
import { makeDurable, type PlacingContext, placeDurably } from "./durable";
import { CREATE_NEW, type Identity, ignoring, writeAll } from "./fileSystem";
import { refuse } from "./nameReview";
import { partialName, type Staging } from "./staging";
import { parentOf, type TargetFolder } from "./targetFolders";

export interface WholeFilesContext extends PlacingContext {
  readonly staging: Staging;
  /** Accepted items that the rules refuse after all. */
  readonly refused: ReadonlyMap<number, RefusalReason>;
  /** For a file whose folder is on another file system than the staging folder. */
  readonly elsewhere: (file: WholeFile) => Promise<Published>;
}

/** What became of each, in order. Nothing of a file that failed stays. */
export function publishWhole(
  context: WholeFilesContext,
  whole: readonly WholeFile[],
): Promise<(Published | SecureShareError)[]> {
  return Promise.all(
    whole.map((file) =>
      onDisk(file.item.path, () => publishFile(context, file)).catch(toSecureShareError),
    ),
  );
}

async function publishFile(context: WholeFilesContext, file: WholeFile): Promise<Published> {
  const { folders, staging, elsewhere } = context;
  refuse(context, file.index, file.item);
  return folders.use(parentOf(file.item.path), async (folder) => {
    if (folder.chain.at(-1)?.dev !== staging.dev) return elsewhere(file);
    return folders.use(staging.name, (place) => publishHere(context, file, folder, place));
  });
}

async function publishHere(
  context: WholeFilesContext,
  file: WholeFile,
  folder: TargetFolder,
  place: TargetFolder,
): Promise<Published> {
  const { files } = context;
  const partial = place.at(partialName());
  const fd = await files.open(partial, CREATE_NEW, 0o600);
  // A link under the final name may be left, or a rename may have taken this name away.
  const remove = () => ignoring(["ENOENT"], files.unlink(partial));
  try {
    const identity = await fill(context, fd, file);
    const published = await placeDurably(context, partial, identity, folder, file);
    await remove();
    return published;
  } catch (error) {
    await remove().catch(() => undefined);
    throw error;
  }
}

async function fill(
  { files, staging }: WholeFilesContext,
  fd: number,
  { item, bytes }: { readonly item: OfferItem; readonly bytes: Uint8Array },
): Promise<Identity> {
  try {
    await writeAll(files, fd, bytes, 0);
    return await makeDurable(files, fd, item, staging);
  } finally {
    await files.close(fd);
  }
}
