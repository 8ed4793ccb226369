/** Trees of files: made, and compared byte by byte. */
import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

interface TreeFile {
  readonly content: string | Uint8Array;
  readonly executable?: boolean;
  /** Whole milliseconds since 1970. */
  readonly mtime?: number;
}

/** Paths with `/`; `null` makes an empty folder. */
export type Tree = Readonly<Record<string, TreeFile | string | null>>;

export async function makeTree(root: string, tree: Tree): Promise<void> {
  for (const [path, entry] of Object.entries(tree)) {
    const at = join(root, path);
    if (entry === null) {
      await mkdir(at, { recursive: true });
      continue;
    }
    const file: TreeFile = typeof entry === "string" ? { content: entry } : entry;
    await mkdir(dirname(at), { recursive: true });
    await writeFile(at, file.content);
    if (file.executable === true) await chmod(at, 0o755);
    if (file.mtime !== undefined) await utimes(at, file.mtime / 1000, file.mtime / 1000);
  }
}

/** What can be compared: a line for each entry below `root`, in order. */
export async function describeTree(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true });
  const lines = names.map(async (name) => {
    const at = join(root, name);
    const stats = await lstat(at);
    if (!stats.isFile()) return `${name} ${stats.isDirectory() ? "folder" : "other"}`;
    const hash = createHash("sha256")
      .update(await readFile(at))
      .digest("hex");
    const mtime = Math.floor(stats.mtimeMs);
    return `${name} ${hash} ${(stats.mode & 0o111) === 0 ? "-" : "x"} ${mtime}`;
  });
  return (await Promise.all(lines)).sort();
}
