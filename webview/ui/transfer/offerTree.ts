/** The offered paths as a tree with ticks. */
import type { OfferEntry } from "../../../src/bridge/state";
import { DEPTH_MAX } from "../../../src/core/files/names";

type Ticks = "all" | "some" | "none";

export interface OfferNode {
  /** Last part of the path; several where each of them holds only the next one. */
  readonly name: string;
  readonly path: string;
  /** Absent for a folder that is only part of other paths. */
  readonly entry: OfferEntry | undefined;
  readonly children: readonly OfferNode[];
  /** Over all tickable items at and below it. */
  readonly ticks: Ticks;
}

interface Draft {
  name: string;
  path: string;
  entry: OfferEntry | undefined;
  children: Map<string, Draft>;
}

const draft = (name: string, path: string): Draft => ({
  name,
  path,
  entry: undefined,
  children: new Map(),
});

/** Keeps the order in which the items were offered. Text items stand at the top level. */
export function offerTree(entries: readonly OfferEntry[]): readonly OfferNode[] {
  const root = draft("", "");
  const texts: OfferNode[] = [];
  for (const entry of entries) {
    if (entry.kind === "text") texts.push(finished({ ...draft("", ""), entry }));
    else place(root, entry);
  }
  return [...texts, ...Array.from(root.children.values(), finished)];
}

/**
 * What is refused may be no path at all (`a//..`), and thousands of folders deep: it stands
 * at the top level under its whole name.
 */
function place(root: Draft, entry: OfferEntry): void {
  const parts = entry.path.split("/");
  if (entry.refused !== undefined || parts.length > DEPTH_MAX) return placeFlat(root, entry);
  let at = root;
  let path = "";
  for (const name of parts) {
    path = path === "" ? name : `${path}/${name}`;
    const child = at.children.get(name) ?? draft(name, path);
    at.children.set(name, child);
    at = child;
  }
  if (at.entry === undefined) at.entry = entry;
  else placeFlat(root, entry);
}

/** The key is no part of any path, so that nothing else is placed below. */
function placeFlat(root: Draft, entry: OfferEntry): void {
  root.children.set(`/${entry.index}`, { ...draft(entry.path, entry.path), entry });
}

function finished(node: Draft): OfferNode {
  const children = Array.from(node.children.values(), finished);
  const [only] = children;
  const compact = children.length === 1 && only !== undefined && only.children.length > 0;
  if (compact && node.entry === undefined) return { ...only, name: `${node.name}/${only.name}` };
  const { name, path, entry } = node;
  return { name, path, entry, children, ticks: together(entry, children) };
}

/** Items that cannot be ticked have no say. */
function together(entry: OfferEntry | undefined, children: readonly OfferNode[]): Ticks {
  const below = children.filter(isTickable).map((child) => child.ticks);
  const own: Ticks[] =
    entry === undefined || entry.refused !== undefined ? [] : [entry.ticked ? "all" : "none"];
  const all = [...own, ...below];
  if (all.length === 0) return "none";
  const [first = "none"] = all;
  return all.every((ticks) => ticks === first) ? first : "some";
}

/** False when every item at and below it is refused. */
export function isTickable({ entry, children }: OfferNode): boolean {
  return (entry !== undefined && entry.refused === undefined) || children.some(isTickable);
}
