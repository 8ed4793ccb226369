import { dirname, join, relative, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import picomatch from "picomatch";
import { type FileSystem, lookAt, READ_FILE } from "./fileSystem";

/** A `.gitignore` is read up to here. Bytes. */
const GITIGNORE_MAX = 1024 * 1024;

/** The rules of one `.gitignore`, and how a path of the sent root is written for them. */
interface Layer {
  readonly rules: Ignore;
  /** Path from the layer's folder to the root, with a slash behind it; empty below the root. */
  readonly prefix: string;
  /** Characters of the root's paths that lie above the layer's folder. */
  readonly cut: number;
}

/** The layers that hold in a folder, outermost first. */
export type Layers = readonly Layer[];

export interface ExcludeOptions {
  /** Globs: without a slash for a name at any depth, with one for a path in a sent root. */
  readonly exclude: readonly string[];
  readonly respectGitignore: boolean;
}

/** What is left out by patterns: the user's globs, and `.gitignore` files as git reads them. */
export class Excludes {
  readonly #globs: readonly ((path: string, folder: boolean) => boolean)[];
  readonly #gitignore: boolean;

  constructor(
    private readonly files: FileSystem,
    options: ExcludeOptions,
    private readonly foldsCase: boolean,
  ) {
    this.#globs = options.exclude.map((glob) => matcher(glob, foldsCase));
    this.#gitignore = options.respectGitignore;
  }

  /** `path` in its root, with `/`; `rootName` comes before it in patterns that say so. */
  reason(
    layers: Layers,
    rootName: string,
    path: string,
    folder: boolean,
  ): "excluded" | "ignored" | undefined {
    const excluded = this.#globs.some(
      (glob) => glob(path, folder) || glob(`${rootName}/${path}`, folder),
    );
    if (excluded) return "excluded";
    if (!this.#gitignore) return undefined;
    const isGit = path === ".git" || path.endsWith("/.git");
    return isGit || isIgnored(layers, path, folder) ? "ignored" : undefined;
  }

  /** The layers above a root, from the top of its git work tree; none when it ignores the root. */
  async above(root: string): Promise<Layers> {
    if (!this.#gitignore) return [];
    const layers: Layer[] = [];
    for (const folder of await this.#workTreeAbove(root)) {
      const prefix = `${relative(folder, root).split(sep).join("/")}/`;
      const rules = await this.#read(folder);
      if (rules !== undefined) layers.push({ rules, prefix, cut: 0 });
    }
    return isIgnored(layers, "", true) ? [] : layers;
  }

  /** The layers that hold in `folder` of a root, which is at `at` on disk. */
  async below(layers: Layers, folder: string, at: string): Promise<Layers> {
    if (!this.#gitignore) return layers;
    const rules = await this.#read(at);
    if (rules === undefined) return layers;
    return [...layers, { rules, prefix: "", cut: folder === "" ? 0 : folder.length + 1 }];
  }

  /** The folders above a root up to one that holds `.git`, topmost first; none without that. */
  async #workTreeAbove(root: string): Promise<string[]> {
    const above: string[] = [];
    for (let folder = root; ; folder = dirname(folder)) {
      if (folder !== root) above.unshift(folder);
      const found = await lookAt(this.files, join(folder, ".git")).catch(() => undefined);
      if (found !== undefined) return above;
      if (folder === dirname(folder)) return [];
    }
  }

  async #read(folder: string): Promise<Ignore | undefined> {
    const text = await readSmallFile(this.files, join(folder, ".gitignore"));
    if (text === undefined) return undefined;
    return ignore({ ignorecase: this.foldsCase, allowRelativePaths: true }).add(text);
  }
}

function matcher(glob: string, nocase: boolean): (path: string, folder: boolean) => boolean {
  const pattern = glob.replace(/^\.?\//, "").replace(/\/+$/, "");
  const onlyFolders = glob.endsWith("/");
  const matches = picomatch(pattern, { dot: true, nocase, basename: !pattern.includes("/") });
  return (path, folder) => (folder || !onlyFolders) && matches(path);
}

/** The deepest layer that says anything decides, as in git. */
function isIgnored(layers: Layers, path: string, folder: boolean): boolean {
  for (const { rules, prefix, cut } of layers.toReversed()) {
    const inLayer = prefix + path.slice(cut) + (folder && path !== "" ? "/" : "");
    const { ignored, unignored } = rules.test(inLayer);
    if (ignored || unignored) return ignored;
  }
  return false;
}

/** A regular file's text; `undefined` when there is none, or none that can be read. */
async function readSmallFile(files: FileSystem, path: string): Promise<string | undefined> {
  const fd = await files.open(path, READ_FILE).catch(() => undefined);
  if (fd === undefined) return undefined;
  try {
    const { size } = await files.fstat(fd);
    const bytes = Buffer.alloc(Math.min(Number(size), GITIGNORE_MAX));
    let length = 0;
    for (let more = -1; more !== 0 && length < bytes.length; length += more)
      more = await files.read(fd, bytes, length, bytes.length - length, length);
    return bytes.toString("utf8", 0, length).replace(/^\ufeff/, "");
  } catch {
    return undefined;
  } finally {
    await files.close(fd);
  }
}
